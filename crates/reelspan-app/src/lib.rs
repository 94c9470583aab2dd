//! The features, one folder each, and what they all begin with.

pub mod accounts;
pub mod ask;
pub mod assets;
pub mod beats;
pub mod clips;
pub mod cut;
pub mod data;
mod error;
pub mod expiry;
pub mod health;
mod input;
pub mod inputs;
pub mod keys;
pub mod links;
pub mod look;
pub mod metering;
pub mod models;
pub mod music_edit;
pub mod once;
pub mod parts;
pub mod progress;
pub mod refusal;
pub mod service;
pub mod services;
pub mod signing;
pub mod times;
pub mod upkeep;
pub mod uploads;
pub mod webhooks;
pub mod words;
pub mod worker;

pub use error::Error;
pub use input::Source;
pub use reelspan_store::{Asset, Delivery, Upload, Webhook};

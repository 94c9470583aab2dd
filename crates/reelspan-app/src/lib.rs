//! The features, one folder each, and what they all begin with.

pub mod ask;
pub mod beats;
pub mod clips;
pub mod cut;
mod error;
mod input;
pub mod look;
pub mod models;
pub mod music_edit;
pub mod parts;
pub mod progress;
pub mod services;
pub mod words;

pub use error::Error;
pub use input::Source;

//! The features, one folder each: Get Clips.

pub mod clips;
pub mod models;

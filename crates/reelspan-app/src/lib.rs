//! The features, one folder each: Get Clips.

pub mod models;

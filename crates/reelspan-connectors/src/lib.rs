//! The only place that calls third parties.

pub mod api;
mod child;
pub mod download;
pub mod guard;
pub mod http;
pub mod import;
pub mod language;
pub mod local_language;
pub mod local_speech;
pub mod transcription;
pub mod webhook;
pub mod weights;

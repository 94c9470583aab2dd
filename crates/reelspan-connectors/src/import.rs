//! Bringing in recordings from elsewhere.

pub mod ytdlp;

//! What is told of files over the wire.

mod content;
mod facts;

pub use self::content::{ContentType, HEAD, Kind, sniff};
pub use self::facts::{Lane, MediaMetadata, lane, metadata};

//! The media pipeline: the only place that runs ffmpeg, and only inside the jail. Pure of any database.

pub mod analyse;
pub mod analysis;
pub mod beats;
pub mod blueprints;
pub mod captions;
pub mod cut;
pub mod exchange;
pub mod framing;
pub mod glimpse;
pub mod jail;
pub mod montage;
pub mod operations;
pub mod plan;
pub mod probe;
pub mod render;
pub mod subtitles;
pub mod tool;
pub mod transcript;

//! For tests: open media and small made ones, a loopback server, programs that may be there, tiny models.

mod clock;
pub mod gguf_model;
pub mod http_server;
mod media;
mod postgres;
pub mod programs;
mod s3;
pub mod whisper_model;

pub use clock::FakeClock;
pub use media::{make_media, open_media, probe_json};
pub use postgres::Postgres;
pub use s3::{Fault, FaultyWay, S3Server};

//! The ffmpeg-micro dialect: the vendor's own client over a real socket, and every corner of the contract that it leaves out.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

mod blueprints;
mod contract;
mod house;
mod jobs;
mod official;

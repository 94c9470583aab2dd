//! The beats of a piece of music, found once for each file.

use reelspan_media::beats::{self, Beats};
use reelspan_store::{Class, Key};

use crate::error::Error;
use crate::input::{self, Input, Source};
use crate::parts::Parts;
use crate::progress::{Meter, Progress, Stage};

/// Raised when the beats would come out differently.
const BEATS_REVISION: &str = "1";

/// Listens to a song, or to the sound of a video.
pub fn listen(parts: &Parts<'_>, source: &Source, progress: &mut dyn Progress) -> Result<Beats, Error> {
    let mut meter = Meter::new(parts, progress);
    let input = input::open(parts, source, &mut meter)?;
    of(parts, &input, &mut meter)
}

pub(crate) fn of(parts: &Parts<'_>, input: &Input, meter: &mut Meter<'_>) -> Result<Beats, Error> {
    let key = Key::new(Class::Beats, &[BEATS_REVISION, &input.hash]);
    if let Some(beats) = parts.stages.get(&key) {
        meter.reused(Stage::Listen);
        return Ok(beats);
    }
    let claimed = input.info.duration.unwrap_or(0.0);
    meter.begin(Stage::Listen, claimed);
    let beats = beats::listen(parts.tools, &input.path, &input.info, parts.cancel, &mut |seconds| {
        meter.at(if claimed > 0.0 { seconds / claimed } else { 0.0 });
    })?;
    parts.stages.put(&key, &beats)?;
    meter.end();
    Ok(beats)
}

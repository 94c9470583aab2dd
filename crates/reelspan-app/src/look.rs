//! One decode of a recording, done once: what every feature begins with.

use reelspan_media::analyse::{self, Options};
use reelspan_media::analysis::Analysis;
use reelspan_media::probe::MediaInfo;
use reelspan_store::{Class, Key};

use crate::error::Error;
use crate::input::{self, Input, Source};
use crate::parts::Parts;
use crate::progress::{Meter, Progress, Stage};

/// Raised when the analysis would come out differently.
const ANALYSIS_REVISION: &str = "2";

/// How much is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Whole,
    /// Loudness, speech, silence, onsets, textures: pictures are not decoded.
    Sound,
    /// Shots, motion, black and standstill.
    Shots,
}

/// Looks at a recording without making anything.
pub fn analyse(
    parts: &Parts<'_>,
    source: &Source,
    depth: Depth,
    progress: &mut dyn Progress,
) -> Result<Analysis, Error> {
    let mut meter = Meter::new(parts, progress);
    let input = input::open(parts, source, &mut meter)?;
    analysis(parts, &input, depth, &mut meter)
}

pub(crate) fn analysis(
    parts: &Parts<'_>,
    input: &Input,
    depth: Depth,
    meter: &mut Meter<'_>,
) -> Result<Analysis, Error> {
    let key = |depth: Depth| Key::new(Class::Analysis, &[ANALYSIS_REVISION, &format!("{depth:?}"), &input.hash]);
    // Who looked for everything heard the sound too.
    let wider = (depth == Depth::Sound).then_some(Depth::Whole);
    if let Some(analysis) = wider.into_iter().chain([depth]).find_map(|depth| parts.stages.get(&key(depth))) {
        meter.reused(Stage::Analyse);
        return Ok(analysis);
    }
    let claimed = input.info.duration.unwrap_or(0.0);
    meter.begin(Stage::Analyse, claimed);
    let options = match depth {
        Depth::Whole => Options::default(),
        Depth::Sound => Options { sound: true, faces: None },
        Depth::Shots => Options::shots_only(),
    };
    let unseen = || MediaInfo { video: None, ..input.info.clone() };
    let info = if depth == Depth::Sound { unseen() } else { input.info.clone() };
    let analysis = analyse::analyse_with(parts.tools, &input.path, &info, options, parts.cancel, &mut |seconds| {
        meter.at(if claimed > 0.0 { seconds / claimed } else { 0.0 });
    })?;
    parts.stages.put(&key(depth), &analysis)?;
    meter.end();
    Ok(analysis)
}

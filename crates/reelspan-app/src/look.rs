//! One decode of a recording, done once: what every feature begins with.

use reelspan_media::analyse::{self, Options};
use reelspan_media::analysis::Analysis;
use reelspan_store::{Class, Key};

use crate::error::Error;
use crate::input::{self, Input, Source};
use crate::parts::Parts;
use crate::progress::{Meter, Progress, Stage};

/// Raised when the analysis would come out differently.
const ANALYSIS_REVISION: &str = "1";

/// How much is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Whole,
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
    let key = Key::new(Class::Analysis, &[ANALYSIS_REVISION, &format!("{depth:?}"), &input.hash]);
    if let Some(analysis) = parts.stages.get(&key) {
        meter.reused(Stage::Analyse);
        return Ok(analysis);
    }
    let claimed = input.info.duration.unwrap_or(0.0);
    meter.begin(Stage::Analyse, claimed);
    let options = match depth {
        Depth::Whole => Options::default(),
        Depth::Shots => Options::shots_only(),
    };
    let analysis =
        analyse::analyse_with(parts.tools, &input.path, &input.info, options, parts.cancel, &mut |seconds| {
            meter.at(if claimed > 0.0 { seconds / claimed } else { 0.0 });
        })?;
    parts.stages.put(&key, &analysis)?;
    meter.end();
    Ok(analysis)
}

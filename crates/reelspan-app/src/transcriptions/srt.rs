//! Words as SRT.

use std::collections::BTreeMap;

use reelspan_media::captions;
use reelspan_media::plan::Clip;
use reelspan_media::transcript::Transcript;
use reelspan_types::Span;

/// The whole recording, in captions of at most two lines.
pub(super) fn srt(transcript: &Transcript, seconds: f64) -> String {
    let last = transcript.words.last().map_or(0.0, |word| word.end);
    let whole = Span::new(0.0, seconds.max(last));
    captions::srt(&Clip {
        id: "whole".to_owned(),
        start: whole.start,
        end: whole.end,
        title: String::new(),
        hook: None,
        score: 0.0,
        reason: String::new(),
        thumbnail: None,
        terms: Vec::new(),
        layouts: BTreeMap::new(),
        captions: captions::group(&transcript.words, whole, transcript.language.as_deref()),
    })
}

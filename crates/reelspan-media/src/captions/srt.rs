//! Captions as SRT.

use crate::plan::Clip;
use crate::transcript::join;

/// A line of an SRT file longer than this is broken in two.
const LINE: usize = 32;

pub(super) fn srt(clip: &Clip) -> String {
    let mut written = String::new();
    let mut number = 0;
    for caption in &clip.captions {
        let start = caption.start.max(clip.start) - clip.start;
        let end = caption.end.min(clip.end) - clip.start;
        let text = text(&join(&caption.words));
        if end - start < 0.001 || text.is_empty() {
            continue;
        }
        number += 1;
        written.push_str(&format!("{number}\n{} --> {}\n{text}\n\n", time(start), time(end)));
    }
    written
}

/// One or two lines; no blank line and no arrow, which would end the cue.
fn text(joined: &str) -> String {
    let clean = super::ass::clean(joined).split_whitespace().collect::<Vec<_>>().join(" ").replace("-->", "->");
    let length = clean.chars().count();
    if length <= LINE {
        return clean;
    }
    let spaces = clean.match_indices(' ').map(|(at, _)| at);
    let off_middle = |at: &usize| clean[..*at].chars().count().abs_diff(length / 2);
    match spaces.min_by_key(off_middle) {
        Some(at) => format!("{}\n{}", &clean[..at], &clean[at + 1..]),
        None => clean,
    }
}

fn time(seconds: f64) -> String {
    let ms = (seconds.max(0.0) * 1000.0).round() as u64;
    format!("{:02}:{:02}:{:02},{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

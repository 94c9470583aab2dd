//! Reads SRT and WebVTT, and mends what real files get wrong.

use std::collections::HashSet;

use super::markup::{Piece, pieces};
use super::{SubtitleError, split, timing};
use crate::transcript::{Transcript, Word};

/// Two cues that follow within this many seconds touch.
const TOUCH: f64 = 0.15;

struct Cue {
    start: f64,
    end: f64,
    /// Each line's pieces.
    lines: Vec<Vec<Piece>>,
}

pub(super) fn parse(text: &str, vtt: bool) -> Result<Transcript, SubtitleError> {
    let cues = mended(text, vtt)?;
    let (mut words, mut timed) = (Vec::new(), 0);
    for index in 0..cues.len() {
        let next = cues.get(index + 1).map(|next| next.start);
        timed += cue_words(&cues[index], next, &mut words);
    }
    words.sort_by(|a, b| a.start.total_cmp(&b.start));
    let language = if vtt { header_language(text) } else { None };
    Ok(Transcript { language, timing: timing(timed, words.len()), words })
}

/// What is shown and when; cues without text are left out.
pub(super) fn shown(text: &str, vtt: bool) -> Result<Vec<super::Cue>, SubtitleError> {
    let cues = mended(text, vtt)?;
    let shown = |cue: &Cue| super::Cue { start: cue.start, end: cue.end, lines: plain(cue) };
    Ok(cues.iter().map(shown).filter(|cue| !cue.lines.is_empty()).collect())
}

/// The cues in order, without doubles and rolling repeats.
fn mended(text: &str, vtt: bool) -> Result<Vec<Cue>, SubtitleError> {
    let mut cues = cues(text, vtt)?;
    let mut seen = HashSet::new();
    cues.retain(|cue| seen.insert((cue.start.to_bits(), cue.end.to_bits(), plain(cue).concat())));
    cues.sort_by(|a, b| a.start.total_cmp(&b.start));
    without_rolling(&mut cues);
    Ok(cues)
}

/// YouTube writes `Language: en` under the header.
fn header_language(text: &str) -> Option<String> {
    let header = text.lines().take_while(|line| !line.trim().is_empty()).take(10);
    let tag = header.filter_map(|line| line.trim().strip_prefix("Language:")).next()?.trim();
    let sound = (2..=12).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    sound.then(|| tag.to_owned())
}

fn cues(text: &str, vtt: bool) -> Result<Vec<Cue>, SubtitleError> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Cue> = Vec::new();
    let mut speaker = None;
    let mut index = 0;
    while index < lines.len() {
        let line = lines[index].trim();
        index += 1;
        let after_blank = index < 2 || lines[index - 2].trim().is_empty();
        if vtt && after_blank && is_comment(line) {
            while index < lines.len() && !lines[index].trim().is_empty() && !lines[index].contains("-->") {
                index += 1;
            }
        } else if line.contains("-->") {
            let (start, end) = times(line, index)?;
            found.push(Cue { start, end, lines: Vec::new() });
            speaker = None;
        } else if line.is_empty() || is_label(&lines, index - 1, vtt) {
            // The blank line or the number before the next cue.
        } else if let Some(cue) = found.last_mut() {
            let mut parts = pieces(line);
            // A voice lasts to the end of its cue, over the line's end.
            if let Some(first) =
                parts.first_mut().filter(|first| first.speaker.is_none() && speaker.is_some() && !line.contains("</v>"))
            {
                first.speaker.clone_from(&speaker);
            }
            speaker = parts.last().and_then(|last| last.speaker.clone());
            cue.lines.push(parts);
        }
    }
    if found.is_empty() && !text.trim().is_empty() {
        let what = "no cue found; each needs a line such as `00:00:01,000 --> 00:00:02,500` above its text";
        return Err(SubtitleError::Malformed { line: 1, what: what.to_owned() });
    }
    Ok(found)
}

fn is_comment(line: &str) -> bool {
    ["NOTE", "STYLE", "REGION", "WEBVTT", "X-TIMESTAMP-MAP"].iter().any(|name| {
        line.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '=', ':']))
    })
}

/// Whether a line is the number or the name over the next cue's times.
fn is_label(lines: &[&str], index: usize, vtt: bool) -> bool {
    let times_next = lines.get(index + 1).is_some_and(|next| next.contains("-->"));
    let number = lines[index].trim().bytes().all(|byte| byte.is_ascii_digit());
    let after_blank = index == 0 || lines[index - 1].trim().is_empty();
    times_next && (number || (vtt && after_blank))
}

fn times(line: &str, number: usize) -> Result<(f64, f64), SubtitleError> {
    let (left, right) = line.split_once("-->").unwrap_or((line, ""));
    let right = right.split_whitespace().next().unwrap_or("");
    let malformed = |which: &str| SubtitleError::Malformed {
        line: number,
        what: format!("the {which} time cannot be read; write it as `00:00:01,000 --> 00:00:02,500`"),
    };
    let start = time(left.trim()).ok_or_else(|| malformed("start"))?;
    let end = time(right).ok_or_else(|| malformed("end"))?;
    Ok((start, end.max(start)))
}

/// `01:02:03,456`, `02:03.456`, `02:03`: hours and fraction may be missing.
pub(super) fn time(text: &str) -> Option<f64> {
    if text.len() > 24 || !text.contains(':') {
        return None;
    }
    let (clock, fraction) = text.split_once([',', '.']).unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = clock.split(':').map(str::trim).collect();
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(|part| digits(part)) || !digits(fraction.trim()) {
        return None;
    }
    let mut seconds = 0.0;
    for (index, part) in parts.iter().enumerate() {
        let value: f64 = part.parse().ok()?;
        if index > 0 && value >= 60.0 {
            return None;
        }
        seconds = seconds * 60.0 + value;
    }
    Some(seconds + format!("0.{}", fraction.trim()).parse::<f64>().ok()?)
}

/// A cue's lines as plain text, to compare.
fn plain(cue: &Cue) -> Vec<String> {
    let text = |line: &Vec<Piece>| line.iter().map(|piece| piece.text.as_str()).collect::<String>();
    let lines = cue.lines.iter().map(text).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect()
}

/// Platforms roll captions: each cue repeats the line above. Where a file does so, the repeats go.
fn without_rolling(cues: &mut [Cue]) {
    let texts: Vec<Vec<String>> = cues.iter().map(plain).collect();
    let mut repeated = vec![0; cues.len()];
    let mut shown: usize = 0;
    for index in 1..cues.len() {
        // An empty cue between two others (rolling files have them) hides nothing.
        if texts[index].is_empty() {
            continue;
        }
        if !texts[shown].is_empty() && cues[index].start <= cues[shown].end + TOUCH {
            let (before, now) = (&texts[shown], &texts[index]);
            let most = before.len().min(now.len());
            repeated[index] = (1..=most).rev().find(|size| before[before.len() - size..] == now[..*size]).unwrap_or(0);
        }
        shown = index;
    }
    let rolling = repeated.iter().filter(|count| **count > 0).count();
    if rolling < 2 || rolling * 4 < cues.len() {
        return;
    }
    for (cue, mut count) in cues.iter_mut().zip(repeated) {
        cue.lines.retain(|line| {
            let empty = line.iter().all(|piece| piece.text.trim().is_empty());
            let drop = empty || count > 0;
            count -= usize::from(drop && !empty);
            !drop
        });
    }
}

/// Adds a cue's words; says how many of them the source timed itself.
fn cue_words(cue: &Cue, next: Option<f64>, words: &mut Vec<Word>) -> usize {
    // Where lines overlap, the next one takes over.
    let end = next.filter(|next| *next > cue.start + 0.05).map_or(cue.end, |next| cue.end.min(next));
    let mut flat: Vec<Piece> = Vec::new();
    for line in &cue.lines {
        for (index, piece) in line.iter().enumerate() {
            match flat.last_mut() {
                // Text that no tag divides is spread as one.
                Some(last) if piece.at.is_none() && piece.speaker == last.speaker => {
                    last.text.push_str(if index == 0 { " " } else { "" });
                    last.text.push_str(&piece.text);
                }
                _ => flat.push(piece.clone()),
            }
        }
    }
    let tagged = flat.iter().any(|piece| piece.at.is_some());
    let first = words.len();
    let mut at = cue.start;
    let mut rest: usize = flat.iter().map(|piece| piece.text.len()).sum();
    for (index, piece) in flat.iter().enumerate() {
        let start = piece.at.filter(|time| *time >= cue.start && *time <= cue.end).unwrap_or(at);
        let share = (end.max(start) - start) * piece.text.len() as f64 / rest.max(1) as f64;
        let till = match flat.get(index + 1) {
            Some(next) => next.at.filter(|time| *time >= start).unwrap_or(start + share),
            None if piece.at.is_some() => cue.end.max(start),
            None => end.max(start),
        };
        rest -= piece.text.len();
        let before = words.len();
        split::spread(&piece.text, start, till, piece.speaker.as_deref(), words);
        at = words.last().filter(|_| words.len() > before).map_or(start, |word| word.end);
    }
    if tagged { words.len() - first } else { 0 }
}

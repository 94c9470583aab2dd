//! Fillers and stutters: proposed only where the sound itself dips on both sides, so that no word loses its edge.

use reelspan_media::plan::Why;
use reelspan_media::transcript::{Timing, Transcript, Word, join};
use reelspan_types::Span;

use super::languages::{self, Manner};
use super::quiet::Quiet;
use super::silence::Pauses;

/// How far from a word's times its edges are looked for.
const REACH: f64 = 0.25;
/// Words whose times were guessed from lines must have had a line of their own.
const OWN_LINE: f64 = 0.15;
/// A piece of sound shorter than this is not a word.
const SHORTEST: f64 = 0.04;
/// Words in a row that may be said again, and the most that lies in between.
const MOST_WORDS: usize = 4;
const LONGEST_BETWEEN: f64 = 1.5;
/// A part of a word that was broken off: `wh- what`.
const LONGEST_STUMP: usize = 6;
/// Said twice on purpose, whole or as part of more.
const MEANT: [&str; 8] =
    ["thank you", "come on", "bye bye", "all right", "of course", "good morning", "let's go", "excuse me"];

/// Something said that may go.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Removal {
    pub(super) span: Span,
    pub(super) why: Why,
    pub(super) words: String,
}

/// What the words are judged by.
pub(super) struct Ear<'a> {
    pub(super) transcript: &'a Transcript,
    pub(super) quiet: &'a Quiet,
    pub(super) duration: f64,
    /// How pauses are shortened, where they are.
    pub(super) pauses: Option<Pauses>,
}

/// How clearly words must stand apart: the least dip on each side, the least of the longer one, the longest sound between.
#[derive(Debug, Clone, Copy)]
struct Apart {
    dip: f64,
    pause: f64,
    longest: f64,
}

/// A sound of hesitation means nothing anywhere: a dip will do.
const HESITATION: Apart = Apart { dip: 0.06, pause: 0.12, longest: 1.5 };
/// A word that also means something must stand alone.
const FILLING: Apart = Apart { dip: 0.2, pause: 0.2, longest: 1.5 };
const REPEATED: Apart = Apart { dip: 0.04, pause: 0.08, longest: 3.0 };

/// All that may go, in order; a stutter may lie around a filler.
pub(super) fn removals(ear: &Ear<'_>) -> Vec<Removal> {
    let words = &ear.transcript.words;
    let plain: Vec<String> = words.iter().map(|word| languages::plain(&word.text)).collect();
    let manner = languages::of(ear.transcript.language.as_deref(), &plain);
    let (mut found, gone) = ear.fillers(manner, &plain);
    // The times of lines are guesses: too coarse for cutting inside of one.
    if ear.transcript.timing == Timing::Word {
        let stay: Vec<usize> = (0..words.len()).filter(|at| !gone[*at] && !plain[*at].is_empty()).collect();
        found.extend(ear.repeats(manner, &plain, &stay));
    }
    found.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
    found
}

impl Ear<'_> {
    /// What fills, and for each word whether it went.
    fn fillers(&self, manner: &Manner, plain: &[String]) -> (Vec<Removal>, Vec<bool>) {
        let (mut found, mut gone) = (Vec::new(), vec![false; plain.len()]);
        let mut at = 0;
        while at < plain.len() {
            let filling = manner.fills(&plain[at..]);
            let (length, apart) = match manner.is_hesitation(&plain[at]) {
                true => (1, HESITATION),
                false if filling > 0 && !self.is_sentence(at, at + filling) => (filling, FILLING),
                false => (0, FILLING),
            };
            match self.removal(at, at + length, apart, Why::Filler).filter(|_| length > 0) {
                Some(removal) => {
                    found.push(removal);
                    gone[at..at + length].fill(true);
                    at += length;
                }
                None => at += 1,
            }
        }
        (found, gone)
    }

    /// "Kind of." is an answer.
    fn is_sentence(&self, from: usize, to: usize) -> bool {
        let words = &self.transcript.words;
        (from == 0 || ends_sentence(&words[from - 1].text)) && ends_sentence(&words[to - 1].text)
    }

    /// What is said again at once. Of `stay`, the words that are no fillers: "I, um, I think" is a stutter too.
    fn repeats(&self, manner: &Manner, plain: &[String], stay: &[usize]) -> Vec<Removal> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < stay.len() {
            let length = (1..=MOST_WORDS).rev().find(|length| self.is_repeat(manner, plain, &stay[at..], *length));
            let removal = length.and_then(|length| self.removal(stay[at], stay[at + length], REPEATED, Why::Repeat));
            at += if removal.is_some() { length.unwrap_or(1) } else { 1 };
            found.extend(removal);
        }
        found
    }

    /// Whether the first `length` words are said again at once, and not on purpose.
    fn is_repeat(&self, manner: &Manner, plain: &[String], from: &[usize], length: usize) -> bool {
        let words = &self.transcript.words;
        let (Some(first), Some(again)) = (from.get(..length), from.get(length..2 * length)) else {
            return false;
        };
        let (last, next) = (&words[first[length - 1]], &words[again[0]]);
        if next.start - last.end > LONGEST_BETWEEN
            || first.iter().chain(again).any(|at| words[*at].speaker != last.speaker)
        {
            return false;
        }
        if first.iter().any(|at| ends_sentence(&words[*at].text)) {
            return false;
        }
        let gram: Vec<&str> = first.iter().map(|at| plain[*at].as_str()).collect();
        if length == 1 && is_stump(&last.text, gram[0], &plain[again[0]]) {
            return true;
        }
        if gram.iter().any(|word| word.chars().any(char::is_numeric))
            || again.iter().zip(&gram).any(|(at, word)| plain[*at] != *word)
        {
            return false;
        }
        if length == 1 {
            return manner.stutters(gram[0]);
        }
        let same = gram.windows(2).all(|pair| pair[0] == pair[1]);
        // "Thank you, thank you." is meant; a stutter goes on.
        let goes_on = !ends_sentence(&words[again[length - 1]].text) && from.len() > 2 * length;
        let joined = length == 2 && gram.iter().any(|word| manner.joins(word));
        !same && goes_on && !joined && !MEANT.contains(&gram.join(" ").as_str())
    }

    /// The words from `first` up to `next`, if the sound stands apart there.
    fn removal(&self, first: usize, next: usize, apart: Apart, why: Why) -> Option<Removal> {
        let words = &self.transcript.words;
        let (start, end) = (words.get(first)?.start, words.get(next.checked_sub(1)?)?.end);
        let (before, after) = (first.checked_sub(1).map(|at| &words[at]), words.get(next));
        if self.transcript.timing == Timing::Line && !has_own_line(before, Span::new(start, end), after) {
            return None;
        }
        let (head, tail) = (&words[first], &words[next - 1]);
        let earliest = before.map_or(0.0, |word| word.span().middle()).max(start - REACH);
        let latest = after.map_or(self.duration, |word| word.span().middle()).min(end + REACH);
        let find = |at, window| self.quiet.nearest(at, window, apart.dip);
        let leads = find(start, Span::new(earliest, head.span().middle()));
        let leads = leads.or_else(|| (before.is_none() && start < REACH).then(|| Span::new(0.0, start)))?;
        let follows = find(end, Span::new(tail.span().middle(), latest));
        let to_end = after.is_none() && self.duration - end < REACH;
        let follows = follows.or_else(|| to_end.then(|| Span::new(end, self.duration)))?;
        let sound = follows.start - leads.end;
        let at_edge = leads.start <= 0.0 || follows.end >= self.duration;
        let clear = at_edge || leads.seconds().max(follows.seconds()) >= apart.pause - 1e-6;
        if !clear || !(SHORTEST..=apart.longest).contains(&sound) {
            return None;
        }
        let span = self.cut(leads, follows);
        let harms = |word: Option<&Word>| word.is_some_and(|word| span.contains(word.span().middle()));
        (!harms(before) && !harms(after)).then(|| Removal { span, why, words: join(&words[first..next]) })
    }

    /// From dip to dip, leaving one pause where there were two: the longer of them, or what is left of long ones.
    fn cut(&self, leads: Span, follows: Span) -> Span {
        let longer = leads.seconds().max(follows.seconds());
        let stays = match self.pauses {
            Some(pauses) if longer >= pauses.longer_than => pauses.leave,
            _ => longer,
        };
        let before = (stays * 0.4).min(leads.seconds());
        let after = (stays - before).min(follows.seconds());
        let before = (stays - after).min(leads.seconds());
        Span::new(leads.start + before, follows.end - after)
    }
}

fn has_own_line(before: Option<&Word>, span: Span, after: Option<&Word>) -> bool {
    before.is_none_or(|word| span.start - word.end >= OWN_LINE)
        && after.is_none_or(|word| word.start - span.end >= OWN_LINE)
}

fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['"', '\'', '”', '’', '»', ')']);
    text.ends_with(['?', '!', '。', '？', '！', ';', ':']) || (text.ends_with('.') && !text.ends_with(".."))
}

/// "wh- what": the dash says that it was broken off.
fn is_stump(text: &str, stump: &str, next: &str) -> bool {
    let broken = text.trim_end_matches([',', '.', ' ']).ends_with(['-', '–', '—']);
    broken && (1..=LONGEST_STUMP).contains(&stump.chars().count()) && next.starts_with(stump)
}

#[cfg(test)]
mod tests;

//! A clip's title and hook: its own words, shortened.

use std::ops::Range;

use super::lexicon::Cue;
use super::material::Unit;
use super::terms::Clip;
use super::text;

/// The longest title and hook in characters.
pub(in crate::clips) const TITLE: usize = 60;
pub(in crate::clips) const HOOK: usize = 80;
/// A hook reads at a glance or not at all.
const GLANCE: usize = 60;
/// The seconds in which a hook stands on the picture, and a little more.
const AT_ONCE: f64 = 4.0;

/// The strongest sentence of a clip, cut to a title; its time where there are no words.
pub(super) fn title(clip: &Clip<'_>) -> String {
    let cut = strongest(clip).and_then(|unit| extract(clip, unit.words.clone(), TITLE));
    cut.unwrap_or_else(|| {
        let seconds = clip.span.start.max(0.0) as u64;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            format!("Moment at {hours}:{minutes:02}:{seconds:02}")
        } else {
            format!("Moment at {minutes}:{seconds:02}")
        }
    })
}

/// What the clip comes to, if that is worth waiting for. Words that are heard at once would stand there twice: as the
/// hook and as the caption.
pub(super) fn hook(clip: &Clip<'_>) -> Option<String> {
    let strongest = strongest(clip).filter(|unit| unit.span.start > clip.span.start + AT_ONCE)?;
    let hook = extract(clip, strongest.words.clone(), GLANCE)?;
    let long_enough = hook.split_whitespace().count() >= 2 || !hook.is_ascii();
    (long_enough && !hook.ends_with('…')).then_some(hook)
}

fn strongest<'a>(clip: &Clip<'a>) -> Option<&'a Unit> {
    clip.units().iter().filter(|unit| !unit.words.is_empty()).max_by(|a, b| {
        strength(clip, a.words.clone())
            .total_cmp(&strength(clip, b.words.clone()))
            .then(b.words.start.cmp(&a.words.start))
    })
}

/// How much a sentence says and catches; mid-length ones make the best titles.
fn strength(clip: &Clip<'_>, words: Range<usize>) -> f64 {
    let material = clip.material;
    let count = words.len().max(1) as f64;
    let cues = material.hits_in(words.clone()).map(|hit| match hit.cue {
        Cue::Opener | Cue::Superlative | Cue::Emotion => 0.6,
        Cue::Number | Cue::Contrast | Cue::Question | Cue::You => 0.3,
        Cue::Reference | Cue::Filler => -0.6,
        Cue::Pronoun | Cue::Conjunction => -0.2,
    });
    let cues = cues.sum::<f64>().clamp(-2.0, 2.0);
    let asks = material.transcript.is_some_and(|t| text::asks(&t.words[words.end - 1].text, material.greek));
    let unhurried = if words.len() < 5 { -2.5 } else { -0.05 * (count - 10.0).abs() };
    // A stammered start reads badly: "I if it's".
    let opening = &material.normal[words.start..words.end.min(words.start + 3)];
    let stammers = opening.windows(2).any(|pair| pair[1].starts_with(pair[0].as_str()));
    let first = if words.start == clip.words().start { 0.4 } else { 0.0 };
    let marks = if asks { 0.4 } else { 0.0 } + first - if stammers { 1.0 } else { 0.0 };
    // Rare words alone are often misheard ones: their pull is bounded.
    (material.weight(words.clone()) / count).min(1.5) + cues + unhurried + marks
}

/// At most so many characters of a sentence: without what leads into it, ended at a clause or a word.
fn extract(clip: &Clip<'_>, words: Range<usize>, most: usize) -> Option<String> {
    let material = clip.material;
    let transcript = material.transcript?;
    let mut from = words.start;
    while from + 3 < words.end {
        let leads = |hit: &super::lexicon::Hit| matches!(hit.cue, Cue::Filler | Cue::Conjunction);
        let skip = material.hits_in(from..from + 1).filter(leads).map(|hit| hit.length).max();
        match skip {
            _ if material.normal[from].is_empty() => from += 1,
            Some(length) if from + length + 2 < words.end => from += length,
            _ => break,
        }
    }
    let tokens: Vec<&str> =
        transcript.words[from..words.end].iter().map(|word| word.text.trim()).filter(|t| !t.is_empty()).collect();
    let (cut, whole) = fit(&tokens, most);
    let text = clean(&cut);
    if text.is_empty() {
        return None;
    }
    Some(if whole { text } else { format!("{}…", text.trim_end_matches('…')) })
}

/// As many words as fit with an ellipsis, rather to the end of a clause; and whether that is all or a clause.
fn fit(tokens: &[&str], most: usize) -> (String, bool) {
    let mut line = String::new();
    let mut clause = None;
    for (at, token) in tokens.iter().enumerate() {
        let bare = matches!(*token, "." | "," | "?" | "!" | ":" | ";");
        let longer = if line.is_empty() || bare { format!("{line}{token}") } else { format!("{line} {token}") };
        if longer.chars().count() > most.saturating_sub(1) {
            let all_but_mark = at + 1 == tokens.len() && longer.chars().count() == most;
            return match clause {
                _ if all_but_mark => (longer, true),
                Some(end) if end * 2 >= line.len() => (line[..end].to_owned(), true),
                _ if line.is_empty() => (longer.chars().take(most - 1).collect(), false),
                _ => (line, false),
            };
        }
        line = longer;
        if line.ends_with([',', ';', ':', '—', '–', '、', '，', '،']) {
            clause = Some(line.len());
        }
    }
    (line, true)
}

/// Without dangling marks and control characters; a capital first.
pub(in crate::clips) fn clean(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !hidden(*c)).collect();
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let joined = words.join(" ");
    let trimmed = joined
        .trim_start_matches(|c: char| {
            !c.is_alphanumeric() && !matches!(c, '"' | '“' | '«' | '¿' | '¡' | '(' | '$' | '€' | '£' | '#')
        })
        .trim_end_matches(|c: char| {
            c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—' | '.' | '。' | '،' | '、' | '，')
        });
    let mut chars = trimmed.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Control and direction characters have no place in a title; joiners are part of some scripts and of emoji.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_fit(text: &str, most: usize, expected: &str, whole: bool) {
        let tokens: Vec<&str> = text.split(' ').collect();
        assert_eq!(fit(&tokens, most), (expected.to_owned(), whole));
    }

    #[test]
    fn long_sentences_end_at_a_clause_or_a_word() {
        check_fit("Short and whole .", 60, "Short and whole.", true);
        check_fit("This is the clause, and this is the rest of it", 30, "This is the clause,", true);
        check_fit("This is a long sentence without any comma in it", 30, "This is a long sentence", false);
        check_fit("Unbreakablelongword", 10, "Unbreakab", false);
    }

    #[test]
    fn titles_are_cleaned() {
        assert_eq!(clean("  — so what,\u{202e} then?  "), "So what, then?");
        assert_eq!(clean("éclair, "), "Éclair");
        assert_eq!(clean("¿Por qué?"), "¿Por qué?");
        assert_eq!(clean("..."), "");
    }
}

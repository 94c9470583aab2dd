//! Takes the markup of subtitle lines apart: tags, speakers, word times, entities, noises.

/// A stretch of plain text inside a cue.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// The time tag before it.
    pub(super) at: Option<f64>,
    pub(super) speaker: Option<String>,
}

/// A tag or a bracket is at most this long; it keeps the reading linear.
const LONGEST_TAG: usize = 200;

/// What listeners hear but nobody says, in brackets.
const NOISES: &[&str] = &[
    "music",
    "laugh",
    "applause",
    "cheer",
    "clap",
    "cough",
    "sigh",
    "sneeze",
    "noise",
    "silence",
    "inaudible",
    "crosstalk",
    "chuckl",
    "gasp",
    "sings",
    "singing",
    "whisper",
    "phone",
    "knock",
    "crowd",
    "beep",
    "bell",
    "foreign",
    "speaking",
    "speaks",
    "musik",
    "lachen",
    "gelächter",
    "applaus",
    "musique",
    "rires",
    "applaudissements",
    "música",
    "risas",
    "aplausos",
    "musica",
    "risate",
    "applausi",
    "музыка",
    "смех",
    "аплодисменты",
    "音乐",
    "掌声",
    "笑声",
    "音楽",
    "拍手",
    "笑",
    "음악",
    "박수",
    "웃음",
    "موسيقى",
    "تصفيق",
    "संगीत",
    "तालियाँ",
];

/// The text of a cue without its markup, cut where a time tag or another speaker stands.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut piece = Piece { text: String::new(), at: None, speaker: None };
    let mut silent = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '<'
            && let Some((tag, after)) = delimited(rest, '>').filter(|(tag, _)| is_tag(tag))
        {
            rest = after;
            if let Some(at) = super::cues::time(tag) {
                flush(&mut piece, &mut found);
                piece.at = Some(at);
            } else if let Some(name) = voice(tag) {
                flush(&mut piece, &mut found);
                piece.speaker = name;
            } else if tag == "rt" || tag == "/rt" {
                silent = tag == "rt";
            }
            continue;
        }
        if c == '{'
            && let Some((_, after)) = delimited(rest, '}').filter(|(tag, _)| tag.starts_with('\\'))
        {
            rest = after;
            continue;
        }
        let (c, after) = if c == '&' { entity(rest) } else { (Some(c), &rest[c.len_utf8()..]) };
        rest = after;
        if let Some(c) = c.filter(|_| !silent) {
            piece.text.push(c);
        }
    }
    flush(&mut piece, &mut found);
    for piece in &mut found {
        piece.text = without_noises(&piece.text);
    }
    found
}

fn flush(piece: &mut Piece, found: &mut Vec<Piece>) {
    let speaker = piece.speaker.clone();
    let full = std::mem::replace(piece, Piece { text: String::new(), at: None, speaker });
    if !full.text.is_empty() || full.at.is_some() {
        found.push(full);
    }
}

/// What stands between the first character and `close`, and what comes after, if it closes soon.
fn delimited(text: &str, close: char) -> Option<(&str, &str)> {
    let open = text.chars().next()?;
    // A second opening mark ends the search, so that a row of them is not read over and over.
    let (end, found) = text.char_indices().skip(1).take(LONGEST_TAG).find(|(_, c)| *c == close || *c == open)?;
    (found == close).then_some(())?;
    Some((&text[open.len_utf8()..end], &text[end + close.len_utf8()..]))
}

/// `3 < 5 and 7 > 2` has no tag in it.
fn is_tag(tag: &str) -> bool {
    tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/') && !tag.contains('<')
}

/// `v Name` and `v.loud Name`; `/v` ends the voice.
fn voice(tag: &str) -> Option<Option<String>> {
    if tag == "/v" {
        return Some(None);
    }
    let rest = tag.strip_prefix('v').filter(|rest| rest.starts_with([' ', '.', '\t']))?;
    let name = rest.split_once([' ', '\t']).map_or("", |(_, name)| name.trim());
    Some((!name.is_empty()).then(|| name.to_owned()))
}

/// The character that an entity at the start stands for.
fn entity(text: &str) -> (Option<char>, &str) {
    let plain = (Some('&'), &text[1..]);
    let Some(end) = text.char_indices().take(12).find(|(_, c)| *c == ';').map(|(at, _)| at) else { return plain };
    let after = &text[end + 1..];
    let c = match &text[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "lrm" | "rlm" => return (None, after),
        name => {
            let code = match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => name.strip_prefix('#').and_then(|number| number.parse().ok()),
            };
            match code.and_then(char::from_u32) {
                Some(c) => c,
                None => return plain,
            }
        }
    };
    (Some(c), after)
}

/// The text without `[music]`, `(laughter)`, notes and speaker marks.
pub(super) fn without_noises(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let close = match c {
            '[' => Some(']'),
            '(' => Some(')'),
            '（' => Some('）'),
            '【' => Some('】'),
            _ => None,
        };
        if let Some((_, after)) =
            close.and_then(|close| delimited(rest, close)).filter(|(inside, _)| is_noise(c, inside))
        {
            kept.push(' ');
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        kept.push(if matches!(c, '♪' | '♫' | '♬' | '♩' | '\u{200B}' | '\u{FEFF}') { ' ' } else { c });
    }
    kept.split_inclusive(char::is_whitespace)
        .filter(|token| !matches!(token.trim(), "-" | "–" | "—" | ">>" | ">>>" | "*"))
        .collect()
}

/// Square brackets are never spoken; round ones only hold a noise when they name one or shout.
fn is_noise(open: char, inside: &str) -> bool {
    if matches!(open, '[' | '【') {
        return true;
    }
    let lower = inside.to_lowercase();
    let shouted =
        inside.chars().any(char::is_uppercase) && !inside.chars().any(char::is_lowercase) && inside.chars().count() > 4;
    shouted || (lower.split_whitespace().count() <= 3 && NOISES.iter().any(|noise| lower.contains(noise)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let plain: String = pieces(text).iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(plain.split_whitespace().collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn markup_goes_and_words_stay() {
        check("<i>Hello</i> {\\an8}<font color=\"#fff\">you</font>", "Hello you");
        check("3 < 5 and 7 > 2 {sic}", "3 < 5 and 7 > 2 {sic}");
        check("R&amp;D &lt;b&gt; &#39;x&#x27; &nbsp;&unknown; & more", "R&D <b> 'x' &unknown; & more");
        check("[music] ♪ la la ♪ (laughter) (which is rare) (LOUD NOISE)", "la la (which is rare)");
        check("- Yes. >> No. – Well-known", "Yes. No. Well-known");
        check("<ruby>漢<rt>かん</rt></ruby>字", "漢字");
        check("<<<<< {\\ never closed &", "<<<<< {\\ never closed &");
    }

    #[test]
    fn voices_and_word_times_cut_the_text() {
        let found = pieces("<v.loud Mary Ann>Hi <00:00:01.500>there</v> you");
        assert_eq!(found[0].speaker.as_deref(), Some("Mary Ann"));
        assert_eq!((found[1].at, found[1].text.as_str()), (Some(1.5), "there"));
        assert_eq!(found[2].speaker, None);
    }
}

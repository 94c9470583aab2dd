//! From whisper's tokens to words.

use reelspan_types::speech::Word;

/// One token with its own times, in seconds from the recording's start.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) bytes: Vec<u8>,
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) probability: f32,
}

/// Are words written without spaces in between?
pub(crate) fn unspaced(language: &str) -> bool {
    matches!(language, "zh" | "ja" | "yue" | "th" | "lo" | "km" | "my")
}

/// Joins the tokens of one segment. A space begins a word; without spaces, whole characters do.
pub(crate) fn join(tokens: &[Token], unspaced: bool) -> Vec<Word> {
    let mut groups: Vec<Vec<&Token>> = Vec::new();
    for token in tokens {
        match groups.last_mut() {
            Some(group) if !begins(token, group, unspaced) => group.push(token),
            _ => groups.push(vec![token]),
        }
    }
    groups.iter().filter_map(|group| word(group)).collect()
}

fn begins(token: &Token, group: &[&Token], unspaced: bool) -> bool {
    if token.bytes.first() == Some(&b' ') {
        return true;
    }
    // A character may be spread over several tokens, and a comma belongs to what it follows.
    let whole = std::str::from_utf8(&bytes(group)).is_ok();
    let text = String::from_utf8_lossy(&token.bytes).into_owned();
    let starts = text.chars().next().is_some_and(char::is_alphanumeric) || std::str::from_utf8(&token.bytes).is_err();
    unspaced && whole && starts
}

fn bytes(group: &[&Token]) -> Vec<u8> {
    group.iter().flat_map(|token| token.bytes.iter().copied()).collect()
}

fn word(group: &[&Token]) -> Option<Word> {
    let text = String::from_utf8_lossy(&bytes(group)).trim().to_owned();
    let (first, last) = (group.first()?, group.last()?);
    if text.is_empty() {
        return None;
    }
    let logarithms: f64 = group.iter().map(|token| f64::from(token.probability.clamp(1e-6, 1.0)).ln()).sum();
    let confidence = (logarithms / group.len() as f64).exp();
    // Milliseconds are finer than anything whisper knows.
    let [start, end] = [first.start, last.end.max(first.start)].map(|time| (time * 1000.0).round() / 1000.0);
    Some(Word { start, end, text, confidence: Some((confidence * 1000.0).round() as f32 / 1000.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(texts: &[&[u8]]) -> Vec<Token> {
        let token = |(place, &bytes): (usize, &&[u8])| {
            let start = place as f64 * 0.1;
            Token { bytes: bytes.to_vec(), start, end: start + 0.1, probability: 0.5 }
        };
        texts.iter().enumerate().map(token).collect()
    }

    #[track_caller]
    fn check(texts: &[&[u8]], unspaced: bool, words: &[(&str, f64, f64)]) {
        let joined = join(&tokens(texts), unspaced);
        let joined: Vec<_> = joined.iter().map(|word| (word.text.as_str(), word.start, word.end)).collect();
        assert_eq!(joined, words);
    }

    #[test]
    fn spaces_begin_words() {
        check(
            &[b" Hel", b"lo", b",", b" wor", b"ld", b".", b" "],
            false,
            &[("Hello,", 0.0, 0.3), ("world.", 0.3, 0.6)],
        );
        check(&[b"No", b"space", b" first"], false, &[("Nospace", 0.0, 0.2), ("first", 0.2, 0.3)]);
        check(&[], false, &[]);
    }

    #[test]
    fn characters_spread_over_tokens_are_whole_again() {
        check(&[b" gr", b"\xc3", b"\xbc", b"n"], false, &[("grün", 0.0, 0.4)]);
        check(
            &["你".as_bytes(), b"\xe5", b"\xa5\xbd", "，".as_bytes(), "世界".as_bytes()],
            true,
            &[("你", 0.0, 0.1), ("好，", 0.1, 0.4), ("世界", 0.4, 0.5)],
        );
    }

    #[test]
    fn confidence_is_the_geometric_mean() {
        let mut two = tokens(&[b" a", b"b"]);
        (two[0].probability, two[1].probability) = (0.9, 0.4);
        assert_eq!(join(&two, false)[0].confidence, Some(0.6));
        two[0].probability = 0.0;
        assert!(join(&two, false)[0].confidence.unwrap() < 0.01);
    }
}

//! Words as they compare: normalised tokens, light stems, and how alike two passages are.

/// A word without its punctuation and case, the form the word lists are written in.
pub(crate) fn normal(word: &str) -> String {
    let plain = word.trim_matches(|c: char| !c.is_alphanumeric());
    plain
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, '\u{2019}' | '\u{2018}' | '`') { '\'' } else { c })
        .collect()
}

/// Scripts written without spaces: a "word" of theirs may be a whole phrase.
fn unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0x2_0000..=0x3_FFFF)
}

/// The stems of a normalised word, given one by one.
///
/// Cutting words to their first letters is a stemmer that needs no language; scripts without spaces give pairs of letters.
pub(in crate::clips) fn stems(normal: &str, mut give: impl FnMut(&str)) {
    if normal.is_empty() {
        return;
    }
    if normal.chars().any(unspaced) {
        let at: Vec<usize> = normal.char_indices().map(|(at, _)| at).chain([normal.len()]).collect();
        if at.len() <= 3 {
            give(normal);
        } else {
            at.windows(3).for_each(|pair| give(&normal[pair[0]..pair[2]]));
        }
        return;
    }
    for part in normal.split(['-', '/', '_', '–', '—']) {
        // What stands behind an apostrophe is grammar ("it's", "l'été" keeps its longer side).
        let part = part.split('\'').max_by_key(|side| side.len()).unwrap_or(part);
        if part.is_empty() {
            continue;
        }
        let count = part.chars().count();
        let plural = count >= 4 && part.ends_with('s') && !part.ends_with("ss");
        let singular = if plural { &part[..part.len() - 1] } else { part };
        let end = singular.char_indices().nth(6).map_or(singular.len(), |(at, _)| at);
        give(&singular[..end]);
    }
}

/// Numbers of stems with weights, in order of number: a passage as a point in the space of words.
#[derive(Debug, Clone, Default)]
pub(super) struct Bag(Vec<(u32, f32)>);

impl Bag {
    /// Counts stems; each weighs its logarithmic count times its rarity.
    pub(super) fn of(stems: &[u32], rarity: &[f32]) -> Self {
        let mut sorted = stems.to_vec();
        sorted.sort_unstable();
        let weighed = sorted.chunk_by(|a, b| a == b).map(|same| {
            let count = same.len() as f32;
            (same[0], (1.0 + count.ln()) * rarity[same[0] as usize])
        });
        Self(weighed.filter(|(_, weight)| *weight > 0.0).collect())
    }

    /// The cosine of the angle between two passages: 0 shares nothing, 1 says the same.
    pub(super) fn alike(&self, other: &Self) -> f64 {
        let (mut here, mut there, mut both) = (0, 0, 0.0);
        while let (Some(a), Some(b)) = (self.0.get(here), other.0.get(there)) {
            match a.0.cmp(&b.0) {
                std::cmp::Ordering::Less => here += 1,
                std::cmp::Ordering::Greater => there += 1,
                std::cmp::Ordering::Equal => {
                    both += f64::from(a.1) * f64::from(b.1);
                    (here, there) = (here + 1, there + 1);
                }
            }
        }
        let lengths = self.length() * other.length();
        if lengths > 0.0 { (both / lengths).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn length(&self) -> f64 {
        self.0.iter().map(|(_, weight)| f64::from(*weight).powi(2)).sum::<f64>().sqrt()
    }
}

/// Ends of what is written as a sentence, quotes and brackets aside.
pub(super) fn final_mark(word: &str) -> Option<char> {
    let last = word.trim_end_matches(|c: char| !c.is_alphanumeric() && !is_final(c)).chars().next_back()?;
    is_final(last).then_some(last)
}

fn is_final(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '۔' | '।' | '։' | '።' | ';' | '\u{37e}')
}

/// A question mark of any script; Greek writes it as a semicolon.
pub(super) fn asks(word: &str, greek: bool) -> bool {
    final_mark(word).is_some_and(|mark| matches!(mark, '?' | '？' | '؟' | '\u{37e}') || (greek && mark == ';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems_of(word: &str) -> Vec<String> {
        let mut found = Vec::new();
        stems(&normal(word), |stem| found.push(stem.to_owned()));
        found
    }

    #[test]
    fn forms_of_one_word_share_a_stem() {
        for (a, b) in
            [("Painters,", "painter"), ("interesting", "Interests"), ("größte", "größten"), ("canciones", "canción")]
        {
            let same = stems_of(a)[0] == stems_of(b)[0];
            assert_eq!(same, a != "canciones", "{a} {b}");
        }
    }

    #[test]
    fn different_words_do_not() {
        assert_ne!(stems_of("class"), stems_of("clan"));
        assert_ne!(stems_of("house"), stems_of("horse"));
    }

    #[test]
    fn scripts_without_spaces_give_pairs() {
        assert_eq!(stems_of("東京都"), ["東京", "京都"]);
        assert_eq!(stems_of("«"), Vec::<String>::new());
    }

    #[test]
    fn sentences_end_behind_quotes_too() {
        assert_eq!(final_mark("done.”"), Some('.'));
        assert_eq!(final_mark("etc"), None);
        assert!(asks("why?)", false) && !asks("list;", false) && asks("γιατί;", true));
    }

    #[test]
    fn likeness_is_of_content_not_of_order() {
        let rarity = [1.0, 2.0, 0.0, 1.5];
        let (a, b) = (Bag::of(&[0, 1, 3], &rarity), Bag::of(&[3, 1, 0, 2], &rarity));
        assert!((a.alike(&b) - 1.0).abs() < 1e-6);
        assert_eq!(a.alike(&Bag::of(&[2], &rarity)), 0.0);
    }
}

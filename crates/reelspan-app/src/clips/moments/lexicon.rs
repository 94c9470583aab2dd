//! Small word lists by language: which words ask, contrast, point back or carry feeling.
//!
//! They sharpen a score; a language without a list still has its punctuation, digits, pauses and sound.

mod english;
mod french;
mod german;
mod italian;
mod portuguese;
mod russian;
mod spanish;

use std::collections::HashMap;

/// What a word or phrase does in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Cue {
    Question,
    Number,
    Contrast,
    Superlative,
    /// Speaks to the listener.
    You,
    /// Phrases that open a story, a claim or a lesson.
    Opener,
    Emotion,
    /// Joins to what was said before.
    Conjunction,
    /// Stands for something named before.
    Pronoun,
    /// Points back in so many words.
    Reference,
    Filler,
}

/// One language. Phrases are written in normal form: lower case, no punctuation, one space.
pub(super) struct Lexicon {
    /// The first part of its BCP 47 tag.
    pub(super) language: &'static str,
    /// The most frequent words: they tell the language, and carry no topic.
    pub(super) common: &'static [&'static str],
    pub(super) question: &'static [&'static str],
    pub(super) number: &'static [&'static str],
    pub(super) contrast: &'static [&'static str],
    pub(super) superlative: &'static [&'static str],
    pub(super) you: &'static [&'static str],
    pub(super) opener: &'static [&'static str],
    pub(super) emotion: &'static [&'static str],
    pub(super) conjunction: &'static [&'static str],
    pub(super) pronoun: &'static [&'static str],
    pub(super) reference: &'static [&'static str],
    pub(super) filler: &'static [&'static str],
}

const ALL: [&Lexicon; 7] = [
    &english::LEXICON,
    &french::LEXICON,
    &german::LEXICON,
    &italian::LEXICON,
    &portuguese::LEXICON,
    &russian::LEXICON,
    &spanish::LEXICON,
];

/// The list for a language tag; without a tag, the one most of whose common words occur.
pub(super) fn find(tag: Option<&str>, words: &[String]) -> Option<&'static Lexicon> {
    if let Some(tag) = tag {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
        // Whisper says "en", but some tools say "english" or "eng".
        let known = ALL.into_iter().find(|lexicon| lexicon.language == primary);
        let unsure = matches!(primary.as_str(), "" | "und" | "mul" | "zxx") || primary.len() > 2;
        if known.is_some() || !unsure {
            return known;
        }
    }
    let sample = &words[..words.len().min(3000)];
    let count = |lexicon: &Lexicon| sample.iter().filter(|word| lexicon.common.contains(&word.as_str())).count();
    let best = ALL.into_iter().max_by_key(|lexicon| count(lexicon))?;
    // A fifth of running text are such words; far fewer means that the language is none of these.
    (count(best) * 8 > sample.len()).then_some(best)
}

/// The language of a text as far as there is a list for it: by its tag, or by its commonest words.
pub(crate) fn language(tag: Option<&str>, words: &[String]) -> Option<&'static str> {
    find(tag, words).map(|lexicon| lexicon.language)
}

/// A phrase found in the running words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) word: usize,
    pub(super) length: usize,
    pub(super) cue: Cue,
}

impl Lexicon {
    /// Whether a word is there for the grammar and tells nothing of the topic.
    pub(super) fn is_grammar(&self, word: &str) -> bool {
        [self.common, self.conjunction, self.pronoun, self.filler, self.you].iter().any(|list| list.contains(&word))
    }

    fn lists(&self) -> [(Cue, &'static [&'static str]); 11] {
        [
            (Cue::Question, self.question),
            (Cue::Number, self.number),
            (Cue::Contrast, self.contrast),
            (Cue::Superlative, self.superlative),
            (Cue::You, self.you),
            (Cue::Opener, self.opener),
            (Cue::Emotion, self.emotion),
            (Cue::Conjunction, self.conjunction),
            (Cue::Pronoun, self.pronoun),
            (Cue::Reference, self.reference),
            (Cue::Filler, self.filler),
        ]
    }
}

/// Every phrase of the list, and every number in digits, in order of place.
pub(super) fn hits(lexicon: Option<&Lexicon>, words: &[String]) -> Vec<Hit> {
    let mut phrases: HashMap<&str, Vec<(Vec<&str>, Cue)>> = HashMap::new();
    for (cue, list) in lexicon.iter().flat_map(|lexicon| lexicon.lists()) {
        for phrase in list {
            let parts: Vec<&str> = phrase.split(' ').collect();
            phrases.entry(parts[0]).or_default().push((parts, cue));
        }
    }
    let mut found = Vec::new();
    for (word, text) in words.iter().enumerate() {
        if text.chars().any(char::is_numeric) {
            found.push(Hit { word, length: 1, cue: Cue::Number });
        }
        for (parts, cue) in phrases.get(text.as_str()).into_iter().flatten() {
            let here = words.get(word..word + parts.len());
            if here.is_some_and(|here| here.iter().zip(parts).all(|(a, b)| a == b)) {
                found.push(Hit { word, length: parts.len(), cue: *cue });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(super::super::text::normal).collect()
    }

    #[test]
    fn lists_are_written_in_normal_form() {
        for lexicon in ALL {
            for (cue, list) in lexicon.lists() {
                for phrase in list.iter().chain(lexicon.common) {
                    let normal: Vec<String> = words(phrase);
                    assert_eq!(normal.join(" "), **phrase, "{} {cue:?}", lexicon.language);
                }
                let distinct: std::collections::HashSet<_> = list.iter().collect();
                assert_eq!(distinct.len(), list.len(), "{} {cue:?} lists a phrase twice", lexicon.language);
            }
        }
    }

    #[track_caller]
    fn check_language(text: &str, language: Option<&str>) {
        assert_eq!(find(None, &words(text)).map(|found| found.language), language);
    }

    #[test]
    fn languages_are_told_by_their_common_words() {
        check_language("the man and the dog were in the house when it began to rain", Some("en"));
        check_language("der Mann und der Hund waren in dem Haus als es zu regnen begann", Some("de"));
        check_language("l'homme et le chien étaient dans la maison quand il a commencé à pleuvoir", Some("fr"));
        check_language("el hombre y el perro estaban en la casa cuando empezó a llover", Some("es"));
        check_language("o homem e o cão estavam em casa quando começou a chover e não parou", Some("pt"));
        check_language("l'uomo e il cane erano in casa quando ha cominciato a piovere e non si fermava", Some("it"));
        check_language("человек и собака были в доме когда начался дождь и он не хотел идти", Some("ru"));
        check_language("mies ja koira olivat talossa kun alkoi sataa", None);
    }

    #[test]
    fn a_tag_wins_over_a_guess_and_unknown_tags_are_guessed() {
        let english = words("the man and the dog were in the house");
        assert_eq!(find(Some("de-AT"), &english).map(|found| found.language), Some("de"));
        assert_eq!(find(Some("english"), &english).map(|found| found.language), Some("en"));
        assert!(find(Some("fi"), &english).is_none());
    }

    #[test]
    fn phrases_are_found_whole_only() {
        let text = words("As I said, the best 3 of them");
        let found = hits(find(Some("en"), &text), &text);
        assert!(found.contains(&Hit { word: 0, length: 3, cue: Cue::Reference }));
        assert!(found.contains(&Hit { word: 5, length: 1, cue: Cue::Number }));
        assert!(found.iter().any(|hit| hit.word == 4 && hit.cue == Cue::Superlative));
        let other = words("as I went");
        assert!(!hits(find(Some("en"), &other), &other).iter().any(|hit| hit.cue == Cue::Reference));
    }
}

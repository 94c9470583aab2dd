//! Small word lists by language: sounds of hesitation, words that fill when they stand alone, words that stutters repeat.

use crate::clips::moments::{language, normal};

/// One language. Phrases are in normal form: lower case, no punctuation, one space.
pub(super) struct Manner {
    /// The first part of its BCP 47 tag; empty where the language is not known.
    pub(super) language: &'static str,
    /// Sounds that are no words of this language. Letters that stand in a row count once: "ummm" is "um".
    pub(super) hesitation: &'static [&'static str],
    /// Words that mean something elsewhere and nothing between two pauses.
    pub(super) filling: &'static [&'static str],
    /// Words that nobody says twice on purpose. "that", "had", "very", "die", "nous" are left out: they may stand twice.
    pub(super) single: &'static [&'static str],
    /// "more and more and more" is no stutter.
    pub(super) joining: &'static [&'static str],
}

#[rustfmt::skip]
const ALL: [Manner; 8] = [
    Manner {
        language: "en",
        hesitation: &["um", "uh", "uhm", "erm", "er", "ehm"],
        filling: &["you know", "i mean", "like", "sort of", "kind of", "basically", "hm", "mm", "eh"],
        single: &["i", "a", "an", "the", "and", "but", "or", "to", "of", "at", "for", "with", "we", "he", "she", "it", "they", "my", "our",
            "his", "their", "this", "these", "was", "are", "were", "if", "as", "when", "how", "can", "could", "would", "will", "because",
            "it's", "i'm", "we're", "they're", "that's", "there's", "i've", "we've", "it'll", "i'll", "don't", "from", "by"],
        joining: &["and", "or", "by", "to", "after"],
    },
    Manner {
        language: "de",
        hesitation: &["äh", "ähm", "öh", "öhm", "ehm", "eh", "uhm"],
        filling: &["sozusagen", "quasi", "halt", "irgendwie", "na ja", "naja", "ich sag mal", "ich sage mal", "sag ich mal", "weißt du",
            "wissen sie", "also", "hm", "mh"],
        single: &["ich", "und", "aber", "oder", "ein", "eine", "einen", "einem", "einer", "im", "in", "mit", "von", "zu", "zum", "zur", "auf",
            "für", "wir", "er", "es", "mein", "dein", "unser", "wenn", "weil", "dass", "bei", "nach", "aus", "dann", "kann", "wird"],
        joining: &["und", "oder", "um", "für"],
    },
    Manner {
        language: "fr",
        hesitation: &["euh", "heu", "euhm", "hum", "ehm"],
        filling: &["ben", "bah", "hein", "quoi", "du coup", "en fait", "tu vois", "vous voyez", "genre", "hm", "mh", "tu sais", "vous savez"],
        single: &["je", "j'ai", "tu", "il", "on", "et", "mais", "ou", "le", "la", "les", "un", "une", "de", "des", "du", "à", "au", "aux", "dans",
            "pour", "avec", "sur", "c'est", "ce", "ces", "mon", "ma", "mes", "son", "sa", "ses", "par", "est", "qui"],
        joining: &["et", "ou", "en", "à", "de"],
    },
    Manner {
        language: "es",
        hesitation: &["eh", "em", "ehm", "mm"],
        filling: &["este", "o sea", "pues", "digamos", "sabes", "a ver", "es decir", "como que"],
        single: &["yo", "el", "los", "las", "un", "una", "unos", "unas", "de", "del", "en", "con", "para", "por", "y", "o", "pero", "mi", "tu", "su",
            "mis", "sus", "se", "al", "cuando", "porque", "nuestro", "esta"],
        joining: &["y", "o", "a", "en", "de"],
    },
    Manner {
        language: "it",
        hesitation: &["ehm", "eh", "uhm", "mm", "hum"],
        filling: &["cioè", "diciamo", "insomma", "tipo", "praticamente", "allora", "come dire"],
        single: &["io", "il", "lo", "la", "i", "gli", "le", "un", "una", "di", "del", "della", "in", "con", "per", "e", "ma", "o", "a", "al", "da",
            "mio", "mia", "suo", "sua", "nel", "quando", "perché"],
        joining: &["e", "o", "a", "di"],
    },
    Manner {
        language: "pt",
        hesitation: &["hum", "ahn", "hã", "ãh", "ehm", "uhm", "hm", "éh"],
        filling: &["né", "tipo", "quer dizer", "sabe", "digamos", "ou seja"],
        single: &["eu", "o", "os", "as", "um", "uma", "de", "do", "da", "em", "no", "na", "com", "para", "por", "e", "mas", "ou", "meu", "minha",
            "seu", "sua", "se", "ao", "quando", "porque"],
        joining: &["e", "ou", "a", "de"],
    },
    Manner {
        language: "nl",
        hesitation: &["eh", "ehm", "uh", "uhm", "euh", "hm"],
        filling: &["zeg maar", "weet je", "nou ja", "ja dus", "ofzo"],
        single: &["ik", "de", "het", "een", "en", "maar", "of", "in", "op", "met", "van", "voor", "wij", "hij", "mijn", "ons", "zijn", "als", "omdat",
            "naar", "bij", "kan", "wordt"],
        joining: &["en", "of", "om"],
    },
    Manner {
        language: "ru",
        hesitation: &["э", "эм", "мм", "хм"],
        filling: &["ну", "типа", "как бы", "короче", "значит", "это самое", "так сказать", "вот"],
        single: &["я", "и", "но", "в", "на", "с", "по", "он", "мы", "из", "к", "для", "у", "от", "за", "или", "если", "когда", "мой", "наш", "его"],
        joining: &["и", "или", "за"],
    },
];

/// Sounds that are a word in none of the languages above: "um" is a word in German and Portuguese, "er" in German.
const UNKNOWN: Manner = Manner {
    language: "",
    hesitation: &["uh", "uhm", "ehm", "erm", "äh", "ähm", "öhm", "euh", "hm"],
    filling: &[],
    single: &[],
    joining: &["and", "und", "et", "y", "e", "en", "и", "or", "oder", "ou", "o", "of", "или"],
};

/// Fewer words than these do not tell a language.
const TELLING: usize = 12;

/// The lists for a transcript, by its tag or by its own words.
pub(super) fn of(tag: Option<&str>, words: &[String]) -> &'static Manner {
    let primary = tag.and_then(|tag| tag.split(['-', '_']).next()).unwrap_or_default().to_ascii_lowercase();
    let by = |name: &str| ALL.iter().find(|manner| manner.language == name);
    let guessed = || language(tag, words).filter(|_| words.len() >= TELLING).and_then(by);
    by(&primary).or_else(guessed).unwrap_or(&UNKNOWN)
}

impl Manner {
    pub(super) fn is_hesitation(&self, word: &str) -> bool {
        let word = squeezed(word);
        self.hesitation.iter().any(|sound| squeezed(sound) == word)
    }

    /// How many of the words from here on are a phrase that fills.
    pub(super) fn fills(&self, words: &[String]) -> usize {
        let matches = |phrase: &&str| {
            let length = phrase.split(' ').count();
            let here = words.get(..length)?;
            here.iter().zip(phrase.split(' ')).all(|(a, b)| a == b).then_some(length)
        };
        self.filling.iter().filter_map(matches).max().unwrap_or(0)
    }

    pub(super) fn stutters(&self, word: &str) -> bool {
        self.single.contains(&word)
    }

    pub(super) fn joins(&self, word: &str) -> bool {
        self.joining.contains(&word)
    }
}

/// Letters in a row count once.
fn squeezed(word: &str) -> String {
    let mut last = None;
    word.chars().filter(|c| last.replace(*c) != Some(*c)).collect()
}

/// A word as the lists are written.
pub(super) fn plain(word: &str) -> String {
    normal(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_written_in_normal_form() {
        for manner in ALL.iter().chain([&UNKNOWN]) {
            for phrase in [manner.hesitation, manner.filling, manner.single, manner.joining].concat() {
                let words: Vec<_> = phrase.split(' ').map(plain).collect();
                assert_eq!(words.join(" "), phrase, "{}", manner.language);
            }
        }
    }

    /// Every sound of one language must not be taken for one where it is a word.
    #[test]
    fn words_are_not_taken_for_sounds() {
        let of = |tag: &str| of(Some(tag), &[]);
        assert!(of("en").is_hesitation("um") && of("en-GB").is_hesitation("ummm") && of("en").is_hesitation("er"));
        assert!(!of("de").is_hesitation("um") && !of("de").is_hesitation("er") && !of("pt").is_hesitation("um"));
        assert!(!of("").is_hesitation("um") && of("xx").is_hesitation("ähhm"));
        assert!(of("fr").is_hesitation("euuuh") && of("es").is_hesitation("eeeh") && of("de").is_hesitation("äääh"));
        assert!(
            !of("en").is_hesitation("umbrella") && !of("en").is_hesitation("mhm") && !of("en").is_hesitation("uh-huh")
        );
    }

    #[test]
    fn phrases_fill_whole_or_not_at_all() {
        let words = |text: &str| text.split(' ').map(plain).collect::<Vec<_>>();
        let english = of(Some("en"), &[]);
        assert_eq!(english.fills(&words("you know what")), 2);
        assert_eq!(english.fills(&words("you knew")), 0);
        assert_eq!(english.fills(&words("like that")), 1);
        assert_eq!(english.fills(&[]), 0);
    }

    #[test]
    fn without_a_tag_the_words_tell_the_language() {
        let words: Vec<_> =
            "der Mann und der Hund waren in dem Haus als es zu regnen begann".split(' ').map(plain).collect();
        assert_eq!(of(None, &words).language, "de");
        assert_eq!(of(Some("en"), &words).language, "en");
        assert_eq!(of(Some("ko"), &words).language, "", "a known language without lists is not guessed");
    }
}

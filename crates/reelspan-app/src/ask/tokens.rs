//! Words as they are found again: split, folded, stemmed, with the grammar of many languages left out.

use unicode_segmentation::UnicodeSegmentation;

mod numbers;
mod stem;
mod stop;

pub(crate) use numbers::numbers;
use stem::stem;
pub(crate) use stop::{is_frame, is_negation, is_stop};

/// The languages whose grammar is known; others are cut to their first letters and keep all their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Language {
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Russian,
    Other,
}

impl Language {
    pub(crate) const ALL: [Self; 8] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Italian,
        Self::Portuguese,
        Self::Dutch,
        Self::Russian,
    ];

    /// From a tag as recognisers write it (`en`, `de-AT`, `eng`, `english`).
    pub(crate) fn tagged(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
        Some(match primary.as_str() {
            "en" | "eng" | "english" => Self::English,
            "de" | "deu" | "ger" | "german" => Self::German,
            "fr" | "fra" | "fre" | "french" => Self::French,
            "es" | "spa" | "spanish" => Self::Spanish,
            "it" | "ita" | "italian" => Self::Italian,
            "pt" | "por" | "portuguese" => Self::Portuguese,
            "nl" | "nld" | "dut" | "dutch" => Self::Dutch,
            "ru" | "rus" | "russian" => Self::Russian,
            "" | "und" | "mul" | "zxx" => return None,
            _ => Self::Other,
        })
    }

    /// The language of a question: whose grammar most of its words are, one of `likely` where it may be several.
    pub(crate) fn of_question(words: &[Token], likely: &[Self]) -> Option<Self> {
        let count = |language: Self| words.iter().filter(|word| is_stop(&word.text, language)).count();
        let known = likely.iter().copied().chain(Self::ALL).filter(|language| *language != Self::Other);
        // The last of equals would win: the likely ones come last.
        let known: Vec<Self> = known.collect();
        known.into_iter().rev().max_by_key(|language| count(*language)).filter(|language| count(*language) > 0)
    }

    /// The language most of whose grammar words occur, if enough of them do.
    pub(crate) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut counts = [0usize; Self::ALL.len()];
        let mut all = 0;
        for word in words.take(4000) {
            all += 1;
            for (count, language) in counts.iter_mut().zip(Self::ALL) {
                *count += usize::from(is_stop(word, language));
            }
        }
        let best = (0..counts.len()).rev().max_by_key(|index| counts[*index]).unwrap_or(0);
        if counts[best] * 5 > all { Self::ALL[best] } else { Self::Other }
    }
}

/// One word of running text in folded form: lower case, no accents, one kind of apostrophe.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Begins with a capital and is not the first word: a name in most languages.
    pub(crate) capital: bool,
    /// Stands behind a comma or another mark, or first: a new clause begins here.
    pub(crate) opens: bool,
    /// Pairs of letters of a script without spaces are no words to judge names by.
    pub(crate) pair: bool,
}

impl Token {
    /// What it has in common with its other forms.
    pub(crate) fn stem(&self, language: Language) -> String {
        if self.pair { self.text.clone() } else { stem(&self.text, language) }
    }
}

/// The words of a text in order. Scripts without spaces give pairs of neighbouring letters.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut run: Vec<char> = Vec::new();
    let (mut opens, mut clause) = (true, true);
    for piece in text.split_word_bounds() {
        let Some(first) = piece.chars().find(|c| c.is_alphanumeric()) else {
            flush(&mut run, &mut found);
            opens |= piece.contains(['.', '!', '?', ':', '…', '。', '¿', '¡', '"', '“', '«']);
            clause |= opens || piece.contains([',', ';', '—', '–', '،', '、', '，']);
            continue;
        };
        if in_pairs(first) {
            run.extend(piece.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
            continue;
        }
        flush(&mut run, &mut found);
        let capital = first.is_uppercase() && !opens;
        for part in fold(piece).split('\'').filter(|part| !part.is_empty()) {
            found.push(Token { text: part.to_owned(), capital, opens: clause, pair: false });
            (opens, clause) = (false, false);
        }
    }
    flush(&mut run, &mut found);
    found
}

fn flush(run: &mut Vec<char>, found: &mut Vec<Token>) {
    let mut push = |letters: &[char]| {
        found.push(Token { text: letters.iter().collect(), capital: false, opens: false, pair: true });
    };
    match run.len() {
        0 => {}
        1 => push(run),
        _ => run.windows(2).for_each(&mut push),
    }
    run.clear();
}

/// Chinese, Japanese, Korean and the scripts of South-East Asia: no spaces, or endings glued to the word.
fn in_pairs(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF
        | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

/// Lower case without accents; the grouping commas of numbers go.
pub(crate) fn fold(word: &str) -> String {
    let number = word.starts_with(|c: char| c.is_ascii_digit());
    let mut folded = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => folded.push('a'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => folded.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => folded.push('o'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => folded.push('u'),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'ñ' | 'ń' | 'ň' => folded.push('n'),
            'š' | 'ś' | 'ş' => folded.push('s'),
            'ž' | 'ź' | 'ż' => folded.push('z'),
            'ý' | 'ÿ' => folded.push('y'),
            'ł' => folded.push('l'),
            'ß' => folded.push_str("ss"),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ё' => folded.push('е'),
            '\u{2019}' | '\u{2018}' | '`' | '\u{02BC}' => folded.push('\''),
            // Marks that stand over a letter of their own, and those of Arabic and Hebrew vowels.
            '\u{0300}'..='\u{036F}' | '\u{064B}'..='\u{0652}' | '\u{0591}'..='\u{05C7}' => {}
            'أ' | 'إ' | 'آ' => folded.push('ا'),
            ',' | '_' if number => {}
            _ => folded.push(c),
        }
    }
    folded
}

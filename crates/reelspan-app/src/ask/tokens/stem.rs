//! Light stems: endings that only grammar sets are cut off, a table a language.

use super::Language;

/// The stem of a folded word.
pub(crate) fn stem(word: &str, language: Language) -> String {
    if word.starts_with(|c: char| c.is_numeric()) {
        return word.to_owned();
    }
    if word.chars().any(|c| ('\u{0600}'..='\u{06FF}').contains(&c)) {
        return arabic(word);
    }
    match language {
        Language::English => english(word),
        Language::Other => word.chars().take(6).collect(),
        Language::Russian if word.is_ascii() => english(word),
        // Twice: "Preise" and "Preis" meet only where both end.
        _ => ending(&ending(word, endings(language)), endings(language)),
    }
}

/// Longest first; at least this many letters stay.
fn endings(language: Language) -> (&'static str, usize) {
    match language {
        Language::German => {
            ("ungen heiten keiten innen ung heit keit ern est lich isch em en er es et st te e n s t", 4)
        }
        Language::French => (
            "issements issement atrices ateurs ations ements atrice ateur ation ement euses aient eront iques ables \
             ance ence euse eurs ions ique able aux eux ees eur ais ait ant ent ez er ee es ir is it ai al e s x",
            4,
        ),
        Language::Spanish => (
            "amientos imientos aciones amiento imiento adoras adores ancias acion mente adora ador ancia iendo ieron \
             aron ando idad idas idos adas ados aban ible able ado ada ido ida aba ian ar er ir an en as es os ia io \
             a e o s",
            4,
        ),
        Language::Italian => (
            "amenti imenti azioni amento imento azione atori atore mente avano evano ando endo ato ata ati ate ito \
             ita iti ite are ere ire ano ono ia io ie a e i o",
            4,
        ),
        Language::Portuguese => (
            "amentos imentos amento imento adoras adores acoes mente acao ador aram eram ando endo indo idade avam \
             ados adas idos idas ado ada ido ida ava oes ar er ir am em as es os a e o s",
            4,
        ),
        Language::Dutch => ("heden ingen heid ing lijk ende en er es te de e s t", 4),
        _ => (
            "иями ями ами ией иям ием иях ость ости ание ения ение ого ему ому ыми ими его ете ите ают яют ала али \
             ило ила или ешь ать ять ить еть ует ев ов ие ье еи ии ей ой ий ям ем ам ом ах ях ию ью ия ья ый ая ое ые \
             ую юю ет ут ют ит ал ил а е и й о у ы ь ю я",
            3,
        ),
    }
}

fn ending(word: &str, (list, least): (&str, usize)) -> String {
    let letters = word.chars().count();
    for ending in list.split_whitespace() {
        if let Some(rest) = word.strip_suffix(ending)
            && letters - ending.chars().count() >= least
        {
            return rest.to_owned();
        }
    }
    word.to_owned()
}

fn arabic(word: &str) -> String {
    let letters = |text: &str| text.chars().count();
    let prefixes = ["وال", "بال", "كال", "فال", "لل", "ال"];
    let bare = prefixes.iter().find_map(|prefix| word.strip_prefix(prefix).filter(|rest| letters(rest) >= 3));
    let bare = bare.unwrap_or(word);
    let suffixes = ["ها", "ات", "ون", "ين", "ية", "ان", "ه", "ة", "ي"];
    let cut = suffixes.iter().find_map(|suffix| bare.strip_suffix(suffix).filter(|rest| letters(rest) >= 3));
    cut.unwrap_or(bare).to_owned()
}

const VOWELS: [char; 6] = ['a', 'e', 'i', 'o', 'u', 'y'];

/// Plurals, verb forms and the commonest ways to make one word of another.
fn english(word: &str) -> String {
    if word.len() <= 3 || !word.is_ascii() {
        return word.to_owned();
    }
    let mut stem = plural(word);
    for (ending, least) in [("ing", 3), ("ed", 3)] {
        if let Some(rest) = stem.strip_suffix(ending)
            && rest.len() >= least
            && rest.contains(VOWELS)
        {
            stem = undoubled(rest);
            break;
        }
    }
    const MADE: [(&str, &str); 16] = [
        ("ization", ""),
        ("isation", ""),
        ("fulness", ""),
        ("ousness", ""),
        ("ation", ""),
        ("ition", ""),
        ("ically", "ic"),
        ("ments", ""),
        ("ment", ""),
        ("ness", ""),
        ("able", ""),
        ("ible", ""),
        ("ally", "al"),
        ("ly", ""),
        ("ion", ""),
        ("er", ""),
    ];
    for (ending, instead) in MADE {
        if let Some(rest) = stem.strip_suffix(ending)
            && rest.len() >= 4
            && rest.contains(VOWELS)
        {
            stem = undoubled(&format!("{rest}{instead}"));
            break;
        }
    }
    for ending in ["ize", "ise", "ate"] {
        if let Some(rest) = stem.strip_suffix(ending)
            && rest.len() >= 4
        {
            stem = rest.to_owned();
            break;
        }
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    if stem.len() > 3 && stem.ends_with('y') {
        stem.pop();
        stem.push('i');
    }
    stem
}

fn plural(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("ies").filter(|rest| rest.len() >= 2) {
        return format!("{rest}y");
    }
    for hissing in ["sses", "shes", "ches", "xes", "zes"] {
        if word.ends_with(hissing) {
            return word[..word.len() - 2].to_owned();
        }
    }
    let kept = ["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    if word.ends_with('s') && !kept { word[..word.len() - 1].to_owned() } else { word.to_owned() }
}

fn undoubled(stem: &str) -> String {
    let bytes = stem.as_bytes();
    let doubled = stem.len() > 3 && bytes[stem.len() - 1] == bytes[stem.len() - 2];
    if doubled && !stem.ends_with(['l', 's', 'z', 'e', 'o']) {
        stem[..stem.len() - 1].to_owned()
    } else {
        stem.to_owned()
    }
}

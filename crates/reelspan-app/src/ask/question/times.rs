//! Times in questions: "at 12:30", "in the first five minutes", "near the end".

use reelspan_types::{Span, parse_time};

use crate::ask::tokens::fold;

/// Around a single moment this much is looked at, before and after.
const AROUND: f64 = 20.0;

/// A stretch of a recording as people name it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum When {
    At(f64),
    Between(f64, f64),
    First(f64),
    Last(f64),
    /// Shares of the whole.
    Part(f64, f64),
}

impl When {
    /// A single moment.
    pub(crate) fn point(self) -> Option<f64> {
        match self {
            Self::At(at) => Some(at),
            _ => None,
        }
    }

    pub(crate) fn span(self, duration: f64) -> Span {
        match self {
            Self::At(at) => Span::new((at - AROUND).max(0.0), at + AROUND),
            Self::Between(from, to) => Span::new(from.min(to), from.max(to)),
            Self::First(seconds) => Span::new(0.0, seconds),
            Self::Last(seconds) => Span::new((duration - seconds).max(0.0), duration),
            // "The beginning" of ten hours is not its first hour.
            Self::Part(from, to) if from <= 0.0 && to < 0.2 => Span::new(0.0, (duration * to).clamp(60.0, 300.0)),
            Self::Part(from, to) if to >= 1.0 && from > 0.8 => {
                Span::new((duration - (duration * (1.0 - from)).clamp(60.0, 300.0)).max(0.0), duration)
            }
            Self::Part(from, to) => Span::new(duration * from, duration * to),
        }
    }
}

const SECONDS: &str =
    "s sec secs second seconds sekunde sekunden seconde secondes segundo segundos secondo secondi секунд секунды";
const MINUTES: &str = "m min mins minute minutes minuten minuto minutos minuti minuut минут минуты минуте";
const HOURS: &str = "h hour hours stunde stunden heure heures hora horas ora ore uur час часа часов";
const FIRST: &str = "first opening ersten erste premiere premieres premiers primeros primeras primi prime primeiros primeiras eerste \
    первые первых";
const LAST: &str = "last final closing letzten letzte dernieres derniers derniere ultimos ultimas ultimi ultime laatste последние \
    последних";
const BEGINNING: &str =
    "beginning start opening outset anfang beginn debut principio inicio comienzo inizio comeco begin начале";
const END: &str = "end ending close ende schluss fin final finale fine fim eind einde конце";
const MIDDLE: &str = "middle halfway midway mitte milieu mitad medio meta meio midden середине";
const HALF: &str = "half halfte moitie mitad meta metade helft половине";
const SECOND: &str = "second zweiten seconde deuxieme segunda seconda tweede второй";
/// What stands before a moment: "at the end", "am Anfang", "à la fin".
const BEFORE: &str = "at in near towards toward around about from by during since until till after before right very am an im zu gegen \
    um bei nach vor a au vers al en hacia all alla verso no ao na aan op в на около к";
const ARTICLES: &str = "the der dem den das die la le l el il lo o het de very ganz minute minutes time mark timestamp";
/// "The end of the talk" is a time, "the end of the war" is not.
const WHOLE: &str = "video recording talk film movie episode podcast interview clip file meeting lecture conversation discussion show \
    stream call session it this aufnahme vortrag gesprach enregistrement entretien grabacion charla registrazione \
    gravacao запись записи";
const OF: &str = "of von vom des der du de del della dell do da";

fn lists(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// The question without its time, and the time.
pub(crate) fn take(text: &str) -> (String, Option<When>) {
    let pieces: Vec<&str> = text.split_whitespace().collect();
    let words: Vec<String> =
        pieces.iter().map(|piece| fold(piece.trim_matches(|c: char| !c.is_alphanumeric()))).collect();
    let is = |at: usize, list: &str| words.get(at).is_some_and(|word| lists(list, word));
    for at in 0..words.len() {
        let Some((when, mut until)) =
            range(&words, at).or_else(|| edge(&words, at)).or_else(|| moment(&words, at)).or_else(|| part(&words, at))
        else {
            continue;
        };
        // "... of the talk" belongs to the time.
        if is(until, OF) {
            let end = (until + 1..words.len().min(until + 4)).find(|end| is(*end, WHOLE));
            until = end.map_or(until, |end| end + 1);
        }
        let mut from = at;
        while from > 0 && (is(from - 1, BEFORE) || is(from - 1, ARTICLES) || is(from - 1, "between entre zwischen tra"))
        {
            from -= 1;
        }
        let rest: Vec<&str> = pieces[..from].iter().chain(&pieces[until..]).copied().collect();
        return (rest.join(" "), Some(when));
    }
    (text.to_owned(), None)
}

/// "12:30", "1:02:03"; a bare number is no time.
fn clock(word: &str) -> Option<f64> {
    let word = word.strip_suffix('h').unwrap_or(word);
    word.contains(':').then(|| parse_time(word).ok()).flatten()
}

/// "12:30 to 14:00", "12:30-14:00", "10:00 and 12:00" after "between".
fn range(words: &[String], at: usize) -> Option<(When, usize)> {
    if let Some((from, to)) = words[at].split_once(['-', '–']) {
        return Some((When::Between(clock(from)?, clock(to)?), at + 1));
    }
    let from = clock(&words[at])?;
    let joins = ["to", "and", "until", "till", "through", "bis", "und", "a", "et", "y", "e", "–", "-", "", "до", "и"];
    let to = words.get(at + 2).filter(|_| joins.contains(&words[at + 1].as_str())).and_then(|word| clock(word))?;
    Some((When::Between(from, to), at + 3))
}

/// "first five minutes", "letzten 30 Sekunden", "first half".
fn edge(words: &[String], at: usize) -> Option<(When, usize)> {
    let is = |at: usize, list: &str| words.get(at).is_some_and(|word| lists(list, word));
    let (first, last) = (is(at, FIRST), is(at, LAST));
    if is(at + 1, HALF) && (first || last || is(at, SECOND)) {
        return Some((if first { When::Part(0.0, 0.5) } else { When::Part(0.5, 1.0) }, at + 2));
    }
    if !first && !last {
        return None;
    }
    let (seconds, until) = length(words, at + 1)?;
    Some((if first { When::First(seconds) } else { When::Last(seconds) }, until))
}

/// "five minutes", "90s", "minute", "couple of minutes".
fn length(words: &[String], mut at: usize) -> Option<(f64, usize)> {
    let mut count = 1.0;
    let word = words.get(at)?;
    if let Some(seconds) = parse_time(word).ok().filter(|_| word.ends_with(char::is_alphabetic)) {
        return Some((seconds, at + 1));
    }
    let number = crate::ask::tokens::numbers(&crate::ask::tokens::tokens(word)).first().map(|number| number.value);
    if let Some(number) = number {
        (count, at) = (number, at + 1);
    } else if ["few", "couple", "paar"].contains(&word.as_str()) {
        (count, at) = (3.0, at + 1);
        at += usize::from(words.get(at).is_some_and(|word| word == "of"));
    }
    let unit = words.get(at)?;
    [(SECONDS, 1.0), (MINUTES, 60.0), (HOURS, 3600.0)]
        .iter()
        .find(|(names, _)| lists(names, unit))
        .map(|(_, scale)| (count * scale, at + 1))
}

/// "12:30", "minute 12", "after 30 minutes", "12 minutes in".
fn moment(words: &[String], at: usize) -> Option<(When, usize)> {
    if let Some(seconds) = clock(&words[at]) {
        return Some((When::At(seconds), at + 1));
    }
    if lists(MINUTES, &words[at])
        && let Some(minutes) = words.get(at + 1).and_then(|word| word.parse::<f64>().ok())
    {
        return Some((When::Between(minutes * 60.0, minutes * 60.0 + 60.0), at + 2));
    }
    let placed = at > 0
        && ["after", "at", "around", "nach", "bei", "apres", "despues", "dopo", "depois", "na", "через"]
            .contains(&words[at - 1].as_str());
    let (seconds, until) = length(words, at).filter(|(_, until)| {
        *until > at + 1
            || !words[at].ends_with(char::is_alphabetic)
            || words[at].starts_with(|c: char| c.is_ascii_digit())
    })?;
    let into = words.get(until).is_some_and(|word| word == "in" || word == "into") && until + 1 >= words.len();
    (placed || into).then_some((When::At(seconds), until + usize::from(into)))
}

/// "at the beginning", "gegen Ende", "in the middle".
fn part(words: &[String], at: usize) -> Option<(When, usize)> {
    let is = |at: usize, list: &str| words.get(at).is_some_and(|word| lists(list, word));
    let when = if is(at, BEGINNING) {
        When::Part(0.0, 0.1)
    } else if is(at, END) {
        When::Part(0.9, 1.0)
    } else if is(at, MIDDLE) {
        When::Part(0.4, 0.6)
    } else {
        return None;
    };
    let mut before = at;
    while before > 0 && is(before - 1, ARTICLES) {
        before -= 1;
    }
    let placed = before > 0
        && is(before - 1, BEFORE)
        && (before < at || at + 1 == words.len() || !is(at, "end start fine final close"));
    let of_another = is(at + 1, OF) && !(at + 2..at + 5).any(|after| is(after, WHOLE));
    (placed && !of_another).then_some((when, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, rest: &str, when: When) {
        assert_eq!(take(text), (rest.to_owned(), Some(when)), "{text}");
    }

    #[test]
    fn times_are_taken_out_of_a_question() {
        check("What is said at 12:30?", "What is said", When::At(750.0));
        check("what happens between 10:00 and 12:00", "what happens", When::Between(600.0, 720.0));
        check("what happens from 1:02:00-1:03:00?", "what happens", When::Between(3720.0, 3780.0));
        check("Who speaks in the first five minutes?", "Who speaks", When::First(300.0));
        check("what about bread in the last 30 seconds of the talk", "what about bread", When::Last(30.0));
        check("was sagt sie in den letzten zwei Minuten", "was sagt sie", When::Last(120.0));
        check("How does she greet us at the beginning of the video?", "How does she greet us", When::Part(0.0, 0.1));
        check("What do they decide at the end?", "What do they decide", When::Part(0.9, 1.0));
        check("qu'est-ce qu'il dit à la fin ?", "qu'est-ce qu'il dit ?", When::Part(0.9, 1.0));
        check("what is shown in minute 12", "what is shown", When::Between(720.0, 780.0));
        check("what changes after 30 minutes", "what changes", When::At(1800.0));
        check("prices in the second half", "prices", When::Part(0.5, 1.0));
    }

    #[test]
    fn what_only_sounds_like_a_time_stays() {
        for text in [
            "what does he say about the end of the war",
            "how did the company start",
            "who was first on the moon",
            "how many minutes does the bread bake",
            "the last supper",
            "in the second world war",
        ] {
            assert_eq!(take(text), (text.to_owned(), None), "{text}");
        }
    }

    #[test]
    fn the_beginning_of_ten_hours_is_minutes() {
        assert_eq!(When::Part(0.0, 0.1).span(36_000.0), Span::new(0.0, 300.0));
        assert_eq!(When::Part(0.9, 1.0).span(100.0), Span::new(40.0, 100.0));
        assert_eq!(When::Last(300.0).span(100.0), Span::new(0.0, 100.0));
    }
}

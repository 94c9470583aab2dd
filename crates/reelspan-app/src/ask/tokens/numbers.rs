//! Numbers in running text, in digits or in words, so that "fifty dollars" and "50 dollars" are the same.

use super::Token;

/// One number and the words that it took.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    pub(crate) first: usize,
    pub(crate) words: usize,
    pub(crate) in_digits: bool,
}

/// Every number in order.
pub(crate) fn numbers(tokens: &[Token]) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(value) = digits(&tokens[at].text) {
            let scale = tokens.get(at + 1).and_then(|next| scale(&next.text));
            let words = 1 + usize::from(scale.is_some());
            found.push(Number { value: value * scale.unwrap_or(1.0), first: at, words, in_digits: true });
            at += words;
        } else if let Some((value, words)) = spoken(&tokens[at..]) {
            found.push(Number { value, first: at, words, in_digits: false });
            at += words;
        } else {
            at += 1;
        }
    }
    found
}

/// `12`, `4.50`, `1st`, `50s`; not `mp3`.
fn digits(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let plain = unit.len() <= 3 && unit.chars().all(char::is_alphabetic);
    number.trim_end_matches('.').parse().ok().filter(|_| plain)
}

fn scale(word: &str) -> Option<f64> {
    Some(match word {
        "hundred" => 100.0,
        "thousand" | "tausend" | "mille" | "mil" | "mila" | "тысяч" => 1e3,
        "million" | "millions" | "millionen" | "millones" | "milioni" | "milhoes" | "миллионов" => 1e6,
        "billion" | "billions" | "milliarden" | "milliards" => 1e9,
        _ => return None,
    })
}

fn unit(word: &str) -> Option<f64> {
    const WORDS: &[&str] = &[
        "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "null zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn",
        "zero deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
        "cero dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis",
        "zero due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici",
        "zero dois tres quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis",
        "ноль два три четыре пять шесть семь восемь девять десять",
    ];
    WORDS.iter().find_map(|words| {
        let at = words.split(' ').position(|known| known == word)?;
        // "One" is left out of the lists: it is a pronoun more often than a number.
        Some(if at == 0 { 0.0 } else { at as f64 + 1.0 })
    })
}

fn tens(word: &str) -> Option<f64> {
    const TENS: &[&str] = &[
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
        "vingt trente quarante cinquante soixante septante huitante nonante",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
        "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
        "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    ];
    TENS.iter().find_map(|words| words.split(' ').position(|known| known == word).map(|at| (at as f64 + 2.0) * 10.0))
}

/// "Four hundred and fifty thousand", "twenty five", "a hundred".
fn spoken(tokens: &[Token]) -> Option<(f64, usize)> {
    let (mut whole, mut part, mut words, mut any) = (0.0, 0.0, 0, false);
    while let Some(word) = tokens.get(words).map(|token| token.text.as_str()) {
        if let Some(value) = tens(word).or_else(|| unit(word)) {
            let fits =
                part == 0.0 || (part % 100.0 == 0.0) || (part % 10.0 == 0.0 && part % 100.0 >= 20.0 && value < 10.0);
            if !fits {
                break;
            }
            part += value;
        } else if word == "one" && part >= 20.0 && part % 10.0 == 0.0 {
            part += 1.0;
        } else if let Some(times) = scale(word) {
            if times < 1e3 {
                part = part.max(1.0) * times;
            } else {
                whole += part.max(1.0) * times;
                part = 0.0;
            }
        } else if word == "and"
            && any
            && part >= 100.0
            && tokens.get(words + 1).is_some_and(|next| unit(&next.text).or(tens(&next.text)).is_some())
        {
            words += 1;
            continue;
        } else {
            break;
        }
        any = true;
        words += 1;
    }
    any.then_some((whole + part, words))
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::*;

    #[track_caller]
    fn check(text: &str, values: &[f64]) {
        let found: Vec<f64> = numbers(&tokens(text)).into_iter().map(|number| number.value).collect();
        assert_eq!(found, values, "{text}");
    }

    #[test]
    fn digits_and_words_say_the_same() {
        check("It costs 50 dollars, or £4.50, or 12,000", &[50.0, 4.5, 12000.0]);
        check("fifty dollars and twenty five cents", &[50.0, 25.0]);
        check("four hundred and fifty thousand people", &[450_000.0]);
        check("a hundred, 2 million and 1st", &[100.0, 2e6, 1.0]);
        check("zwanzig Euro, cinquante francs, пять рублей", &[20.0, 50.0, 5.0]);
        check("two three", &[2.0, 3.0]);
    }

    #[test]
    fn what_is_no_number_gives_none() {
        check("one of the mp3 files, someone's and", &[]);
    }
}

//! Cuts a model's stream into sentences with their citations while it is still coming in.

use super::citations::{self, Pointer};

/// A bracket that is not closed within so many bytes is text.
const LONGEST_CITATION: usize = 80;
/// A sentence without an end is ended.
const LONGEST_SENTENCE: usize = 1200;
const MARKS: [char; 8] = ['.', '!', '?', '…', '。', '！', '？', '।'];
/// With a full stop after them, these end nothing.
const ABBREVIATIONS: &[&str] = &[
    "dr", "mr", "mrs", "ms", "prof", "st", "vs", "e.g", "i.e", "approx", "no", "z.b", "d.h", "ca", "bzw", "sr", "mme",
];

/// What comes out of the stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// More of the sentence, ready to be shown.
    Text(String),
    Cites(Vec<Pointer>),
    /// The sentence is over.
    End,
}

/// Holds back only what cannot be judged yet.
#[derive(Default)]
pub(crate) struct Splitter {
    waiting: String,
    /// Text of this sentence so far.
    sentence: String,
    /// A mark that may end the sentence was seen; what follows decides.
    marked: bool,
    /// Inside a model's thoughts, which are no answer.
    thinking: bool,
    begun: bool,
}

impl Splitter {
    pub(crate) fn push(&mut self, more: &str, give: &mut dyn FnMut(Piece)) {
        self.waiting.push_str(more);
        while self.step(false, give) {}
    }

    pub(crate) fn finish(&mut self, give: &mut dyn FnMut(Piece)) {
        while self.step(true, give) {}
        self.end(give);
    }

    /// Takes one thing off the front; false when more must come in first.
    fn step(&mut self, last: bool, give: &mut dyn FnMut(Piece)) -> bool {
        if self.thinking {
            return self.skip_thoughts(last);
        }
        let Some(first) = self.waiting.chars().next() else { return false };
        if first == '\n' {
            self.waiting.remove(0);
            self.end(give);
            return true;
        }
        if first.is_whitespace() {
            self.waiting.drain(..first.len_utf8());
            if !self.sentence.is_empty() && !self.sentence.ends_with(' ') {
                self.sentence.push(' ');
            }
            return true;
        }
        if let Some(close) = closer(first) {
            return self.bracket(first, close, last, give);
        }
        let Some(word) = self.word(last) else { return false };
        self.waiting.drain(..word.len());
        self.take(&word, give);
        true
    }

    fn skip_thoughts(&mut self, last: bool) -> bool {
        if let Some(at) = self.waiting.find("</think>") {
            self.waiting.drain(..at + "</think>".len());
            self.thinking = false;
            return true;
        }
        // Keeps what may be the beginning of the end.
        let keep = self.waiting.char_indices().rev().nth(8).map_or(0, |(at, _)| at);
        self.waiting.drain(..if last { self.waiting.len() } else { keep });
        false
    }

    fn bracket(&mut self, open: char, close: char, last: bool, give: &mut dyn FnMut(Piece)) -> bool {
        if open == '<' && self.waiting.starts_with("<think>") {
            self.waiting.drain(.."<think>".len());
            self.thinking = true;
            return true;
        }
        let inside = &self.waiting[open.len_utf8()..];
        let end = inside.find([close, '\n']).filter(|at| inside[*at..].starts_with(close) && *at <= LONGEST_CITATION);
        if let Some(end) = end {
            if let Some(cited) = citations::read(&inside[..end], open != '(') {
                let taken = open.len_utf8() + end + close.len_utf8();
                self.waiting.drain(..taken);
                if self.begun {
                    give(Piece::Cites(cited));
                }
                return true;
            }
        } else if !last && inside.len() <= LONGEST_CITATION && !inside.contains('\n') {
            return false;
        }
        // No citation: the bracket is a letter like any other, and so is the word behind it.
        let Some(word) = self.word(true) else { return false };
        let whole = word.len() < self.waiting.len() || last;
        let word = if whole { word } else { open.to_string() };
        self.waiting.drain(..word.len());
        self.take(&word, give);
        true
    }

    /// The letters up to a space or a bracket; none while more of the word may come.
    fn word(&self, last: bool) -> Option<String> {
        let mut end = self.waiting.len();
        let mut ended = false;
        for (at, c) in self.waiting.char_indices().skip(1) {
            if c.is_whitespace() || closer(c).is_some() {
                (end, ended) = (at, true);
                break;
            }
        }
        // Scripts without spaces: a sentence mark ends a word too.
        let wide = self.waiting[..end].char_indices().find(|(_, c)| matches!(c, '。' | '！' | '？' | '।'));
        if let Some((at, c)) = wide {
            (end, ended) = (at + c.len_utf8(), true);
        }
        (ended || last || end > LONGEST_SENTENCE).then(|| self.waiting[..end].to_owned())
    }

    fn take(&mut self, word: &str, give: &mut dyn FnMut(Piece)) {
        if self.marked {
            let goes_on = word.chars().next().is_some_and(char::is_lowercase);
            if !goes_on {
                self.end(give);
            }
            self.marked = false;
        }
        // Marks of lists and headings are no words.
        let plain = word.replace("**", "").replace("__", "").replace('`', "").replace(char::is_control, "");
        if plain.is_empty() || (!self.begun && is_list_mark(&plain)) {
            return;
        }
        if let Some(pointer) = citations::bare(&plain).filter(|_| self.begun) {
            give(Piece::Cites(vec![pointer]));
            self.marked = plain.ends_with(MARKS);
            return;
        }
        if !self.begun && plain.chars().all(|c| MARKS.contains(&c) || c == ',' || c == ';') {
            return;
        }
        let space = if self.sentence.ends_with(' ') && self.begun && !plain.starts_with(MARKS) { " " } else { "" };
        let text = format!("{space}{plain}");
        self.begun = true;
        self.sentence = self.sentence.trim_end().to_owned();
        self.sentence.push_str(&text);
        give(Piece::Text(text));
        self.marked = ends(&plain);
        if self.sentence.len() > LONGEST_SENTENCE {
            self.end(give);
        }
    }

    fn end(&mut self, give: &mut dyn FnMut(Piece)) {
        if self.begun {
            give(Piece::End);
        }
        self.sentence.clear();
        (self.begun, self.marked) = (false, false);
    }
}

fn closer(open: char) -> Option<char> {
    Some(match open {
        '[' => ']',
        '(' => ')',
        '【' => '】',
        '（' => '）',
        '<' => '>',
        _ => return None,
    })
}

fn is_list_mark(word: &str) -> bool {
    let number = word
        .strip_suffix(['.', ')'])
        .is_some_and(|rest| !rest.is_empty() && rest.len() <= 2 && rest.bytes().all(|byte| byte.is_ascii_digit()));
    number || (!word.is_empty() && word.chars().all(|c| matches!(c, '-' | '*' | '•' | '#' | '–' | '>')))
}

/// Whether a word's own mark may end a sentence.
fn ends(word: &str) -> bool {
    let bare = word.trim_end_matches(['"', '\'', '”', '’', '»', ')', '」', '』']);
    if !bare.ends_with(MARKS) {
        return false;
    }
    let stem = bare.trim_end_matches('.').trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let initial =
        bare.ends_with('.') && stem.chars().count() == 1 && stem.chars().all(char::is_alphabetic) && stem != "i";
    !(bare.ends_with('.') && (ABBREVIATIONS.contains(&stem.as_str()) || initial))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(chunks: &[&str]) -> Vec<(String, Vec<usize>)> {
        let mut found = vec![(String::new(), Vec::new())];
        let mut splitter = Splitter::default();
        let mut give = |piece: Piece| match piece {
            Piece::Text(text) => found.last_mut().unwrap().0 += &text,
            Piece::Cites(cited) => found.last_mut().unwrap().1.extend(cited.into_iter().map(|pointer| match pointer {
                Pointer::Sentence(number) => number,
                Pointer::Fact(number) => 1000 + number,
            })),
            Piece::End => found.push((String::new(), Vec::new())),
        };
        for chunk in chunks {
            splitter.push(chunk, &mut give);
        }
        splitter.finish(&mut give);
        assert_eq!(found.pop(), Some((String::new(), Vec::new())));
        found
    }

    #[track_caller]
    fn check(text: &str, wanted: &[(&str, &[usize])]) {
        let wanted: Vec<_> = wanted.iter().map(|(text, cited)| ((*text).to_owned(), cited.to_vec())).collect();
        assert_eq!(split(&[text]), wanted, "at once: {text}");
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(split(&letters), wanted, "letter by letter: {text}");
    }

    #[test]
    fn sentences_come_with_their_citations_before_or_behind_the_stop() {
        check(
            "It costs 4.50 dollars [s12]. Then it rises. [s3, s4]\n",
            &[("It costs 4.50 dollars.", &[12]), ("Then it rises.", &[3, 4])],
        );
        check("Dr. Ray asks [s1][s2]. Bees dance (s7).", &[("Dr. Ray asks.", &[1, 2]), ("Bees dance.", &[7])]);
        check("- First thing [s1]\n- **Second** thing [s2]", &[("First thing", &[1]), ("Second thing", &[2])]);
        check("1. Bread rises [0:00] s12. Yes", &[("Bread rises", &[12]), ("Yes", &[])]);
        check("他说价格很高。[s5]然后下降。", &[("他说价格很高。", &[5]), ("然后下降。", &[])]);
    }

    #[test]
    fn thoughts_and_other_brackets_are_told_apart() {
        check("<think>Is it [s9]? Hm.</think>Yes [s2].", &[("Yes.", &[2])]);
        check("He said (loudly) yes [sic] today [s1].", &[("He said (loudly) yes [sic] today.", &[1])]);
        check("An open [bracket that never ends", &[("An open [bracket that never ends", &[])]);
        check("<think>never ends", &[]);
        check("[s1]", &[]);
        check("", &[]);
    }

    #[test]
    fn control_characters_reach_no_terminal() {
        check("red \u{1b}[31m text [s1].", &[("red [31m text.", &[1])]);
    }
}

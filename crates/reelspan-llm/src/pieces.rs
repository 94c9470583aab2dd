//! From a model's tokens to pieces of text: whole characters, no blank beginning, nothing behind a mark of the end.

/// Bytes come in as tokens have them, text goes out as soon as it is sure.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    held: Vec<u8>,
    begun: bool,
    /// Texts that end the answer and are no part of it.
    marks: Vec<String>,
}

impl Pieces {
    pub(crate) fn new(marks: Vec<String>) -> Self {
        Self { marks, ..Self::default() }
    }

    /// The text that is sure now, and whether a mark has ended the answer.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> (String, bool) {
        self.held.extend_from_slice(bytes);
        if let Some(end) = self.marks.iter().filter_map(|mark| find(&self.held, mark.as_bytes())).min() {
            self.held.truncate(end);
            return (self.take(self.held.len()), true);
        }
        let begun = self.marks.iter().map(|mark| overlap(&self.held, mark.as_bytes())).max().unwrap_or(0);
        (self.take(self.held.len() - begun), false)
    }

    /// What was held back in case a mark followed. Half a character at the very end is left out.
    pub(crate) fn finish(&mut self) -> String {
        self.take(self.held.len())
    }

    fn take(&mut self, most: usize) -> String {
        let (mut text, used) = whole(&self.held[..most]);
        self.held.drain(..used);
        if !self.begun {
            // Vocabularies write a blank before each word, the first one too.
            text = text.trim_start().to_owned();
            self.begun = !text.is_empty();
        }
        text
    }
}

/// The characters that are complete, and how many bytes they take. Bytes that can never become one are replaced.
fn whole(mut bytes: &[u8]) -> (String, usize) {
    let (mut text, mut used) = (String::new(), 0);
    loop {
        match std::str::from_utf8(bytes) {
            Ok(rest) => {
                text.push_str(rest);
                return (text, used + rest.len());
            }
            Err(error) => {
                let valid = error.valid_up_to();
                text.push_str(&String::from_utf8_lossy(&bytes[..valid]));
                used += valid;
                let Some(wrong) = error.error_len() else { return (text, used) };
                text.push(char::REPLACEMENT_CHARACTER);
                used += wrong;
                bytes = &bytes[valid + wrong..];
            }
        }
    }
}

fn find(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.windows(mark.len()).position(|window| window == mark)
}

/// How many of the last bytes may be the start of the mark.
fn overlap(text: &[u8], mark: &[u8]) -> usize {
    (1..mark.len()).rev().find(|&length| text.ends_with(&mark[..length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(marks: &[&str], tokens: &[&[u8]], expected: &[&str], ended: bool) {
        let mut pieces = Pieces::new(marks.iter().map(|&mark| mark.to_owned()).collect());
        let (mut said, mut over) = (Vec::new(), false);
        for token in tokens {
            let (text, end) = pieces.push(token);
            said.push(text);
            over |= end;
        }
        said.push(pieces.finish());
        said.retain(|text| !text.is_empty());
        assert_eq!((said.iter().map(String::as_str).collect::<Vec<_>>(), over), (expected.to_vec(), ended));
    }

    #[test]
    fn characters_are_never_cut() {
        check(&[], &[b" gr", b"\xc3", b"\xbc", b"n"], &["gr", "ü", "n"], false);
        check(&[], &[b"\xf0\x9f", b"\x98", b"\x80!"], &["😀!"], false);
        check(&[], &[b"a\xff\xfeb", b"\xc3("], &["a\u{fffd}\u{fffd}b", "\u{fffd}("], false);
        check(&[], &[b"half \xe4\xbd"], &["half "], false);
    }

    #[test]
    fn a_blank_beginning_is_left_out_once() {
        check(&[], &[b" ", b"\n", b" Yes", b" and", b" no "], &["Yes", " and", " no "], false);
        check(&[], &[b" ", b" "], &[], false);
    }

    #[test]
    fn what_follows_a_mark_is_left_out() {
        check(&["\nUser:"], &[b"Yes.", b"\nUs", b"er: what"], &["Yes."], true);
        check(&["\nUser:"], &[b"Yes.\n", b"Usual", b" things"], &["Yes.", "\nUsual", " things"], false);
        check(&["\nUser:"], &[b"Yes.\nUse"], &["Yes.", "\nUse"], false);
        check(&["<|im_end|>", "END"], &[b"a EN", b"D <|im_end|>"], &["a "], true);
    }
}

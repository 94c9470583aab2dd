//! Where in a plan's text a value stands: a fault that is told by its path is told by line and column too.

use std::fmt;

/// Line and column, both from 1; columns count bytes, as the JSON reader's do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}", self.line, self.column)
    }
}

/// The place of the value at `path` (`clips[0].layouts["9:16"][1].start`). A value that is not there has the place of what
/// should hold it. The text must be JSON that was read already.
pub(super) fn find(text: &str, path: &str) -> Place {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    reader.skip_space();
    let mut found = reader.at;
    for step in steps(path) {
        let inside = match step {
            Step::Name(name) => reader.enter_field(&name),
            Step::Index(index) => reader.enter_element(index),
        };
        if !inside {
            break;
        }
        found = reader.at;
    }
    let before = &text.as_bytes()[..found.min(text.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Place { line: before.iter().filter(|byte| **byte == b'\n').count() + 1, column: found - line_start + 1 }
}

#[derive(Debug, PartialEq)]
enum Step {
    Name(String),
    Index(usize),
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let Some((name, after)) = quoted.split_once("\"]") else { break };
            steps.push(Step::Name(name.to_owned()));
            rest = after;
        } else if let Some(index) = rest.strip_prefix('[') {
            let Some((index, after)) = index.split_once(']') else { break };
            let Ok(index) = index.parse() else { break };
            steps.push(Step::Index(index));
            rest = after;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            steps.push(Step::Name(name[..end].to_owned()));
            rest = &name[end..];
        }
    }
    steps
}

/// Walks over text that is known to be JSON, so it checks nothing; at the end of the text every step fails.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Goes over one mark and the space around it.
    fn mark(&mut self, mark: u8) -> bool {
        self.skip_space();
        let there = self.peek() == Some(mark);
        if there {
            self.at += 1;
            self.skip_space();
        }
        there
    }

    /// Goes over a string; what it says, escapes undone.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return None;
        }
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        self.at = self.at.min(self.bytes.len());
        serde_json::from_slice(&self.bytes[start..self.at]).ok()
    }

    fn skip_value(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => drop(self.string()),
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' if open == 0 => return,
                b'}' | b']' => {
                    open -= 1;
                    self.at += 1;
                }
                b',' if open == 0 => return,
                _ => self.at += 1,
            }
            if open == 0 && matches!(byte, b'"' | b'}' | b']') {
                return;
            }
        }
    }

    /// To the value of a field; of two with one name to the last, which is the one that counts in a map.
    fn enter_field(&mut self, name: &str) -> bool {
        if !self.mark(b'{') {
            return false;
        }
        let mut found = None;
        while let Some(key) = self.string() {
            self.mark(b':');
            if key == name {
                found = Some(self.at);
            }
            self.skip_value();
            if !self.mark(b',') {
                break;
            }
        }
        self.at = found.unwrap_or(self.at);
        found.is_some()
    }

    fn enter_element(&mut self, index: usize) -> bool {
        if !self.mark(b'[') {
            return false;
        }
        for _ in 0..index {
            self.skip_value();
            if !self.mark(b',') {
                return false;
            }
        }
        !matches!(self.peek(), None | Some(b']'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, path: &str, line: usize, column: usize) {
        assert_eq!(find(text, path), Place { line, column }, "{path}");
    }

    const TEXT: &str =
        "{\n  \"a\": [1, {\"b\\u0063\": \"}]\\\"\", \"9:16\": [ [], {\"x\" : -1.5e3}]}],\n  \"é\": 1, \"last\": {}\n}";

    #[test]
    fn values_are_found_by_their_path() {
        check(TEXT, "a", 2, 8);
        check(TEXT, "a[0]", 2, 9);
        check(TEXT, "a[1].bc", 2, 24);
        check(TEXT, "a[1][\"9:16\"][1].x", 2, 53);
        check(TEXT, "last", 3, 20);
    }

    #[test]
    fn what_is_not_there_has_the_place_of_its_holder() {
        check(TEXT, "", 1, 1);
        check(TEXT, "nothing", 1, 1);
        check(TEXT, "a[7]", 2, 8);
        check(TEXT, "a[1].nothing.deeper", 2, 12);
        check(TEXT, "last[0]", 3, 20);
        check("", "a[0].b", 1, 1);
    }

    #[test]
    fn of_two_fields_with_one_name_the_last_counts() {
        check("{\"a\": 1, \"a\": 2}", "a", 1, 15);
    }

    proptest::proptest! {
        #[test]
        fn no_text_and_no_path_makes_it_stumble(text in ".*", path in "[a-z0-9\\[\\]\".]{0,20}") {
            find(&text, &path);
        }
    }
}

//! Leaves out what a model thinks aloud before it answers: `<think>...</think>` at the very beginning.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Text goes in as it comes, and out as soon as it is known to be answer.
#[derive(Debug, Default)]
pub(crate) struct Thoughts {
    held: String,
    place: Place,
}

#[derive(Debug, Default, PartialEq)]
enum Place {
    #[default]
    Beginning,
    Thinking,
    /// Behind a thought come blank lines, which are no answer.
    Behind,
    Answer,
}

impl Thoughts {
    /// What of the answer is known now.
    pub(crate) fn push(&mut self, text: &str) -> String {
        self.held.push_str(text);
        if self.place == Place::Beginning {
            let begun = self.held.trim_start();
            if begun.starts_with(OPEN) {
                self.place = Place::Thinking;
            } else if !OPEN.starts_with(begun) {
                self.place = Place::Answer;
            }
        }
        if self.place == Place::Thinking {
            match self.held.find(CLOSE) {
                Some(end) => {
                    self.held.drain(..end + CLOSE.len());
                    self.place = Place::Behind;
                }
                None => {
                    // Only the start of the closing mark needs to be kept; thoughts may be long.
                    let kept = self.held.char_indices().rev().nth(CLOSE.len()).map_or(0, |(place, _)| place);
                    self.held.drain(..kept);
                }
            }
        }
        if self.place == Place::Behind {
            let blank = self.held.len() - self.held.trim_start().len();
            self.held.drain(..blank);
            if !self.held.is_empty() {
                self.place = Place::Answer;
            }
        }
        if self.place == Place::Answer { std::mem::take(&mut self.held) } else { String::new() }
    }

    /// What was held back in case it became a thought.
    pub(crate) fn finish(&mut self) -> String {
        if self.place == Place::Beginning { std::mem::take(&mut self.held) } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str, step: usize) -> String {
        let mut thoughts = Thoughts::default();
        let letters: Vec<char> = text.chars().collect();
        let mut answer = String::new();
        for piece in letters.chunks(step) {
            answer += &thoughts.push(&piece.iter().collect::<String>());
        }
        answer + &thoughts.finish()
    }

    #[test]
    fn thoughts_at_the_beginning_are_left_out_however_they_come() {
        for (text, answer) in [
            ("<think>\nhm, grün?\n</think>\n\nYes. [s12]", "Yes. [s12]"),
            ("\n <think></think>Yes", "Yes"),
            ("Yes, <think>no</think>", "Yes, <think>no</think>"),
            ("<thinking is hard", "<thinking is hard"),
            ("<thin", "<thin"),
            ("<th", "<th"),
            ("  Yes", "  Yes"),
            ("<think>never ends </thin", ""),
            ("<think>a</think>b<think>c</think>", "b<think>c</think>"),
            ("", ""),
        ] {
            for step in [1, 2, 3, 7, 100] {
                assert_eq!(heard(text, step), answer, "{text:?} in steps of {step}");
            }
        }
    }

    #[test]
    fn long_thoughts_are_not_kept() {
        let mut thoughts = Thoughts::default();
        thoughts.push("<think>");
        (0..1000).for_each(|_| drop(thoughts.push("über alles nachgedacht ")));
        assert!(thoughts.held.len() < 40);
        assert_eq!(thoughts.push("</think>so"), "so");
    }
}

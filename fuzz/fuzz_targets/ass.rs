//! No text opens an override block, ends its line or reaches libass as a command.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reelspan_media::captions::escape;

fuzz_target!(|text: &str| {
    let escaped = escape(text);
    assert!(!escaped.chars().any(char::is_control));
    let mut rest = escaped.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            // libass knows these two-character signs, and takes any other backslash as it stands.
            '\\' => {
                let next = rest.next();
                assert!(matches!(next, Some('{' | '}' | '\u{2060}')), "a backslash meets {next:?}");
            }
            '{' | '}' => panic!("an open brace"),
            _ => {}
        }
    }
});

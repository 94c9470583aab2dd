//! Names as files, addresses and old tape machines take them.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Longest file name that is made, in bytes: every file system takes it, with room for an ending.
const LONGEST_FILE: usize = 120;
/// Names that mean a device on Windows, whatever their ending.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
const REEL: usize = 8;
/// Reels that mean no tape at all.
const NO_REELS: [&str; 4] = ["AX", "BL", "BLACK", "BARS"];

/// Turns the text that is being read around: it can make one name look like another.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line: breaks, tabs, control characters and what is no character at all become single spaces. All else is kept.
pub(super) fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
    let spaced = text.chars().map(|c| if breaks(c) { ' ' } else { c });
    let spaced: String = spaced.collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name that is a file name on every system; `spare` where nothing is left of it.
pub fn file_name(text: &str, spare: &str) -> String {
    let mark = |c: char| if "<>:\"/\\|?*".contains(c) { '-' } else { c };
    let plain: String = one_line(text).chars().filter(|c| !is_direction(*c)).map(mark).collect();
    let mut end = plain.len().min(LONGEST_FILE);
    while !plain.is_char_boundary(end) {
        end -= 1;
    }
    // Windows takes dots and spaces off the end, and one at the front hides the file elsewhere.
    let name = plain[..end].trim_matches(['.', ' ']);
    if name.is_empty() {
        return spare.to_owned();
    }
    let stem = name.split('.').next().unwrap_or(name).trim().to_ascii_uppercase();
    let numbered = |stem: &str| ["COM", "LPT"].iter().any(|port| stem.strip_prefix(port).is_some_and(is_digit));
    if DEVICES.contains(&stem.as_str()) || numbered(&stem) { format!("_{name}") } else { name.to_owned() }
}

fn is_digit(text: &str) -> bool {
    text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `file://` and the path, every byte that an address may not hold written as its number.
pub(super) fn file_url(path: &Path, host: &str) -> String {
    let mut url = format!("file://{host}");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => url.push(char::from(*byte)),
            other => {
                let _ = write!(url, "%{other:02X}");
            }
        }
    }
    url
}

/// Tape names: up to eight letters and digits, no two alike.
pub(super) fn reels<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut reels: Vec<String> = Vec::new();
    for (index, name) in names.enumerate() {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let letters = stem.chars().filter(char::is_ascii_alphanumeric).take(REEL).map(|c| c.to_ascii_uppercase());
        let mut reel: String = letters.collect();
        if reel.is_empty() || NO_REELS.contains(&reel.as_str()) {
            reel = format!("REEL{:03}", index + 1);
        }
        let mut number = 1;
        let mut candidate = reel.clone();
        while reels.contains(&candidate) {
            number += 1;
            let tail = number.to_string();
            candidate = format!("{}{tail}", &reel[..reel.len().min(REEL - tail.len())]);
        }
        reels.push(candidate);
    }
    reels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_hold_on_every_system() {
        for (text, name) in [
            ("talk", "talk"),
            ("a/b\\c:d*e?f\"g<h>i|j", "a-b-c-d-e-f-g-h-i-j"),
            ("con", "_con"),
            ("nul.txt", "_nul.txt"),
            ("COM1", "_COM1"),
            ("COM10", "COM10"),
            ("..", "spare"),
            ("end. . ", "end"),
            (".hidden", "hidden"),
            ("\u{202e}exe.\u{2066}gpj", "exe.gpj"),
            ("line\nbreak\u{0}", "line break"),
            ("مرحبا 🎬", "مرحبا 🎬"),
            ("", "spare"),
        ] {
            assert_eq!(file_name(text, "spare"), name, "{text:?}");
        }
        assert!(file_name(&"é".repeat(500), "spare").len() <= LONGEST_FILE);
    }

    #[test]
    fn addresses_hold_no_odd_byte() {
        assert_eq!(file_url(Path::new("/a b/ü#?%&.mp4"), ""), "file:///a%20b/%C3%BC%23%3F%25%26.mp4");
        assert_eq!(file_url(Path::new("/a"), "localhost"), "file://localhost/a");
    }

    #[test]
    fn reels_are_short_and_never_alike() {
        let names = [
            "interview-left.mov",
            "interview-right.mov",
            "interview.mp4",
            "ü.mp4",
            "black.mp4",
            "",
            "A1.mov",
            "a1.mxf",
        ];
        let made = reels(names.into_iter());
        assert_eq!(made, ["INTERVIE", "INTERVI2", "INTERVI3", "REEL004", "REEL005", "REEL006", "A1", "A12"]);
    }

    proptest::proptest! {
        #[test]
        fn any_name_makes_a_file_name(text in ".*") {
            let name = file_name(&text, "spare");
            proptest::prop_assert!(!name.is_empty() && name.len() <= LONGEST_FILE + 1);
            proptest::prop_assert!(!name.contains(['/', '\\', '\0', ':']) && !name.starts_with('.') && !name.ends_with(['.', ' ']));
        }

        #[test]
        fn reels_stay_apart(names in proptest::collection::vec("[a-c]{0,9}", 0..40)) {
            let made = reels(names.iter().map(String::as_str));
            let mut sorted = made.clone();
            sorted.sort();
            sorted.dedup();
            proptest::prop_assert_eq!(sorted.len(), names.len());
            proptest::prop_assert!(made.iter().all(|reel| (1..=8).contains(&reel.len())));
        }
    }
}

//! File names: what a client may call a file, and what we call it.

use crate::refusal::Refusal;

/// As on disks.
const LONGEST: usize = 255;
/// Of what is kept of it in a handle.
const LONGEST_SAFE: usize = 80;

/// The name without any folders before it.
pub(super) fn checked<'a>(field: &str, name: &'a str) -> Result<&'a str, Refusal> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if name.is_empty() || matches!(name, "." | "..") {
        return Err(Refusal::invalid(field, "a file name is needed, such as `talk.mp4`"));
    }
    if name.len() > LONGEST || name.chars().any(char::is_control) {
        let message = format!("the file name may have {LONGEST} bytes at most and no control characters");
        return Err(Refusal::invalid(field, message));
    }
    Ok(name)
}

/// The name under which a file is kept: when it came, some chance, and what is plain in its name.
pub(super) fn object_name(now_ms: i64, file_name: &str) -> String {
    let mut chance = [0u8; 3];
    rand::fill(&mut chance);
    let [a, b, c] = chance;
    format!("{now_ms}-{a:02x}{b:02x}{c:02x}-{}", safe(file_name))
}

/// Letters, digits, `.`, `_` and `-`; it neither begins nor ends with a point.
fn safe(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let name = name.trim_matches(['.', '_']);
    // The end tells what it is, so the middle is what goes.
    let (stem, ending) = name.rsplit_once('.').filter(|(_, ending)| ending.len() <= 10).unwrap_or((name, ""));
    let stem: String = stem.chars().take(LONGEST_SAFE).collect();
    let stem = if stem.is_empty() { "file" } else { stem.trim_end_matches('.') };
    if ending.is_empty() { stem.to_owned() } else { format!("{stem}.{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_before_a_name_do_not_count() {
        assert_eq!(checked("f", "C:\\films\\talk one.mp4").unwrap(), "talk one.mp4");
        assert_eq!(checked("f", "../../etc/passwd").unwrap(), "passwd");
        assert_eq!(checked("f", "Привет.mp4").unwrap(), "Привет.mp4");
        for refused in ["", "  ", "a/", "..", "a\nb.mp4", &"x".repeat(256)] {
            assert!(checked("f", refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn kept_names_are_plain_and_never_the_same() {
        let name = object_name(1_700_000_000_000, "Отчёт (final) №1.MP4");
        let (head, tail) = name.split_at(21);
        assert!(head.starts_with("1700000000000-") && head.ends_with('-'), "{name}");
        assert!(tail.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{name}");
        assert!(tail.ends_with(".MP4"), "{name}");
        assert_ne!(name, object_name(1_700_000_000_000, "Отчёт (final) №1.MP4"));
        assert_eq!((safe(".."), safe("Привет"), safe(".mp4")), ("file".into(), "file".into(), "mp4".into()));
        assert!(safe(&"x".repeat(250)).len() <= LONGEST_SAFE);
    }
}

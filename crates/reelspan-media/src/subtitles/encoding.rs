//! Turns the bytes of a text file into text, whatever wrote it.

/// Windows-1252, 0x80 to 0x9F: what "Latin-1" files have there.
const WINDOWS: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

/// UTF-8 or UTF-16 by their marks or their looks, else Latin-1. Lines end in `\n`.
pub(super) fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match zeros(bytes) {
            (true, false) => utf16(bytes, u16::from_be_bytes),
            (false, true) => utf16(bytes, u16::from_le_bytes),
            _ => utf8(bytes),
        },
    };
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

/// Whether nearly every even or odd byte at the start is zero: UTF-16 without its mark.
fn zeros(bytes: &[u8]) -> (bool, bool) {
    let head = &bytes[..bytes.len().min(400)];
    let many = |offset: usize| {
        let zero = head.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
        head.len() >= 8 && zero * 3 > head.len()
    };
    (many(0), many(1))
}

/// Stray bytes in a UTF-8 file (whisper.cpp cuts characters in two) become the replacement character.
fn utf8(bytes: &[u8]) -> String {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return text.to_owned(),
        Err(error) => error,
    };
    let head = &bytes[..error.valid_up_to()];
    let lossy = String::from_utf8_lossy(bytes);
    let broken = lossy.matches('\u{FFFD}').count();
    let whole = lossy.chars().filter(|c| !c.is_ascii() && *c != '\u{FFFD}').count();
    if whole > broken || (head.trim_ascii_start().starts_with(b"{") && broken * 1000 < bytes.len() && whole > 0) {
        return lossy.into_owned();
    }
    bytes
        .iter()
        .map(|byte| if (0x80..0xA0).contains(byte) { WINDOWS[usize::from(byte - 0x80)] } else { char::from(*byte) })
        .collect()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], text: &str) {
        assert_eq!(decode(bytes), text);
    }

    #[test]
    fn every_encoding_of_the_field_is_read() {
        let text = "1\n00:00 é “x”";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(text.as_bytes(), text);
        check(&[&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(), text);
        check(&[&[0xFF, 0xFE], le.as_slice()].concat(), text);
        check(&[&[0xFE, 0xFF], be.as_slice()].concat(), text);
        check(&le, text);
        check(&be, text);
        check(b"caf\xE9 \x93ok\x94 \x80", "café “ok” €");
        check(b"a\r\nb\rc\n", "a\nb\nc\n");
    }

    #[test]
    fn half_characters_spoil_only_themselves() {
        check("é é \u{4F60}".as_bytes(), "é é 你");
        assert_eq!(decode(b"\xC3\xA9 \xC3\xA9 \xE4\xBD x"), "é é \u{FFFD} x");
    }
}

//! Writes paths into ffmpeg's filter language, where two parsers take backslashes and quotes off one after the other.

/// A value as one filter option takes it, safe for both layers: first the option list (`:`), then the graph (`,;[]`).
pub(crate) fn option(value: &str) -> String {
    let option = guard(value, |c| matches!(c, '\\' | '\'' | ':') || c.is_ascii_whitespace());
    guard(&option, |c| matches!(c, '\\' | '\'' | '[' | ']' | ',' | ';') || c.is_ascii_whitespace())
}

fn guard(text: &str, special: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if special(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What ffmpeg's `av_get_token` takes off: up to the first bare terminator, quotes and backslashes removed.
    fn token<'a>(text: &'a str, terminators: &str) -> (String, &'a str) {
        let mut out = String::new();
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => out.extend(chars.next().map(|(_, c)| c)),
                '\'' => out.extend(chars.by_ref().map(|(_, c)| c).take_while(|c| *c != '\'')),
                c if terminators.contains(c) => return (out, &text[at..]),
                c => out.push(c),
            }
        }
        (out, "")
    }

    #[test]
    fn plain_paths_stay_plain_and_odd_ones_are_guarded_twice() {
        assert_eq!(option("C:/fonts"), r"C\\:/fonts");
        assert_eq!(option("a'b"), r"a\\\'b");
        assert_eq!(option("/plain/path-1_2.ass"), "/plain/path-1_2.ass");
    }

    proptest! {
        #[test]
        fn both_parsers_give_the_path_back(path in r"[ -~äあ🙂\n\t]{0,40}") {
            let graph = format!("{},next", option(&path));
            let (filter, rest) = token(&graph, "[],;\n");
            prop_assert_eq!(rest, ",next");
            let (value, rest) = token(&filter, ":");
            prop_assert_eq!(rest, "");
            prop_assert_eq!(value, path);
        }
    }
}

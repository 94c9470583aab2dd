//! Works out a sum as far as it can be known before the input is: a Full HD picture is taken for what is not known.

/// The value of `1080*2`, `30000/1001`, `iw*1000`; none where something stands in it that this does not know.
pub(super) fn value(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    if let Some(named) = NAMED_RATES.iter().find(|(name, _)| *name == rest) {
        return Some(named.1);
    }
    let found = sum(&mut rest, 0)?;
    rest.trim().is_empty().then_some(found)
}

const NAMED_RATES: &[(&str, f64)] =
    &[("ntsc", 29.97), ("pal", 25.0), ("film", 24.0), ("ntsc-film", 23.976), ("qntsc", 29.97), ("qpal", 25.0)];
const DEEPEST: usize = 32;

fn sum(rest: &mut &str, depth: usize) -> Option<f64> {
    let mut total = product(rest, depth)?;
    loop {
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('+') {
            *rest = after;
            total += product(rest, depth)?;
        } else if let Some(after) = rest.strip_prefix('-') {
            *rest = after;
            total -= product(rest, depth)?;
        } else {
            return Some(total);
        }
    }
}

fn product(rest: &mut &str, depth: usize) -> Option<f64> {
    let mut total = power(rest, depth)?;
    loop {
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            total *= power(rest, depth)?;
        } else if let Some(after) = rest.strip_prefix(['/', ':']) {
            *rest = after;
            total /= power(rest, depth)?;
        } else {
            return Some(total);
        }
    }
}

fn power(rest: &mut &str, depth: usize) -> Option<f64> {
    let base = one(rest, depth)?;
    *rest = rest.trim_start();
    match rest.strip_prefix('^') {
        Some(after) => {
            *rest = after;
            Some(base.powf(one(rest, depth)?))
        }
        None => Some(base),
    }
}

fn one(rest: &mut &str, depth: usize) -> Option<f64> {
    if depth > DEEPEST {
        return None;
    }
    *rest = rest.trim_start();
    if let Some(after) = rest.strip_prefix('(') {
        *rest = after;
        let value = sum(rest, depth + 1)?;
        *rest = rest.trim_start().strip_prefix(')')?;
        return Some(value);
    }
    if let Some(after) = rest.strip_prefix('-') {
        *rest = after;
        return Some(-one(rest, depth + 1)?);
    }
    if let Some(after) = rest.strip_prefix('+') {
        *rest = after;
        return one(rest, depth + 1);
    }
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    let found = match word.chars().next()? {
        c if c.is_ascii_digit() || c == '.' => number(word)?,
        _ => match word {
            "iw" | "in_w" | "w" | "main_w" | "ow" | "rw" => 1920.0,
            "ih" | "in_h" | "h" | "main_h" | "oh" | "rh" => 1080.0,
            // One argument, and the result is not far from it.
            "trunc" | "ceil" | "floor" | "round" | "abs" if after.trim_start().starts_with('(') => {
                *rest = after;
                return one(rest, depth + 1);
            }
            _ => return None,
        },
    };
    *rest = after;
    Some(found)
}

/// `2e9`, `10k`, `4M`.
fn number(word: &str) -> Option<f64> {
    if let Some(hex) = word.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(|number| number as f64);
    }
    let suffixes = [("k", 1e3), ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("Ki", 1024.0), ("Mi", 1048576.0)];
    let suffixed = suffixes.iter().find_map(|(suffix, worth)| Some((word.strip_suffix(suffix)?, *worth)));
    let (digits, worth) = suffixed.unwrap_or((word, 1.0));
    Some(digits.parse::<f64>().ok()? * worth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_worked_out_and_what_is_not_known_is_left() {
        let cases = [
            ("1080", Some(1080.0)),
            (" 2 * (3 + 4) ", Some(14.0)),
            ("trunc(iw/2)*2", Some(1920.0)),
            ("iw*1000", Some(1_920_000.0)),
            ("-2", Some(-2.0)),
            ("10^5", Some(100_000.0)),
            ("1e6", Some(1e6)),
            ("100k", Some(100_000.0)),
            ("30000/1001", Some(30000.0 / 1001.0)),
            ("ntsc", Some(29.97)),
            ("if(gt(a,1),1,2)", None),
            ("source_fps", None),
            ("", None),
            ("1 1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), expected, "{text}");
        }
        assert_eq!(value(&"(".repeat(5000)), None);
        assert_eq!(value(&"-".repeat(5000)), None);
    }
}

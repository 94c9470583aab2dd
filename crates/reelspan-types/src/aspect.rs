//! The shape of a finished picture: 9:16, 1:1, 4:5, 16:9.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Width to height of a finished picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Aspect {
    width: u32,
    height: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an aspect; write width:height with parts from 1 to 100, none over 4 times the other, such as 9:16, 1:1, 4:5 or 16:9"
)]
pub struct AspectError(pub String);

impl Aspect {
    pub const VERTICAL: Self = Self { width: 9, height: 16 };

    /// Width divided by height.
    pub fn ratio(self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }

    /// The picture in pixels: the short side is 1080, both sides even.
    pub fn pixels(self) -> (u32, u32) {
        let even = |value: f64| ((value / 2.0).round() as u32) * 2;
        if self.width <= self.height {
            (1080, even(1080.0 / self.ratio()))
        } else {
            (even(1080.0 * self.ratio()), 1080)
        }
    }

    /// A name that is safe in a file name: `9x16`.
    pub fn slug(self) -> String {
        format!("{}x{}", self.width, self.height)
    }
}

impl FromStr for Aspect {
    type Err = AspectError;

    fn from_str(text: &str) -> Result<Self, AspectError> {
        let wrong = || AspectError(text.to_owned());
        let (width, height) = text.split_once(':').ok_or_else(wrong)?;
        let part = |part: &str| part.parse::<u32>().ok().filter(|n| (1..=100).contains(n)).ok_or_else(wrong);
        let (width, height) = (part(width)?, part(height)?);
        if width > 4 * height || height > 4 * width {
            return Err(wrong());
        }
        Ok(Self { width, height })
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.width, self.height)
    }
}

impl TryFrom<String> for Aspect {
    type Error = AspectError;

    fn try_from(text: String) -> Result<Self, AspectError> {
        text.parse()
    }
}

impl From<Aspect> for String {
    fn from(aspect: Aspect) -> Self {
        aspect.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, pixels: (u32, u32)) {
        assert_eq!(text.parse::<Aspect>().unwrap().pixels(), pixels, "{text}");
    }

    #[test]
    fn the_short_side_is_1080() {
        check("9:16", (1080, 1920));
        check("1:1", (1080, 1080));
        check("4:5", (1080, 1350));
        check("16:9", (1920, 1080));
    }

    #[test]
    fn silly_aspects_are_refused() {
        for text in ["", "9", "9:0", "0:9", "9:16:2", "1:5", "-9:16", "900:1600", "a:b"] {
            assert!(text.parse::<Aspect>().is_err(), "{text}");
        }
    }
}

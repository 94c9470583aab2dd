//! Captions: words grouped into lines, written as ASS for libass and as SRT.

use reelspan_types::Span;

use crate::plan::{Caption, Clip};
use crate::transcript::Word;

mod ass;
mod band;
mod fonts;
mod group;
mod lines;
mod sheet;
mod srt;
mod styles;

pub use ass::escape;
pub(crate) use ass::{Colour, clean};
pub use fonts::{FONT_PACKAGES, FontPackage, Fonts};
pub(crate) use sheet::lettering;
pub(crate) use styles::{Active, Look, PLAIN, Plate};
pub use styles::{STYLES, Style, style};

/// Groups the words inside a span into captions of at most two lines.
pub fn group(words: &[Word], span: Span, language: Option<&str>) -> Vec<Caption> {
    group::group(words, span, language)
}

/// A stretch of the finished picture (0 to 1 from its top) that captions should leave free, such as a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeepFree {
    /// Seconds of the source.
    pub span: Span,
    pub top: f32,
    pub bottom: f32,
}

/// What libass gets for one clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The whole ASS file; its time 0 is the clip's start.
    pub ass: String,
    /// Characters that no installed font draws, for a note to the user.
    pub missing: Vec<char>,
}

/// Everything that is drawn as text: captions, hook, watermark line. Without a style, no captions.
pub fn sheet(
    clip: &Clip,
    style: Option<&Style>,
    canvas: (u32, u32),
    free: &[KeepFree],
    mark: Option<&str>,
    fonts: &Fonts,
) -> Sheet {
    sheet::sheet(clip, style, canvas, free, mark, fonts)
}

/// The same captions as SRT; time 0 is the clip's start.
pub fn srt(clip: &Clip) -> String {
    srt::srt(clip)
}

#[cfg(test)]
mod tests;

//! Blueprints: a video or a few words in, a finished social media file out, by name and with flat inputs.
//!
//! They know no server: the caller checks the inputs, fetches what they name, and hands in local files.

mod boomerang;
mod camera_glide;
mod caption_video;
mod desk;
mod film;
mod frame;
mod hook;
mod hook_variants;
mod inputs;
mod lens;
mod listing_kit;
mod looks;
mod music;
mod product_ad;
mod product_slideshow;
mod quote_card;
mod resize_format;
mod source;
mod speed_changer;
mod verify;
mod video_to_gif;
mod viral_short;
mod watermark;
mod zoom_in;
mod zoom_out;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reelspan_types::Cancel;

use self::desk::Desk;
pub use self::inputs::{Address, Field, Inputs, Kind, Media, Problem, Refusal, check};
pub use self::quote_card::{CardOutput, QuoteCard, quote_card};
use crate::captions::Fonts;
use crate::probe::ProbeError;
use crate::subtitles::SubtitleError;
use crate::tool::{ToolError, Tools};

/// One finished product that can be asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct Blueprint {
    pub slug: &'static str,
    pub title: &'static str,
    /// One line for lists and documentation.
    pub about: &'static str,
    pub fields: &'static [Field],
    /// The labels of what it makes, in order; those of optional fields are left out where the field is.
    pub outputs: &'static [&'static str],
    /// It waits for the user's word on the subtitles, which the caller makes from the video.
    pub reviews_subtitles: bool,
    make: Option<Make>,
}

type Make = fn(&mut Desk<'_>, &Order<'_>) -> Result<Vec<Made>, BlueprintError>;

impl Blueprint {
    /// It needs a model that makes pictures, so that nothing here can run it.
    pub fn is_generative(&self) -> bool {
        self.make.is_none()
    }
}

/// The one visible list.
pub const BLUEPRINTS: &[Blueprint] = &[
    product_ad::BLUEPRINT,
    caption_video::BLUEPRINT,
    viral_short::BLUEPRINT,
    quote_card::BLUEPRINT,
    watermark::BLUEPRINT,
    resize_format::BLUEPRINT,
    zoom_in::BLUEPRINT,
    zoom_out::BLUEPRINT,
    camera_glide::BLUEPRINT,
    boomerang::BLUEPRINT,
    speed_changer::BLUEPRINT,
    video_to_gif::BLUEPRINT,
    product_slideshow::BLUEPRINT,
    listing_kit::BLUEPRINT,
    hook_variants::BLUEPRINT,
];

/// The blueprint of a name, if there is one.
pub fn blueprint(slug: &str) -> Option<&'static Blueprint> {
    BLUEPRINTS.iter().find(|blueprint| blueprint.slug == slug)
}

/// How much one run may take and make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Bytes of one finished file.
    pub max_bytes: u64,
    /// Seconds of the video that is read, where a blueprint uses all of it.
    pub max_seconds: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 4 << 30, max_seconds: 4.0 * 3600.0 }
    }
}

/// One run: checked inputs, and what they name as local files.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub inputs: &'a Inputs,
    /// For each of [`Inputs::addresses`], by its field.
    pub files: &'a BTreeMap<&'static str, PathBuf>,
    pub fonts: &'a Fonts,
    /// Where the finished files go.
    pub folder: &'a Path,
    /// The subtitles that the user has reviewed, for a blueprint that [reviews them](Blueprint::reviews_subtitles).
    pub subtitles: Option<&'a str>,
    pub limits: Limits,
}

/// One finished file.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub label: &'static str,
    pub path: PathBuf,
    pub mime: &'static str,
    pub facts: Facts,
    /// What the user should know, such as that only a part was used.
    pub note: Option<String>,
}

/// As measured from the finished file.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub width: u32,
    pub height: u32,
    /// Zero for a picture.
    pub seconds: f64,
    pub frames: u64,
    pub bytes: u64,
    pub sound: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum BlueprintError {
    #[error("`{slug}` makes pictures with a model, which this server does not do")]
    Generative { slug: &'static str },
    #[error("`{field}` {what}")]
    Unfit { field: &'static str, what: String },
    #[error("`{field}` lasts {seconds:.0} s, and {most:.0} s is the most; cut it first")]
    TooLong { field: &'static str, seconds: f64, most: f64 },
    #[error("the subtitles cannot be used: {0}")]
    Subtitles(#[from] SubtitleError),
    #[error("the finished file would have more than {most} bytes, which is the most; use a shorter video")]
    TooBig { most: u64 },
    #[error("the finished file is not as planned: {0}")]
    Unsound(String),
    #[error(transparent)]
    Tool(#[from] ToolError),
}

impl BlueprintError {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Generative { .. } => "generative",
            Self::Unfit { .. } => "unfit_input",
            Self::TooLong { .. } => "too_long",
            Self::Subtitles(_) => "bad_subtitles",
            Self::TooBig { .. } => "output_too_large",
            Self::Unsound(_) => "unsound",
            Self::Tool(error) => error.code(),
        }
    }

    fn unfit(field: &'static str, what: impl Into<String>) -> Self {
        Self::Unfit { field, what: what.into() }
    }

    /// The probe's sentence without the file's name, which is one of ours.
    fn probed(field: &'static str, error: ProbeError) -> Self {
        match error {
            ProbeError::Unreadable(_) => Self::unfit(field, "cannot be read"),
            ProbeError::Empty(_) => Self::unfit(field, "is an empty file"),
            ProbeError::NotMedia(_) => Self::unfit(field, "is no picture, video or sound that can be read"),
            ProbeError::TooLarge { width, height, .. } => Self::unfit(
                field,
                format!("has a picture of {width}x{height}, which is too large; scale it down first"),
            ),
            ProbeError::Tool(error) => Self::Tool(error),
        }
    }
}

/// Makes everything that a blueprint makes, or nothing. `on` hears of the work done, from 0 to 1.
pub fn run(
    tools: &Tools,
    order: &Order<'_>,
    cancel: &Cancel,
    on: &mut dyn FnMut(f64),
) -> Result<Vec<Made>, BlueprintError> {
    let blueprint = order.inputs.blueprint();
    let make = blueprint.make.ok_or(BlueprintError::Generative { slug: blueprint.slug })?;
    let mut desk = Desk::new(tools, order.fonts, order.folder, order.limits, cancel, on);
    let made = make(&mut desk, order)?;
    desk.keep();
    Ok(made)
}

#[cfg(test)]
mod tests;

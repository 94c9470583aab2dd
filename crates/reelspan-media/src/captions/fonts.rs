//! The installed fonts: which family draws which character, and how wide text is in it.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustybuzz::{UnicodeBuffer, ttf_parser};

use super::styles::Style;

mod scripts;

/// A Debian package with fonts that captions use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FontPackage {
    pub package: &'static str,
    /// SPDX.
    pub licence: &'static str,
    pub draws: &'static str,
}

/// What set-up installs so that every style and script is drawn as meant.
pub const FONT_PACKAGES: &[FontPackage] = &[
    FontPackage {
        package: "fonts-inter",
        licence: "OFL-1.1",
        draws: "bold, highlight, clean, minimal; Latin, Cyrillic, Greek",
    },
    FontPackage { package: "fonts-league-spartan", licence: "OFL-1.1", draws: "pop; Latin" },
    FontPackage { package: "fonts-lato", licence: "OFL-1.1", draws: "karaoke; Latin" },
    FontPackage { package: "fonts-comfortaa", licence: "OFL-1.1", draws: "neon; Latin, Cyrillic, Greek" },
    FontPackage { package: "fonts-roboto-unhinted", licence: "Apache-2.0", draws: "news; Latin, Cyrillic, Greek" },
    FontPackage {
        package: "fonts-noto-core",
        licence: "OFL-1.1",
        draws: "Arabic, Hebrew, Devanagari and all other scripts but Chinese, Japanese, Korean",
    },
    FontPackage { package: "fonts-noto-cjk", licence: "OFL-1.1", draws: "Chinese, Japanese, Korean" },
    FontPackage {
        package: "fonts-symbola",
        licence: "LicenseRef-Symbola-free-use",
        draws: "emoji and symbols in one colour",
    },
];

/// The installed fonts and what they can draw. Cheap to clone; folders are read when text is drawn first.
#[derive(Clone, Default)]
pub struct Fonts {
    pub folders: Vec<PathBuf>,
    loaded: Arc<OnceLock<Catalogue>>,
}

impl fmt::Debug for Fonts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Fonts").field("folders", &self.folders).finish_non_exhaustive()
    }
}

impl Fonts {
    /// Fonts of these folders and the folders in them.
    pub fn scan(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { folders: folders.into_iter().collect(), loaded: Arc::default() }
    }

    /// The family that a style is made for, where it is not installed and another one stands in for it.
    pub fn lacks(&self, style: &Style) -> Option<&'static str> {
        let (family, weight) = style.look.families.first().copied()?;
        self.catalogue().face(family, weight).is_none().then_some(family)
    }

    pub(super) fn catalogue(&self) -> &Catalogue {
        self.loaded.get_or_init(|| Catalogue::read(&self.folders))
    }
}

/// Families by name, faces once they are needed.
pub(super) struct Catalogue {
    database: fontdb::Database,
    faces: Mutex<HashMap<fontdb::ID, Option<Arc<Face>>>>,
}

impl Catalogue {
    fn read(folders: &[PathBuf]) -> Self {
        let mut database = fontdb::Database::new();
        for folder in folders {
            database.load_fonts_dir(folder);
        }
        Self { database, faces: Mutex::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.database.is_empty()
    }

    /// The upright face of a family whose weight is nearest.
    pub(super) fn face(&self, family: &str, weight: u16) -> Option<Arc<Face>> {
        let of_family = self.database.faces().filter(|face| {
            face.style == fontdb::Style::Normal
                && face.families.iter().any(|(name, _)| name.eq_ignore_ascii_case(family))
        });
        let nearest =
            of_family.min_by_key(|face| (face.weight.0.abs_diff(weight), face.stretch.to_number().abs_diff(5)))?;
        self.load(nearest.id)
    }

    /// The first face of the wanted ones, then of the script's own, then of all, that draws the character.
    fn face_for(&self, c: char, wanted: &[Arc<Face>], context: scripts::Context, weight: u16) -> Option<Arc<Face>> {
        if let Some(face) = wanted.iter().find(|face| face.draws(c)) {
            return Some(Arc::clone(face));
        }
        let own = scripts::families(c, context)
            .iter()
            .filter_map(|family| self.face(family, weight))
            .find(|face| face.draws(c));
        own.or_else(|| self.any_face_for(c))
    }

    /// Looks through every family; only for characters that no listed one draws.
    fn any_face_for(&self, c: char) -> Option<Arc<Face>> {
        let has = |id| self.database.with_face_data(id, |data, index| draws(data, index, c)).unwrap_or(false);
        let upright = |face: &&fontdb::FaceInfo| {
            face.style == fontdb::Style::Normal && !face.families.iter().any(|(name, _)| name.contains("Emoji"))
        };
        let found = self.database.faces().filter(upright).find(|face| has(face.id))?;
        self.load(found.id)
    }

    fn load(&self, id: fontdb::ID) -> Option<Arc<Face>> {
        let mut faces = self.faces.lock().unwrap_or_else(PoisonError::into_inner);
        let load = || self.database.with_face_data(id, Face::read).flatten().map(Arc::new);
        faces.entry(id).or_insert_with(load).clone()
    }

    /// Cuts text into runs of one face each and drops what no face draws, telling it.
    pub(super) fn runs(&self, text: &str, wanted: &[Arc<Face>], weight: u16, missing: &mut Vec<char>) -> Vec<Run> {
        let context = scripts::Context::of(text);
        // One face for the whole word keeps its letters joined.
        let mut whole = wanted.first().filter(|face| face.draws_all(text)).cloned();
        if whole.is_none() {
            let first = text.chars().find(|c| !wanted.first().is_some_and(|face| face.draws(*c)));
            whole = first.and_then(|c| self.face_for(c, wanted, context, weight)).filter(|face| face.draws_all(text));
        }
        if let Some(face) = whole {
            return vec![Run { text: text.to_owned(), face }];
        }
        let mut runs: Vec<Run> = Vec::new();
        for c in text.chars() {
            let same = runs.last().filter(|run| run.face.draws(c)).map(|run| Arc::clone(&run.face));
            // Letters go back to the style's own font, all else stays where it is.
            let face = match same {
                Some(face) if !c.is_ascii_alphanumeric() => Some(face),
                _ => self.face_for(c, wanted, context, weight),
            };
            match (face, runs.last_mut()) {
                (Some(face), Some(run)) if Arc::ptr_eq(&run.face, &face) => run.text.push(c),
                (Some(face), _) => runs.push(Run { text: c.to_string(), face }),
                (None, _) if is_joiner(c) => {}
                (None, _) => missing.push(c),
            }
        }
        runs
    }
}

/// Joins letters where the font knows how; alone it has no shape.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{20E3}')
}

fn draws(data: &[u8], index: u32, c: char) -> bool {
    ttf_parser::Face::parse(data, index).is_ok_and(|face| face.glyph_index(c).is_some_and(|glyph| glyph.0 != 0))
}

/// Text in one face.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) face: Arc<Face>,
}

/// One face of a family, as libass will find it by name and weight.
pub(super) struct Face {
    /// The name that libass knows: each weight outside of regular and bold has its own.
    pub(super) family: String,
    pub(super) weight: u16,
    /// libass sizes a font by these two together, so that they turn a size in ems into one for `\fs`.
    pub(super) ascent: f64,
    pub(super) descent: f64,
    /// How far its letters rise and fall for the eye.
    pub(super) tall: f64,
    units: f64,
    bytes: Vec<u8>,
    index: u32,
}

impl Face {
    fn read(data: &[u8], index: u32) -> Option<Self> {
        let face = ttf_parser::Face::parse(data, index).ok()?;
        let units = f64::from(face.units_per_em());
        let windows =
            face.tables().os2.map(|os2| (f64::from(os2.windows_ascender()), -f64::from(os2.windows_descender())));
        let (ascent, descent) = windows
            .filter(|(up, down)| up + down > 0.0)
            .unwrap_or((f64::from(face.ascender()), -f64::from(face.descender())));
        let family = legacy_family(&face)?;
        let tall = (f64::from(face.ascender()) - f64::from(face.descender())) / units;
        Some(Self {
            family: family
                .chars()
                .filter(|c| !matches!(c, '\\' | '{' | '}' | '(' | ')' | ',') && !c.is_control())
                .collect(),
            weight: face.weight().to_number(),
            ascent: ascent / units,
            descent: descent / units,
            tall,
            units,
            bytes: data.to_vec(),
            index,
        })
    }

    /// Stands in where no font is installed at all: libass then takes what it finds.
    pub(super) fn unknown(family: &str) -> Self {
        Self {
            family: family.to_owned(),
            weight: 700,
            ascent: 0.95,
            descent: 0.25,
            tall: 1.2,
            units: 1000.0,
            bytes: Vec::new(),
            index: 0,
        }
    }

    pub(super) fn draws(&self, c: char) -> bool {
        self.bytes.is_empty() || draws(&self.bytes, self.index, c)
    }

    fn draws_all(&self, text: &str) -> bool {
        if self.bytes.is_empty() {
            return true;
        }
        let Ok(face) = ttf_parser::Face::parse(&self.bytes, self.index) else { return false };
        text.chars().all(|c| face.glyph_index(c).is_some_and(|glyph| glyph.0 != 0))
    }

    /// The width of text in ems, shaped as libass shapes it.
    pub(super) fn width(&self, text: &str) -> f64 {
        let Some(face) = rustybuzz::Face::from_slice(&self.bytes, self.index) else {
            return text.chars().count() as f64 * 0.58;
        };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let glyphs = rustybuzz::shape(&face, &[], buffer);
        glyphs.glyph_positions().iter().map(|glyph| f64::from(glyph.x_advance)).sum::<f64>() / self.units
    }

    /// The size that gives an em of so many pixels.
    pub(super) fn size(&self, em: f64) -> f64 {
        em * (self.ascent + self.descent)
    }
}

/// Name 1: "Inter Black" where name 16 says "Inter".
fn legacy_family(face: &ttf_parser::Face<'_>) -> Option<String> {
    let names =
        face.names().into_iter().filter(|name| name.name_id == ttf_parser::name_id::FAMILY && name.is_unicode());
    let english = |name: &ttf_parser::name::Name<'_>| name.language_id == 0x0409;
    names.clone().find(english).or_else(|| names.clone().next()).and_then(|name| name.to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_style_whose_font_is_not_installed_is_told() {
        let none = super::Fonts::scan([]);
        for style in super::super::STYLES {
            assert_eq!(none.lacks(style), Some(style.look.families[0].0), "{}", style.name);
        }
    }
}

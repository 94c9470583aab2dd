//! Finds the installed font file for a family that a request names, or one that stands in for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustybuzz::ttf_parser;

/// Where Debian puts fonts; the jail lets text be drawn with these.
const SYSTEM: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];
/// Families of the same width first, then those that most machines have.
const STANDS_IN: &[(&str, &[&str])] = &[
    ("arial", &["Liberation Sans", "Arimo", "Inter", "Roboto"]),
    ("helvetica", &["Liberation Sans", "Arimo", "Inter", "Roboto"]),
    ("verdana", &["DejaVu Sans", "Inter"]),
    ("times new roman", &["Liberation Serif", "Tinos", "Noto Serif"]),
    ("georgia", &["Gelasio", "Noto Serif", "Liberation Serif"]),
    ("courier new", &["Liberation Mono", "Cousine", "Noto Sans Mono", "DejaVu Sans Mono"]),
    ("impact", &["Anton", "League Spartan", "Inter"]),
    ("montserrat", &["League Spartan", "Inter"]),
];
const USUAL: &[&str] = &["Inter", "Roboto", "Liberation Sans", "DejaVu Sans", "Noto Sans", "Lato"];

/// One installed face.
#[derive(Debug, Clone)]
pub(super) struct Face {
    pub(super) family: String,
    pub(super) file: PathBuf,
    data: Arc<Vec<u8>>,
    index: u32,
}

impl Face {
    /// How wide a line is, in ems; what the face does not draw counts as one.
    pub(super) fn width(&self, line: &str) -> f64 {
        let Ok(face) = ttf_parser::Face::parse(&self.data, self.index) else { return line.chars().count() as f64 };
        let units = f64::from(face.units_per_em().max(1));
        let advance = |c| face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph));
        line.chars().map(|c| advance(c).map_or(1.0, |advance| f64::from(advance) / units)).sum()
    }

    /// Its line in ems: libass sizes a font by this.
    pub(super) fn line(&self) -> f64 {
        let Ok(face) = ttf_parser::Face::parse(&self.data, self.index) else { return 1.2 };
        (f64::from(face.ascender()) - f64::from(face.descender())) / f64::from(face.units_per_em().max(1))
    }

    pub(super) fn draws(&self, c: char) -> bool {
        draws(&self.data, self.index, c)
    }
}

fn draws(data: &[u8], index: u32, c: char) -> bool {
    ttf_parser::Face::parse(data, index).is_ok_and(|face| face.glyph_index(c).is_some_and(|glyph| glyph.0 != 0))
}

/// The face for a text: the family that was asked for if it is installed, else the one that draws most of the text.
pub(super) fn find(folders: &[PathBuf], family: &str, text: &str) -> Option<Face> {
    let fonts = installed(folders);
    let wanted = family.trim().to_lowercase();
    let instead = STANDS_IN.iter().find(|(name, _)| *name == wanted).map_or(&[][..], |(_, names)| names);
    let names = [family.trim()].into_iter().chain(instead.iter().copied()).chain(USUAL.iter().copied());
    let letters: Vec<char> = {
        let mut letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        letters.sort_unstable();
        letters.dedup();
        letters
    };
    let lacks = |face: &fontdb::FaceInfo| {
        let count = |data: &[u8], index| letters.iter().filter(|c| !draws(data, index, **c)).count();
        fonts.with_face_data(face.id, count).unwrap_or(usize::MAX)
    };
    let mut best: Option<(usize, &fontdb::FaceInfo)> = None;
    let listed = names.filter_map(|name| regular(&fonts, name));
    let rest = fonts.faces().filter(|face| face.weight.0 == 400 && face.style == fontdb::Style::Normal);
    // Every font of the machine is looked at only for letters that the usual ones lack.
    for face in listed.chain(rest) {
        let missing = lacks(face);
        if best.is_none_or(|(fewest, _)| missing < fewest) {
            best = Some((missing, face));
        }
        if missing == 0 {
            break;
        }
    }
    load(&fonts, best?.1)
}

fn regular<'a>(fonts: &'a fontdb::Database, family: &str) -> Option<&'a fontdb::FaceInfo> {
    let (plain, bold) = match family.to_lowercase().strip_suffix(" bold") {
        Some(plain) => (plain.to_owned(), true),
        None => (family.to_lowercase(), false),
    };
    let weight = if bold { 700 } else { 400 };
    let of_family = fonts.faces().filter(|face| {
        let named = face.families.iter().any(|(name, _)| name.to_lowercase() == plain)
            || face.post_script_name.to_lowercase() == plain;
        named && face.style == fontdb::Style::Normal
    });
    of_family.min_by_key(|face| (face.weight.0.abs_diff(weight), face.stretch.to_number().abs_diff(5)))
}

fn load(fonts: &fontdb::Database, face: &fontdb::FaceInfo) -> Option<Face> {
    let file = match &face.source {
        fontdb::Source::File(path) | fontdb::Source::SharedFile(path, _) => path.clone(),
        fontdb::Source::Binary(_) => return None,
    };
    let data = fonts.with_face_data(face.id, |data, _| data.to_vec())?;
    let family = face.families.first().map(|(name, _)| name.clone()).unwrap_or_default();
    Some(Face { family, file, data: Arc::new(data), index: face.index })
}

/// The fonts of these folders and the system's, read once for each set of folders.
fn installed(folders: &[PathBuf]) -> Arc<fontdb::Database> {
    static READ: OnceLock<Mutex<HashMap<Vec<PathBuf>, Arc<fontdb::Database>>>> = OnceLock::new();
    let mut read = READ.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let load = || {
        let mut fonts = fontdb::Database::new();
        let known = |folder: &&Path| SYSTEM.iter().any(|system| folder.starts_with(system));
        SYSTEM.iter().for_each(|folder| fonts.load_fonts_dir(folder));
        folders
            .iter()
            .map(PathBuf::as_path)
            .filter(|folder| !known(folder))
            .for_each(|folder| fonts.load_fonts_dir(folder));
        Arc::new(fonts)
    };
    Arc::clone(read.entry(folders.to_vec()).or_insert_with(load))
}

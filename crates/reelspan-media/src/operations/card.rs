//! `@quote-card`: a sentence and who said it, as a square picture or a short film.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Flag;
use super::arguments::{Job, Scene};
use super::format::{Format, Holds};
use super::outcome::OperationError;
use super::overlay::{object, only};
use super::refusal::Refusal;
use super::typeface::{self, Face};
use crate::captions;
use crate::render::escape;
use crate::tool::file_arg;

const NAME: &str = "@quote-card";
const SIDE: u32 = 1080;
/// How long a film of it is: long enough to read 280 characters twice.
pub(super) const SECONDS: f64 = 8.0;
const RATE: u32 = 30;

/// Left edge and width of the words.
const LEFT: f64 = 112.0;
const WIDTH: f64 = 856.0;
/// The room of the quote, from under its mark to above its author.
const TOP: f64 = 292.0;
const BOTTOM: f64 = 822.0;
const SIZES: [f64; 12] = [96.0, 88.0, 80.0, 74.0, 68.0, 62.0, 58.0, 54.0, 50.0, 46.0, 42.0, 38.0];
const LINE: f64 = 1.26;
const PHOTO: u32 = 132;
const AUTHOR_MIDDLE: f64 = 918.0;

#[derive(Clone, PartialEq)]
pub struct Card {
    pub quote: String,
    pub name: Option<String>,
    pub handle: Option<String>,
    /// An address that the caller fetches.
    pub photo: Option<String>,
    moves: bool,
}

impl Card {
    pub(super) fn parse(argument: Option<&Value>, format: Format) -> Result<Self, Refusal> {
        let refuse = |why: String| Refusal::option(NAME, why);
        let object = object(NAME, argument)?;
        only(NAME, &object, &["quote", "name", "handle", "photo", "photo_url", "output"])?;
        let text = |key: &str, most: usize| -> Result<Option<String>, Refusal> {
            let value = match object.get(key) {
                None | Some(Value::Null) => return Ok(None),
                Some(Value::String(text)) => text.trim(),
                Some(_) => return Err(refuse(format!("has a `{key}` that is no text"))),
            };
            if value.chars().count() > most {
                return Err(refuse(format!("has a `{key}` of more than {most} characters")));
            }
            Ok(Some(value.to_owned()).filter(|value| !value.is_empty()))
        };
        let quote = text("quote", 280)?.ok_or_else(|| refuse("needs a `quote`".to_owned()))?;
        let photo = text("photo_url", 4096)?.or(text("photo", 4096)?);
        if photo
            .as_ref()
            .is_some_and(|photo| !["https://", "http://", "gs://"].iter().any(|scheme| photo.starts_with(scheme)))
        {
            return Err(refuse(
                "has a photo that is no address; it takes an https:// URL or the gs:// handle of an upload".to_owned(),
            ));
        }
        let film = matches!(format.holds(), Holds::Film | Holds::Animation);
        let output = text("output", 20)?;
        let moves = match output.as_deref() {
            None => film,
            Some("video") if film => true,
            Some("image") if format.holds() == Holds::Still => false,
            Some("video" | "image") => return Err(refuse("has an `output` that the output's format cannot hold; a video is mp4, webm or mov, an image png, jpeg or webp".to_owned())),
            Some(_) => return Err(refuse("has an `output` that is neither `video` nor `image`".to_owned())),
        };
        if format.holds() == Holds::Sound {
            return Err(refuse("is a picture, and the output's format holds only sound".to_owned()));
        }
        Ok(Self { quote, name: text("name", 60)?, handle: text("handle", 60)?, photo, moves })
    }

    /// Shown without what it says: the card is drawn, not made by options.
    pub(super) fn written_out(&self) -> Vec<Flag> {
        let length = if self.moves { format!("{SECONDS}") } else { "0".to_owned() };
        vec![Flag::new("-s", &format!("{SIDE}x{SIDE}")), Flag::new("-t", &length)]
    }

    /// The words as an ASS file, and the families that draw them.
    pub(super) fn words(&self, fonts: &[PathBuf]) -> String {
        let quote = typeface::find(fonts, "Inter", &self.quote);
        let name = typeface::find(
            fonts,
            "Inter",
            &format!("{}{}", self.name.as_deref().unwrap_or(""), self.handle.as_deref().unwrap_or("")),
        );
        let family =
            |face: &Option<Face>| face.as_ref().map_or("Inter".to_owned(), |face| face.family.replace(',', " "));
        let size = |face: &Option<Face>, em: f64| em * face.as_ref().map_or(1.2, Face::line);
        let (em, lines) = self.fitted(quote.as_ref());
        let mut ass = format!(
            "[Script Info]\nScriptType: v4.00+\nPlayResX: {SIDE}\nPlayResY: {SIDE}\nWrapStyle: 2\nScaledBorderAndShadow: yes\n\n\
             [V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
             StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
        );
        let mut style = |style: &str, family: &str, size: f64, colour: &str, bold: i32| {
            let _written = writeln!(
                ass,
                "Style: {style},{family},{size:.1},{colour},{colour},&H00000000,&H00000000,{bold},0,0,0,100,100,0,0,1,0,0,7,0,0,0,1"
            );
        };
        style("Mark", "Inter", 300.0, "&H00FFB08A", 800);
        style("Quote", &family(&quote), size(&quote, em), "&H00FFFFFF", 600);
        style("Name", &family(&name), size(&name, 40.0), "&H00FFFFFF", 700);
        style("Handle", &family(&name), size(&name, 32.0), "&H00D8B9A8", 400);
        ass.push_str("\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n");
        let mut line = |style: &str, from: u32, text: &str| {
            let fade =
                if self.moves { format!("\\fade(255,0,0,{from},{},90000,90000)", from + 500) } else { String::new() };
            let _written = writeln!(ass, "Dialogue: 1,0:00:00.00,0:10:00.00,{style},,0,0,0,,{{{fade}{text}");
        };
        line("Mark", 0, &format!("\\pos({:.0},96)}}\u{201c}", LEFT - 14.0));
        let height = em * LINE * lines.len() as f64;
        let top = TOP + ((BOTTOM - TOP) - height).max(0.0) / 2.0;
        for (index, words) in lines.iter().enumerate() {
            let middle = top + em * LINE * (index as f64 + 0.5);
            line("Quote", 250, &format!("\\an4\\pos({LEFT:.0},{middle:.1})}}{}", captions::escape(words)));
        }
        let left = LEFT + if self.has_portrait() { f64::from(PHOTO) + 32.0 } else { 0.0 };
        let both = self.name.is_some() && self.handle.is_some();
        for (style, text, above) in [("Name", &self.name, true), ("Handle", &self.handle, false)] {
            let Some(text) = text else { continue };
            let shift = match (both, above) {
                (false, _) => 0.0,
                (true, true) => -24.0,
                (true, false) => 26.0,
            };
            line(
                style,
                700,
                &format!("\\an4\\pos({left:.0},{:.1})}}{}", AUTHOR_MIDDLE + shift, captions::escape(text)),
            );
        }
        ass
    }

    fn has_portrait(&self) -> bool {
        self.photo.is_some()
    }

    /// The largest size at which the quote fits, and its lines.
    fn fitted(&self, face: Option<&Face>) -> (f64, Vec<String>) {
        // It is measured in regular and drawn bold; other families grow more by that than Inter does.
        let wider = if face.is_some_and(|face| face.family == "Inter") { 1.05 } else { 1.22 };
        let width = |text: &str| face.map_or(text.chars().count() as f64 * 0.55, |face| face.width(text) * wider);
        let mut best = (SIZES[SIZES.len() - 1], Vec::new());
        for em in SIZES {
            let lines = broken(&self.quote, WIDTH / em, &width);
            let fits = lines.len() as f64 * em * LINE <= BOTTOM - TOP
                && lines.iter().all(|line| width(line) * em <= WIDTH + 1.0);
            best = (em, lines);
            if fits {
                break;
            }
        }
        best
    }
}

/// Lines no wider than this, broken at words, or within one that is wider than a line.
fn broken(text: &str, most: f64, width: &dyn Fn(&str) -> f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if width(&longer) <= most {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                if width(&line) > most && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
        }
        lines.push(line);
    }
    lines
}

/// The run that draws the card. `words` is the ASS file, `photo` the fetched picture.
pub(super) fn job(
    card: &Card,
    scene: &Scene<'_>,
    words: &Path,
    photo: Option<usize>,
    fonts: Option<&Path>,
    format: Format,
) -> Result<Job, OperationError> {
    let mut job = Job::default();
    job.add(["-loglevel", "error"]);
    for (info, path) in scene.infos.iter().zip(scene.paths) {
        job.args.extend(info.input_args(path));
    }
    let behind = scene.infos.iter().enumerate().position(|(index, info)| Some(index) != photo && info.video.is_some());
    let mut graph = match behind {
        Some(index) => format!(
            "[{index}:v:0]scale={SIDE}:{SIDE}:force_original_aspect_ratio=increase,crop={SIDE}:{SIDE},setsar=1,trim=end_frame=1,\
             gblur=sigma=18,eq=saturation=0.75,format=gbrp,colorchannelmixer=rr=0.34:gg=0.36:bb=0.44[ground];"
        ),
        None => format!(
            "gradients=s={SIDE}x{SIDE}:r=1:d=1:c0=0x2a2f6b:c1=0x10132e:x0=0:y0=0:x1={last}:y1={last}:speed=0.00001,format=gbrp,trim=end_frame=1[ground];",
            last = SIDE - 1,
        ),
    };
    let last = if let Some(index) = photo {
        let radius = f64::from(PHOTO) / 2.0;
        let top = AUTHOR_MIDDLE - radius;
        let _written = write!(
            graph,
            "[{index}:v:0]trim=end_frame=1,scale={PHOTO}:{PHOTO}:force_original_aspect_ratio=increase:flags=lanczos,crop={PHOTO}:{PHOTO},setsar=1,format=rgba,\
             geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='255*clip({radius}-hypot(X-{middle},Y-{middle}),0,1)'[face];\
             [ground][face]overlay={LEFT:.0}:{top:.0}:format=gbrp[portrait];",
            middle = radius - 0.5,
        );
        "portrait"
    } else {
        "ground"
    };
    let words = escape::option(&words.to_string_lossy());
    let folder =
        fonts.map(|folder| format!(":fontsdir={}", escape::option(&folder.to_string_lossy()))).unwrap_or_default();
    let held = if card.moves {
        format!("loop=loop=-1:size=1,fps={RATE},trim=duration={SECONDS},setpts=N/{RATE}/TB,")
    } else {
        String::new()
    };
    let pixels = match format {
        Format::Jpeg => ",scale=out_color_matrix=bt601:out_range=full,format=yuvj420p",
        Format::Gif => ",fps=15,scale=540:540,split[a][b];[a]palettegen[p];[b][p]paletteuse",
        Format::Png | Format::Webp => ",format=rgb24",
        _ => {
            ",scale=out_color_matrix=bt709:out_range=limited,format=yuv420p,setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
        }
    };
    let _written = write!(graph, "[{last}]{held}ass={words}{folder}{pixels}[card]");
    job.args.extend(["-filter_complex".into(), graph.into(), "-map".into(), "[card]".into()]);
    if card.moves {
        job.seconds = Some(SECONDS);
    } else {
        job.add(["-frames:v", "1"]);
    }
    job.args.extend(super::arguments::card_encoder(format).into_iter().map(Into::into));
    job.add(["-an", "-sn", "-dn", "-map_metadata", "-1", "-f", format.muxer()]);
    job.args.push(file_arg(scene.output));
    (job.video, job.audio) = (Some(true), Some(false));
    Ok(job)
}

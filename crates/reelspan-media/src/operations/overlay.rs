//! `@text-overlay`: words over the whole picture. They go to ffmpeg in a file of their own, never in a filter's text.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::filters;
use super::graph::Filter;
use super::refusal::Refusal;
use super::typeface::{self, Face};

const NAME: &str = "@text-overlay";
const MOST_TEXT: usize = 10_000;
const MOST_EXPRESSION: usize = 500;

#[derive(Clone, PartialEq)]
pub struct TextOverlay {
    pub text: String,
    pub style: Style,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Style {
    /// Lines are broken at words; none leaves them as they are.
    pub chars_per_line: Option<f64>,
    pub font: String,
    pub font_size: f64,
    pub line_spacing: f64,
    pub font_color: String,
    /// ffmpeg expressions.
    pub x: Place,
    pub y: Place,
    /// The box behind the text; 0 leaves it out.
    pub box_border_w: f64,
}

/// An expression, or a number as some clients send it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Place {
    Number(f64),
    Text(String),
}

impl Place {
    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self {
            chars_per_line: None,
            font: "Arial".to_owned(),
            font_size: 48.0,
            line_spacing: 10.0,
            font_color: "white".to_owned(),
            x: Place::Text("(w-text_w)/2".to_owned()),
            y: Place::Text("(h-text_h)/2".to_owned()),
            box_border_w: 20.0,
        }
    }
}

const STYLE_KEYS: &[&str] = &["charsPerLine", "font", "fontSize", "lineSpacing", "fontColor", "x", "y", "boxBorderW"];

/// The object of a virtual option, which may come as text.
pub(super) fn object(option: &str, argument: Option<&Value>) -> Result<serde_json::Map<String, Value>, Refusal> {
    let wrong = || Refusal::option(option, "needs an object as its argument, or the text of one");
    match argument {
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// Refuses keys that nobody knows.
pub(super) fn only(option: &str, object: &serde_json::Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => {
            let shown: String =
                key.chars().filter(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c)).take(40).collect();
            Err(Refusal::option(option, format!("has an unknown key `{shown}`; it knows {}", known.join(", "))))
        }
        None => Ok(()),
    }
}

impl TextOverlay {
    pub(super) fn parse(argument: Option<&Value>) -> Result<Self, Refusal> {
        let refuse = |why: String| Err(Refusal::option(NAME, why));
        let object = object(NAME, argument)?;
        only(NAME, &object, &["text", "style"])?;
        let Some(text) = object.get("text").and_then(Value::as_str) else { return refuse("needs a `text`".to_owned()) };
        let text: String =
            text.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if text.trim().is_empty() {
            return refuse("has a `text` without a letter".to_owned());
        }
        if text.chars().count() > MOST_TEXT {
            return refuse(format!("has a `text` of more than {MOST_TEXT} characters"));
        }
        let style = match object.get("style") {
            None | Some(Value::Null) => Style::default(),
            Some(Value::Object(keys)) => {
                only(NAME, keys, STYLE_KEYS)?;
                let set: serde_json::Map<String, Value> = keys
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (key.clone(), number(key, value)))
                    .collect();
                let read = serde_json::from_value::<Style>(Value::Object(set));
                read.map_err(|_| Refusal::option(NAME, "has a `style` with a value of the wrong kind"))?
            }
            Some(_) => return refuse("has a `style` that is no object".to_owned()),
        };
        style.check().map_err(|why| Refusal::option(NAME, why))?;
        Ok(Self { text, style })
    }

    /// The lines as they are drawn.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = self.text.replace('\t', "    ");
        let width = self.style.chars_per_line.map(|count| count as usize);
        text.split('\n')
            .flat_map(|line| width.map_or_else(|| vec![line.to_owned()], |width| wrapped(line, width)))
            .collect()
    }

    /// The face that draws it.
    pub(super) fn face(&self, fonts: &[PathBuf]) -> Option<Face> {
        typeface::find(fonts, &self.style.font, &self.text)
    }

    /// What goes into the text file: lines, of which shorter ones are moved to the middle where the text stands there.
    pub(super) fn laid_out(&self, face: &Face) -> String {
        let lines = self.lines();
        let squeezed: String = self.style.x.text().chars().filter(|c| !c.is_whitespace()).collect();
        let middle = squeezed.contains("text_w)/2")
            || squeezed.contains("tw)/2")
            || squeezed.contains("text_w/2")
            || squeezed.contains("tw/2");
        let right = !middle && (squeezed.contains("-text_w") || squeezed.contains("-tw"));
        if lines.len() < 2 || !(middle || right) {
            return lines.join("\n");
        }
        let widest = lines.iter().map(|line| face.width(line)).fold(0.0, f64::max);
        // The thinner the space, the nearer to the middle.
        let space = ['\u{200a}', '\u{2009}', ' '].into_iter().find(|space| face.draws(*space)).unwrap_or(' ');
        let step = face.width(&space.to_string()).max(0.02);
        let moved = |line: &String| {
            let room = (widest - face.width(line)) * if middle { 0.5 } else { 1.0 };
            let spaces = if line.trim().is_empty() { 0 } else { (room / step).round() as usize };
            format!("{}{line}", space.to_string().repeat(spaces.min(2000)))
        };
        lines.iter().map(moved).collect::<Vec<_>>().join("\n")
    }

    /// The filter that draws the file's text.
    pub(super) fn filter(&self, textfile: &Path, font: &Path) -> Filter {
        let style = &self.style;
        let mut options = vec![
            ("textfile".to_owned(), textfile.to_string_lossy().into_owned()),
            ("fontfile".to_owned(), font.to_string_lossy().into_owned()),
            ("expansion".to_owned(), "none".to_owned()),
        ];
        options.extend(self.looks());
        if style.box_border_w > 0.0 {
            options.push(("box".to_owned(), "1".to_owned()));
            options.push(("boxcolor".to_owned(), "black@0.5".to_owned()));
            options.push(("boxborderw".to_owned(), format!("{:.0}", style.box_border_w)));
        }
        Filter { name: "drawtext".to_owned(), options, ..Filter::default() }
    }

    /// As a plain filter, for showing what was used; this is never run.
    pub(super) fn written_out(&self) -> String {
        let text = self.lines().join("\n");
        let mut options = vec![
            ("text".to_owned(), text),
            ("expansion".to_owned(), "none".to_owned()),
            ("font".to_owned(), self.style.font.clone()),
        ];
        options.extend(self.looks());
        options.push(("boxborderw".to_owned(), format!("{:.0}", self.style.box_border_w)));
        Filter { name: "drawtext".to_owned(), options, ..Filter::default() }.write()
    }

    fn looks(&self) -> Vec<(String, String)> {
        let style = &self.style;
        [
            ("fontsize", format!("{:.0}", style.font_size)),
            ("fontcolor", style.font_color.clone()),
            ("line_spacing", format!("{:.0}", style.line_spacing)),
            ("x", style.x.text()),
            ("y", style.y.text()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}

/// Clients send numbers as text, too.
fn number(key: &str, value: &Value) -> Value {
    let numeric = matches!(key, "charsPerLine" | "fontSize" | "lineSpacing" | "boxBorderW");
    let parsed = value.as_str().filter(|_| numeric).and_then(|text| text.trim().parse::<f64>().ok());
    parsed.map_or_else(|| value.clone(), Value::from)
}

impl Style {
    fn check(&self) -> Result<(), String> {
        let within = |name: &str, value: f64, least: f64, most: f64| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(format!("has a `{name}` that is not from {least} to {most}"))
            }
        };
        if let Some(count) = self.chars_per_line {
            within("charsPerLine", count, 5.0, 100.0)?;
        }
        within("fontSize", self.font_size, 12.0, 200.0)?;
        within("lineSpacing", self.line_spacing, 0.0, 100.0)?;
        within("boxBorderW", self.box_border_w, 0.0, 100.0)?;
        if self.font.len() > 100 || self.font.chars().any(|c| c.is_control() || "/\\".contains(c)) {
            return Err("has a `font` that is no family's name".to_owned());
        }
        color(&self.font_color)?;
        for (name, place) in [("x", &self.x), ("y", &self.y)] {
            let text = place.text();
            let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "_+-*/(),. <>=!^%".contains(c));
            if text.trim().is_empty() || text.len() > MOST_EXPRESSION || !plain {
                return Err(format!("has an `{name}` that is no expression, as in `(w-text_w)/2`"));
            }
            filters::expression(&text).map_err(|why| format!("has an `{name}` that {why}"))?;
        }
        Ok(())
    }
}

/// `white`, `#ff8800`, `0xff8800@0.5`.
pub(super) fn color(text: &str) -> Result<(), String> {
    let (name, alpha) = text.split_once('@').unwrap_or((text, "1"));
    let hex = name.strip_prefix('#').or_else(|| name.strip_prefix("0x"));
    let named = hex.map_or_else(
        || (3..=24).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphabetic()) && name != "random",
        |hex| matches!(hex.len(), 6 | 8) && hex.chars().all(|c| c.is_ascii_hexdigit()),
    );
    let seen = alpha.parse::<f64>().is_ok_and(|alpha| (0.0..=1.0).contains(&alpha));
    if named && seen {
        Ok(())
    } else {
        Err("has a `fontColor` that is no colour, as in `white`, `#ff8800` or `black@0.5`".to_owned())
    }
}

/// Broken at words, or within one that is longer than a line.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut filled = 0;
    for word in line.split_whitespace() {
        let mut letters: Vec<&str> = word.graphemes(true).collect();
        if filled > 0 && filled + 1 + letters.len() > width {
            lines.push(String::new());
            filled = 0;
        }
        while letters.len() > width {
            let rest = letters.split_off(width);
            if let Some(last) = lines.last_mut() {
                last.push_str(&letters.concat());
            }
            lines.push(String::new());
            letters = rest;
        }
        if let Some(last) = lines.last_mut() {
            if filled > 0 {
                last.push(' ');
                filled += 1;
            }
            last.push_str(&letters.concat());
            filled += letters.len();
        }
    }
    lines
}

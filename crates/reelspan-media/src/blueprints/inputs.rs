//! Flat inputs: what fields there are, what was sent for them, and what is wrong with that.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::{Blueprint, blueprint};
use crate::captions::clean;

/// No address is longer: signed ones have one or two thousand characters.
const MOST_ADDRESS: usize = 8192;
/// Of a field's name that nobody knows, so much is repeated.
const MOST_NAME: usize = 40;

/// One input of a blueprint.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub required: bool,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// `https://...` or `gs://...`; the caller fetches it.
    Address(Media),
    /// At most so many characters.
    Text {
        most: usize,
    },
    Choice {
        values: &'static [&'static str],
        default: &'static str,
    },
    /// May be sent as a number or as a string.
    Number {
        values: &'static [f64],
        default: f64,
    },
    /// A BCP 47 tag.
    Language,
}

/// What an address should lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Video,
    Image,
    Audio,
}

/// Inputs that were checked. What the user wrote is in no debug print.
#[derive(Clone)]
pub struct Inputs {
    blueprint: &'static Blueprint,
    texts: BTreeMap<&'static str, String>,
    choices: BTreeMap<&'static str, &'static str>,
    numbers: BTreeMap<&'static str, f64>,
}

/// One address that has to be fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    pub field: &'static str,
    pub media: Media,
    pub address: &'a str,
}

/// Everything that is wrong with a request.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Refusal {
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    #[error("there is no such blueprint; there are {}", names(super::BLUEPRINTS.iter().map(|one| one.slug)))]
    NoBlueprint,
    #[error("`{name}` is no input of `{slug}`; it takes {}", names(known.iter().copied()))]
    Unknown { slug: &'static str, name: String, known: Vec<&'static str> },
    #[error("`{field}` is missing")]
    Missing { field: &'static str },
    #[error("`{field}` has {has} characters, and {most} is the most")]
    TooLong { field: &'static str, has: usize, most: usize },
    #[error("`{field}` must be {wanted}")]
    Wrong { field: &'static str, wanted: String },
}

impl Problem {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoBlueprint => "unknown_blueprint",
            Self::Unknown { .. } => "unknown_field",
            Self::Missing { .. } => "missing_field",
            Self::TooLong { .. } => "text_too_long",
            Self::Wrong { .. } => "wrong_value",
        }
    }
}

impl Refusal {
    /// The code of the first problem.
    pub fn code(&self) -> &'static str {
        self.problems.first().map_or("wrong_value", Problem::code)
    }

    fn sentence(&self) -> String {
        self.problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given: Vec<_> = self.texts.keys().collect();
        let mut out = out.debug_struct("Inputs");
        out.field("slug", &self.blueprint.slug).field("given", &given);
        out.field("choices", &self.choices).field("numbers", &self.numbers).finish()
    }
}

impl fmt::Debug for Address<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Address").field("field", &self.field).field("media", &self.media).finish_non_exhaustive()
    }
}

impl Inputs {
    pub fn blueprint(&self) -> &'static Blueprint {
        self.blueprint
    }

    /// What has to be fetched, in the order of the fields.
    pub fn addresses(&self) -> impl Iterator<Item = Address<'_>> {
        self.blueprint.fields.iter().filter_map(|field| {
            let Kind::Address(media) = field.kind else { return None };
            let address = self.texts.get(field.name)?;
            Some(Address { field: field.name, media, address })
        })
    }

    /// A text or language that was given.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.texts.get(field).map(String::as_str)
    }

    /// The chosen value, or the default; empty for a field that is no choice.
    pub fn choice(&self, field: &str) -> &'static str {
        self.choices.get(field).copied().unwrap_or_default()
    }

    /// The chosen number, or the default; zero for a field that is none.
    pub fn number(&self, field: &str) -> f64 {
        self.numbers.get(field).copied().unwrap_or_default()
    }
}

/// Checks what was sent for a blueprint; says all that is wrong with it at once.
pub fn check(slug: &str, sent: &Map<String, Value>) -> Result<Inputs, Refusal> {
    let Some(blueprint) = blueprint(slug) else { return Err(Refusal { problems: vec![Problem::NoBlueprint] }) };
    let mut inputs = Inputs { blueprint, texts: BTreeMap::new(), choices: BTreeMap::new(), numbers: BTreeMap::new() };
    let mut problems: Vec<Problem> =
        blueprint.fields.iter().filter_map(|field| inputs.take(field, sent).err()).collect();
    let known: Vec<_> = blueprint.fields.iter().map(|field| field.name).collect();
    for name in sent.keys().filter(|name| !known.contains(&name.as_str())) {
        let name = name.chars().filter(|c| !c.is_control()).take(MOST_NAME).collect();
        problems.push(Problem::Unknown { slug: blueprint.slug, name, known: known.clone() });
    }
    if problems.is_empty() { Ok(inputs) } else { Err(Refusal { problems }) }
}

impl Inputs {
    fn take(&mut self, field: &Field, sent: &Map<String, Value>) -> Result<(), Problem> {
        let name = field.name;
        let text = match sent.get(name) {
            // Some clients write out what they leave open.
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            // A hook such as 2026 may come as a number too.
            Some(Value::Number(number)) if !matches!(field.kind, Kind::Address(_) | Kind::Language) => {
                Some(number.to_string())
            }
            Some(_) => return Err(Problem::Wrong { field: name, wanted: wanted(field.kind) }),
        };
        match (field.kind, &text) {
            (Kind::Choice { default, .. }, None) => drop(self.choices.insert(name, default)),
            (Kind::Number { default, .. }, None) => drop(self.numbers.insert(name, default)),
            (_, None) if field.required => return Err(Problem::Missing { field: name }),
            (_, None) => {}
            (kind, Some(text)) => self.set(name, kind, text)?,
        }
        Ok(())
    }

    fn set(&mut self, field: &'static str, kind: Kind, text: &str) -> Result<(), Problem> {
        let wrong = || Problem::Wrong { field, wanted: wanted(kind) };
        match kind {
            Kind::Address(_) => {
                let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|t| t.eq_ignore_ascii_case(scheme));
                let sound =
                    (begins("https://") || begins("gs://")) && !text.chars().any(|c| c.is_control() || c == ' ');
                if !sound || text.len() > MOST_ADDRESS {
                    return Err(wrong());
                }
                self.texts.insert(field, text.to_owned());
            }
            Kind::Text { most } => {
                let has = text.chars().count();
                if has > most {
                    return Err(Problem::TooLong { field, has, most });
                }
                if clean(text).is_empty() {
                    return Err(wrong());
                }
                self.texts.insert(field, text.to_owned());
            }
            Kind::Choice { values, .. } => {
                let value = values.iter().find(|value| value.eq_ignore_ascii_case(text)).ok_or_else(wrong)?;
                self.choices.insert(field, value);
            }
            Kind::Number { values, .. } => {
                let number: f64 = text.parse().map_err(|_| wrong())?;
                let value = values.iter().find(|value| (**value - number).abs() < 1e-9).ok_or_else(wrong)?;
                self.numbers.insert(field, *value);
            }
            Kind::Language => {
                let sound =
                    (2..=35).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
                if !sound {
                    return Err(wrong());
                }
                self.texts.insert(field, text.to_owned());
            }
        }
        Ok(())
    }
}

fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Address(media) => {
            let what = match media {
                Media::Video => "a video",
                Media::Image => "a picture",
                Media::Audio => "a sound recording",
            };
            format!("the address of {what}, beginning with https:// or gs://")
        }
        Kind::Text { most } => format!("text of at most {most} characters that can be seen"),
        Kind::Choice { values, .. } => format!("one of {}", names(values.iter().copied())),
        Kind::Number { values, .. } => {
            let values: Vec<String> = values.iter().map(f64::to_string).collect();
            format!("one of {}", names(values.iter().map(String::as_str)))
        }
        Kind::Language => "a language tag such as `en` or `pt-BR`".to_owned(),
    }
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The field that most blueprints have.
pub(super) const VIDEO: Field = Field { name: "video_url", required: true, kind: Kind::Address(Media::Video) };
/// Music that is laid under the picture.
pub(super) const MUSIC: Field = Field { name: "music_url", required: false, kind: Kind::Address(Media::Audio) };

impl Field {
    pub(super) const fn image(name: &'static str, required: bool) -> Self {
        Self { name, required, kind: Kind::Address(Media::Image) }
    }

    pub(super) const fn text(name: &'static str, required: bool, most: usize) -> Self {
        Self { name, required, kind: Kind::Text { most } }
    }

    pub(super) const fn choice(name: &'static str, values: &'static [&'static str], default: &'static str) -> Self {
        Self { name, required: false, kind: Kind::Choice { values, default } }
    }

    pub(super) const fn number(name: &'static str, values: &'static [f64], default: f64) -> Self {
        Self { name, required: false, kind: Kind::Number { values, default } }
    }
}

/// The most characters of a hook.
pub(super) const HOOK: usize = 200;

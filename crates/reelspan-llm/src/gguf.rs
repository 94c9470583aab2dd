//! Looks a model file over before llama.cpp does: tells what is wrong with a file in words, and how large a model is.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use reelspan_types::dialogue::FailureCode;

use crate::Stop;

const MAGIC: [u8; 4] = *b"GGUF";
/// More than any model has; a damaged count would ask for the whole memory.
const MOST_ENTRIES: u64 = 1 << 20;
const LONGEST_TEXT: u64 = 1 << 26;
const LONGEST_KEPT: u64 = 1 << 16;
/// Arrays of arrays exist on paper only.
const DEEPEST: u32 = 4;
/// Sound files of models that do not chat: those that only turn text into numbers, and parts of larger models.
const SILENT: &[&str] = &[
    "bert",
    "modern-bert",
    "nomic-bert",
    "nomic-bert-moe",
    "neo-bert",
    "jina-bert-v2",
    "jina-bert-v3",
    "eurobert",
    "gemma-embedding",
    "llama-embed",
    "t5",
    "t5encoder",
    "wavtokenizer-dec",
    "clip",
];

/// What a look at the head tells.
#[derive(Debug, Default)]
pub(crate) struct Head {
    numbers: HashMap<String, u64>,
    texts: HashMap<String, String>,
    tensors: u64,
}

/// A whole model: one file, or several parts.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) head: Head,
    pub(crate) parts: Vec<PathBuf>,
    pub(crate) bytes: u64,
}

impl Head {
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    pub(crate) fn architecture(&self) -> &str {
        self.text("general.architecture").unwrap_or_default()
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.numbers.get(key).copied()
    }

    fn own(&self, key: &str) -> Option<u64> {
        self.number(&format!("{}.{key}", self.architecture()))
    }

    /// What one token of context takes: a key and a value of half precision in every layer.
    pub(crate) fn bytes_a_token(&self) -> u64 {
        let (layers, width) = (self.own("block_count").unwrap_or(0), self.own("embedding_length").unwrap_or(0));
        let heads = self.own("attention.head_count").unwrap_or(1).max(1);
        let stored = self.own("attention.head_count_kv").unwrap_or(heads);
        let [key, value] = ["attention.key_length", "attention.value_length"]
            .map(|name| self.own(name).unwrap_or(width / heads).min(1 << 16));
        layers.min(1 << 12) * stored.min(1 << 12) * (key + value) * 2
    }
}

/// Reads the heads of all parts and checks that nothing is cut off.
pub(crate) fn check(path: &Path) -> Result<Model, Stop> {
    let (head, mut bytes) = check_file(path)?;
    refuse_silent(&head)?;
    let mut parts = vec![path.to_owned()];
    let count = head.number("split.count").unwrap_or(1);
    if head.number("split.no").unwrap_or(0) != 0 {
        return Err(Stop::new(
            FailureCode::BadModel,
            "this is a later part of a model in several files; name the first part, `...-00001-of-...`",
        ));
    }
    for part in 2..=count.min(1000) {
        let next = sibling(path, part, count).ok_or_else(|| {
            Stop::new(FailureCode::BadModel, "a model in several files must keep the names `...-00001-of-000NN.gguf`")
        })?;
        bytes += check_file(&next)?.1;
        parts.push(next);
    }
    Ok(Model { head, parts, bytes })
}

/// The name of another part, as the tool that splits models makes it.
fn sibling(path: &Path, part: u64, count: u64) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(&format!("-00001-of-{count:05}.gguf"))?;
    Some(path.with_file_name(format!("{stem}-{part:05}-of-{count:05}.gguf")))
}

fn refuse_silent(head: &Head) -> Result<(), Stop> {
    let unsupported = |message: String| Err(Stop::new(FailureCode::Unsupported, message));
    match head.text("general.type").unwrap_or("model") {
        "model" => {}
        "adapter" => return unsupported("this is an adapter, not a model; name the model itself".into()),
        _ => return unsupported("this is a part of a model, not the model; name the language model's file".into()),
    }
    let architecture = head.architecture();
    if SILENT.contains(&architecture) || head.own("attention.causal") == Some(0) {
        let message = format!("a model of the kind `{architecture}` does not write answers; choose a chat model");
        return unsupported(message);
    }
    if head.tensors == 0 {
        return unsupported("the file holds a vocabulary and no weights; choose the whole model".into());
    }
    Ok(())
}

fn check_file(path: &Path) -> Result<(Head, u64), Stop> {
    let cannot = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => Stop::new(FailureCode::BadModel, format!("there is no model file {}", path.display())),
        kind => Stop::new(FailureCode::BadModel, format!("the model {} cannot be opened: {kind}", path.display())),
    };
    let file = File::open(path).map_err(cannot)?;
    let data = file.metadata().map_err(cannot)?;
    if !data.is_file() {
        return Err(Stop::new(FailureCode::BadModel, format!("{} is not a file", path.display())));
    }
    let length = data.len();
    let mut reader = Reader { file: BufReader::with_capacity(1 << 16, file), length };
    let head = reader.head().map_err(|wrong| wrong.explain(path))?;
    Ok((head, length))
}

/// What a reader stumbles over.
#[derive(Debug)]
enum Wrong {
    NotGguf,
    OldVersion(u32),
    OtherOrder,
    Short,
    Damaged(&'static str),
    Unreadable(ErrorKind),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::UnexpectedEof { Self::Short } else { Self::Unreadable(error.kind()) }
    }
}

impl Wrong {
    fn explain(self, path: &Path) -> Stop {
        let name = path.display();
        let (code, message) = match self {
            Self::NotGguf => {
                (FailureCode::BadModel, format!("{name} is not a GGUF file; fetch the model in the GGUF format"))
            }
            Self::OldVersion(version) => (
                FailureCode::Unsupported,
                format!("{name} is GGUF of version {version}; fetch the model in version 2 or 3"),
            ),
            Self::OtherOrder => {
                (FailureCode::Unsupported, format!("{name} is for machines of the other byte order; fetch another"))
            }
            Self::Short => (
                FailureCode::Truncated,
                format!("{name} ends too early, perhaps because a download was broken off; fetch it again"),
            ),
            Self::Damaged(what) => (FailureCode::BadModel, format!("{name} is damaged ({what}); fetch it again")),
            Self::Unreadable(kind) => (FailureCode::BadModel, format!("{name} cannot be read: {kind}")),
        };
        Stop::new(code, message)
    }
}

struct Reader {
    file: BufReader<File>,
    length: u64,
}

impl Reader {
    fn head(&mut self) -> Result<Head, Wrong> {
        let mut magic = [0; 4];
        self.file.read_exact(&mut magic).map_err(|_| Wrong::NotGguf)?;
        if magic != MAGIC {
            return Err(Wrong::NotGguf);
        }
        match self.u32()? {
            2 | 3 => {}
            version if version.trailing_zeros() >= 16 => return Err(Wrong::OtherOrder),
            version => return Err(Wrong::OldVersion(version)),
        }
        let (tensors, entries) = (self.u64()?, self.u64()?);
        if tensors > MOST_ENTRIES || entries > MOST_ENTRIES {
            return Err(Wrong::Damaged("impossible counts"));
        }
        let mut head = Head { tensors, ..Head::default() };
        for _ in 0..entries {
            let key = self.text()?.ok_or(Wrong::Damaged("an endless name"))?;
            let kind = self.u32()?;
            self.value(&mut head, key, kind, 0)?;
        }
        if head.architecture().is_empty() && head.number("split.no").unwrap_or(0) == 0 {
            return Err(Wrong::Damaged("it does not say what it is"));
        }
        self.tensors(&head)?;
        Ok(head)
    }

    /// Whole numbers and short texts are kept. Of an array of numbers the largest is kept: layers may differ.
    fn value(&mut self, head: &mut Head, key: String, kind: u32, depth: u32) -> Result<(), Wrong> {
        match kind {
            0 | 1 | 7 => self.keep::<1>(head, key),
            2 | 3 => self.keep::<2>(head, key),
            4 | 5 => self.keep::<4>(head, key),
            10 | 11 => self.keep::<8>(head, key),
            6 => self.skip(4),
            12 => self.skip(8),
            8 => {
                if let Some(text) = self.text()? {
                    head.texts.insert(key, text);
                }
                Ok(())
            }
            9 if depth < DEEPEST => {
                let (inner, count) = (self.u32()?, self.u64()?);
                if count > LONGEST_TEXT {
                    return Err(Wrong::Damaged("an endless list"));
                }
                match inner {
                    8 => (0..count).try_for_each(|_| self.skip_text()),
                    4 | 5 | 10 | 11 if count <= 4096 => {
                        (0..count).try_for_each(|_| self.value(head, key.clone(), inner, depth + 1))
                    }
                    0 | 1 | 7 => self.skip(count),
                    2 | 3 => self.skip(2 * count),
                    4..=6 => self.skip(4 * count),
                    10..=12 => self.skip(8 * count),
                    _ => (0..count).try_for_each(|_| self.value(head, key.clone(), inner, depth + 1)),
                }
            }
            _ => Err(Wrong::Damaged("a value of no known kind")),
        }
    }

    fn keep<const BYTES: usize>(&mut self, head: &mut Head, key: String) -> Result<(), Wrong> {
        let mut bytes = [0; 8];
        self.file.read_exact(&mut bytes[..BYTES])?;
        let kept = head.numbers.entry(key).or_default();
        *kept = u64::from_le_bytes(bytes).max(*kept);
        Ok(())
    }

    fn tensors(&mut self, head: &Head) -> Result<(), Wrong> {
        let mut end = 0_u64;
        for _ in 0..head.tensors {
            self.skip_text()?;
            let dimensions = self.u32()?;
            if dimensions > 8 {
                return Err(Wrong::Damaged("a tensor of too many dimensions"));
            }
            let mut count = 1_u64;
            for _ in 0..dimensions {
                count = count.checked_mul(self.u64()?).ok_or(Wrong::Damaged("an endless tensor"))?;
            }
            let (kind, offset) = (self.u32()?, self.u64()?);
            // A kind that is new since this was written is llama.cpp's to judge.
            let size = tensor_bytes(kind, count).unwrap_or(0);
            end = end.max(offset.checked_add(size).ok_or(Wrong::Damaged("an endless tensor"))?);
        }
        let alignment = head.number("general.alignment").unwrap_or(32).clamp(1, 1 << 20);
        let start = self.file.stream_position()?.next_multiple_of(alignment);
        if head.tensors > 0 && start.saturating_add(end) > self.length {
            return Err(Wrong::Short);
        }
        Ok(())
    }

    fn u32(&mut self) -> Result<u32, Wrong> {
        let mut bytes = [0; 4];
        self.file.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn u64(&mut self) -> Result<u64, Wrong> {
        let mut bytes = [0; 8];
        self.file.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// None where it is longer than anything that is of use here; chat templates are the longest.
    fn text(&mut self) -> Result<Option<String>, Wrong> {
        let length = self.text_length()?;
        if length > LONGEST_KEPT {
            return self.skip(length).map(|()| None);
        }
        let mut bytes = vec![0; length as usize];
        self.file.read_exact(&mut bytes)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn skip_text(&mut self) -> Result<(), Wrong> {
        let length = self.text_length()?;
        self.skip(length)
    }

    fn text_length(&mut self) -> Result<u64, Wrong> {
        let length = self.u64()?;
        if length > LONGEST_TEXT { Err(Wrong::Damaged("an endless text")) } else { Ok(length) }
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Wrong> {
        let bytes = i64::try_from(bytes).map_err(|_| Wrong::Short)?;
        self.file.seek_relative(bytes)?;
        // Seeking goes beyond the end without complaint.
        if self.file.stream_position()? > self.length { Err(Wrong::Short) } else { Ok(()) }
    }
}

/// Sizes of ggml's kinds: so many values take so many bytes.
fn tensor_bytes(kind: u32, count: u64) -> Option<u64> {
    let (values, bytes) = match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        27 | 28 => (1, 8),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        29 => (256, 56),
        34 => (256, 54),
        35 => (256, 66),
        39 => (32, 17),
        _ => return None,
    };
    count.div_ceil(values).checked_mul(bytes)
}

#[cfg(test)]
mod tests;

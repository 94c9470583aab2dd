//! Looks a model file over before whisper.cpp does: its loader trusts lengths and takes the whole process down on bad ones.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use reelspan_types::speech::FailureCode;

use crate::Stop;

const MAGIC: u32 = 0x6767_6d6c;
/// The English-only vocabulary; the others are larger.
const FEWEST_TOKENS: i32 = 51_864;

fn damaged(what: &str) -> Stop {
    Stop::new(FailureCode::BadModel, format!("the file is no whole whisper.cpp model ({what}); fetch it again"))
}

/// Gives the file's size if its parts fit together.
pub(crate) fn check(path: &Path) -> Result<u64, Stop> {
    let missing = |error| Stop::new(FailureCode::BadModel, format!("the model cannot be opened: {error}"));
    let file = File::open(path).map_err(missing)?;
    let data = file.metadata().map_err(missing)?;
    if !data.is_file() {
        return Err(damaged("it is not a file"));
    }
    let mut reader = Reader { file: BufReader::new(file), length: data.len() };
    reader.head()?;
    while reader.position()? < reader.length {
        reader.tensor()?;
    }
    Ok(data.len())
}

struct Reader {
    file: BufReader<File>,
    length: u64,
}

impl Reader {
    fn head(&mut self) -> Result<(), Stop> {
        if self.number()? != MAGIC.cast_signed() {
            return Err(damaged("it does not begin like one"));
        }
        let mut sizes = [0; 11];
        for size in &mut sizes {
            *size = self.number()?;
        }
        let [tokens, audio_context, state, heads, layers, text_context, text_state, text_heads, text_layers, mels, _] =
            sizes;
        let fits = (FEWEST_TOKENS..100_000).contains(&tokens)
            && [audio_context, text_context].iter().all(|size| (1..=10_000).contains(size))
            && [state, text_state].iter().all(|size| (1..=8192).contains(size))
            && [heads, text_heads, layers, text_layers].iter().all(|size| (1..=128).contains(size))
            && state == text_state
            && state % heads == 0
            && (1..=512).contains(&mels);
        if !fits {
            return Err(damaged("its sizes are impossible"));
        }
        let (filters, width) = (self.number()?, self.number()?);
        if filters != mels || !(1..=4096).contains(&width) {
            return Err(damaged("its filters are impossible"));
        }
        self.skip(4 * u64::from(filters.unsigned_abs()) * u64::from(width.unsigned_abs()))?;
        let texts = self.number()?;
        if !(1..=tokens).contains(&texts) {
            return Err(damaged("its vocabulary is impossible"));
        }
        let mut blank = false;
        for _ in 0..texts {
            blank |= self.text(1024)? == b" ";
        }
        // The decoder asks for it by name.
        if blank { Ok(()) } else { Err(damaged("its vocabulary has no blank")) }
    }

    fn tensor(&mut self) -> Result<(), Stop> {
        let (dimensions, name, kind) = (self.number()?, self.number()?, self.number()?);
        if !(1..=4).contains(&dimensions) || !(1..=256).contains(&name) {
            return Err(damaged("a tensor is impossible"));
        }
        let mut values = 1_u64;
        for _ in 0..dimensions {
            let size = u64::try_from(self.number()?).map_err(|_| damaged("a tensor is impossible"))?;
            values = values.checked_mul(size).ok_or_else(|| damaged("a tensor is impossible"))?;
        }
        self.skip(u64::from(name.unsigned_abs()))?;
        let (per_block, bytes) = block(kind).ok_or_else(|| damaged("a tensor is of unknown kind"))?;
        let bytes = (values / per_block).checked_mul(bytes).ok_or_else(|| damaged("a tensor is impossible"))?;
        self.skip(bytes)
    }

    fn number(&mut self) -> Result<i32, Stop> {
        let mut bytes = [0; 4];
        self.file.read_exact(&mut bytes).map_err(|_| damaged("it ends too early"))?;
        Ok(i32::from_le_bytes(bytes))
    }

    fn text(&mut self, longest: i32) -> Result<Vec<u8>, Stop> {
        let length = self.number()?;
        if !(0..=longest).contains(&length) {
            return Err(damaged("its vocabulary is impossible"));
        }
        let mut text = vec![0; length.unsigned_abs() as usize];
        self.file.read_exact(&mut text).map_err(|_| damaged("it ends too early"))?;
        Ok(text)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Stop> {
        let end = self.position()?.checked_add(bytes).filter(|&end| end <= self.length);
        end.ok_or_else(|| damaged("it ends too early"))?;
        let bytes = i64::try_from(bytes).map_err(|_| damaged("it ends too early"))?;
        self.file.seek_relative(bytes).map_err(|_| damaged("it cannot be read"))
    }

    fn position(&mut self) -> Result<u64, Stop> {
        self.file.stream_position().map_err(|_| damaged("it cannot be read"))
    }
}

/// Values and bytes of one block of ggml's storage kinds.
fn block(kind: i32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),
        1 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use reelspan_testing::whisper_model::{Language, Said, write};

    use super::*;

    fn checked(bytes: &[u8]) -> Result<u64, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        std::fs::write(&path, bytes).unwrap();
        check(&path).map_err(|stop| stop.message)
    }

    fn model() -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, Language::English, &[Said::At(0.0), Said::Text(" a"), Said::At(1.0)]).unwrap();
        bytes
    }

    #[test]
    fn whole_models_pass() {
        assert_eq!(checked(&model()), Ok(model().len() as u64));
    }

    #[test]
    fn cut_and_foreign_files_do_not() {
        let whole = model();
        for length in [0, 3, 20, 60, 65_000, 300_000, 700_000, whole.len() / 2, whole.len() - 1] {
            assert!(checked(&whole[..length]).is_err(), "cut to {length}");
        }
        assert!(checked(b"GGUF and so on, another format altogether").is_err());
        let mut wide = whole.clone();
        wide[12..16].copy_from_slice(&i32::MAX.to_le_bytes());
        assert!(checked(&wide).unwrap_err().contains("sizes are impossible"));
        let mut long = whole;
        let first_text = 4 + 44 + 8 + 80 * 201 * 4 + 4;
        long[first_text..first_text + 4].copy_from_slice(&i32::MAX.to_le_bytes());
        assert!(checked(&long).unwrap_err().contains("vocabulary"));
        assert!(check(Path::new("/nonexistent.bin")).is_err() && check(Path::new("/tmp")).is_err());
    }
}

//! Packets that an encoder made, kept in one file until their place in the finished file is known.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::CutError;
use super::stream::{Init, Packets};

#[derive(Debug)]
pub(super) struct Shelf {
    file: PathBuf,
    pub(super) init: Init,
    /// In the order of decoding.
    pub(super) packets: Vec<Kept>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) pts: i64,
    pub(super) size: u32,
    pub(super) key: bool,
}

impl Shelf {
    /// Takes all packets of a stream, saying how many there are as they come.
    pub(super) fn fill<R: Read>(file: &Path, reader: R, on: &mut dyn FnMut(u64)) -> Result<Self, CutError> {
        let no_room = CutError::io("a working file could not be written");
        let mut packets = Packets::new(reader)?;
        let mut out = BufWriter::new(File::create(file).map_err(&no_room)?);
        let mut kept = Vec::new();
        while let Some(packet) = packets.next()? {
            out.write_all(&packet.data).map_err(&no_room)?;
            let size = packet.data.len() as u32;
            kept.push(Kept { pts: packet.pts, size, key: packet.key });
            on(kept.len() as u64);
        }
        out.flush().map_err(&no_room)?;
        Ok(Self { file: file.to_owned(), init: packets.init, packets: kept })
    }

    /// Reads the packets again, one after another.
    pub(super) fn open(&self) -> Result<Reader<'_>, CutError> {
        let file = File::open(&self.file).map_err(CutError::io("a working file could not be read"))?;
        Ok(Reader { file: BufReader::new(file), packets: self.packets.iter() })
    }
}

pub(super) struct Reader<'a> {
    file: BufReader<File>,
    packets: std::slice::Iter<'a, Kept>,
}

impl Reader<'_> {
    pub(super) fn next(&mut self) -> Result<Vec<u8>, CutError> {
        let kept = self.packets.next().ok_or(CutError::Broken("an encoder made fewer packets than it said"))?;
        let mut data = vec![0; kept.size as usize];
        self.file.read_exact(&mut data).map_err(CutError::io("a working file could not be read"))?;
        Ok(data)
    }
}

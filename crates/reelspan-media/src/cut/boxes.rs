//! The boxes that MP4 files are made of: finding them in bytes and writing them.

/// A box within bytes: its kind and what it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) kind: [u8; 4],
    /// With its header.
    pub(super) whole: &'a [u8],
    pub(super) body: &'a [u8],
}

/// The boxes that stand one after another; ends at the first that does not fit.
pub(super) fn each(mut bytes: &[u8]) -> impl Iterator<Item = Found<'_>> {
    std::iter::from_fn(move || {
        let size = number(bytes, 0)? as usize;
        let kind = bytes.get(4..8)?.try_into().ok()?;
        let (header, size) = match size {
            1 => (16, usize::try_from(long(bytes, 8)?).ok()?),
            0 => (8, bytes.len()),
            size => (8, size),
        };
        let whole = bytes.get(..size)?;
        let body = whole.get(header..)?;
        bytes = &bytes[size..];
        Some(Found { kind, whole, body })
    })
}

/// The first box on this path.
pub(super) fn find<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    let (first, rest) = path.split_first()?;
    let found = each(bytes).find(|one| one.kind == **first)?;
    if rest.is_empty() { Some(found.body) } else { find(found.body, rest) }
}

pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}

pub(super) fn long(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_be_bytes)
}

/// Writes one box; its size is filled in when its body is known.
pub(super) fn write(out: &mut Vec<u8>, kind: &[u8; 4], body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend([0; 4]);
    out.extend(kind);
    body(out);
    let size = (out.len() - at) as u32;
    out[at..at + 4].copy_from_slice(&size.to_be_bytes());
}

/// One box with a version and flags.
pub(super) fn write_full(out: &mut Vec<u8>, kind: &[u8; 4], version: u8, flags: u32, body: impl FnOnce(&mut Vec<u8>)) {
    write(out, kind, |out| {
        put(out, u32::from(version) << 24 | flags);
        body(out);
    });
}

pub(super) fn put(out: &mut Vec<u8>, number: u32) {
    out.extend(number.to_be_bytes());
}

pub(super) fn put_short(out: &mut Vec<u8>, number: u16) {
    out.extend(number.to_be_bytes());
}

pub(super) fn put_long(out: &mut Vec<u8>, number: u64) {
    out.extend(number.to_be_bytes());
}

/// What stands in a picture's sample entry before its own boxes.
const PICTURE_ENTRY: usize = 78;

/// The body of one box within a picture's sample entry.
pub(super) fn in_entry<'a>(entry: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    find(entry.get(8 + PICTURE_ENTRY..)?, &[kind])
}

/// A picture's sample entry with one box replaced and the claim of a bit rate left out, which no longer holds.
pub(super) fn with_in_entry(entry: &[u8], kind: &[u8; 4], body: &[u8]) -> Option<Vec<u8>> {
    let name = entry.get(4..8)?.try_into().ok()?;
    let fixed = entry.get(8..8 + PICTURE_ENTRY)?;
    let mut out = Vec::new();
    write(&mut out, &name, |out| {
        out.extend(fixed);
        for one in each(&entry[8 + PICTURE_ENTRY..]) {
            match &one.kind {
                b"btrt" => {}
                found if found == kind => write(out, kind, |out| out.extend(body)),
                _ => out.extend(one.whole),
            }
        }
    });
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_found_again() {
        let mut out = Vec::new();
        write(&mut out, b"moov", |out| {
            write_full(out, b"mvhd", 1, 7, |out| put(out, 9));
            write(out, b"trak", |out| write(out, b"tkhd", |out| put_long(out, 5)));
        });
        assert_eq!(find(&out, &[b"moov", b"mvhd"]), Some(&[1, 0, 0, 7, 0, 0, 0, 9][..]));
        assert_eq!(find(&out, &[b"moov", b"trak", b"tkhd"]).and_then(|body| long(body, 0)), Some(5));
        assert_eq!(find(&out, &[b"moov", b"mdia"]), None);
    }

    #[test]
    fn sizes_that_lie_end_the_search() {
        for lie in
            [&[0, 0, 0, 3, b'm', b'o', b'o', b'v'][..], &[0, 0, 1, 0, b'm', b'o', b'o', b'v'], &[0, 0, 0, 1], b""]
        {
            assert!(each(lie).next().is_none(), "{lie:?}");
        }
    }

    #[test]
    fn one_box_of_a_sample_entry_is_replaced_and_the_others_stay() {
        let mut entry = Vec::new();
        write(&mut entry, b"avc1", |out| {
            out.extend([7; PICTURE_ENTRY]);
            write(out, b"avcC", |out| out.push(1));
            write(out, b"btrt", |out| out.push(2));
            write(out, b"colr", |out| out.push(3));
        });
        let changed = with_in_entry(&entry, b"avcC", &[4, 5]).unwrap();
        assert_eq!(in_entry(&changed, b"avcC"), Some(&[4, 5][..]));
        assert_eq!(in_entry(&changed, b"colr"), Some(&[3][..]));
        assert_eq!(in_entry(&changed, b"btrt"), None);
        assert_eq!(changed.len() as u32, number(&changed, 0).unwrap());
    }
}

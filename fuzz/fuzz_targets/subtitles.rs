//! Any bytes are read as subtitles or refused, and what was read can be mended, cut and written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reelspan_media::{captions, subtitles};
use reelspan_types::Span;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, rest)) = bytes.split_first() else { return };
    let extension = ["", "srt", "vtt", "json"][usize::from(which % 4)];
    let Ok(read) = subtitles::parse(rest, extension) else { return };
    assert!(!read.words.is_empty());
    let mended = read.repaired(&[Span::new(0.0, 10.0), Span::new(11.0, 20.0)], 3600.0);
    assert!(mended.words.windows(2).all(|pair| pair[0].start <= pair[0].end && pair[0].end <= pair[1].start));
    let covered: usize = mended.sentences().iter().map(|sentence| sentence.words.len()).sum();
    assert_eq!(covered, mended.words.len());
    let captions = captions::group(&mended.words, Span::new(0.0, 3600.0), mended.language.as_deref());
    assert!(captions.windows(2).all(|pair| pair[0].end <= pair[1].start));
});

//! Files that other people made, the odd and the hostile ones among them.

use std::path::{Path, PathBuf};

use reelspan_media::operations::{Format, Preset, Quality, Resolution};
use reelspan_testing::open_media;

use crate::bench::{Bench, request};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Every one gives a file or an error of a known kind, and never anything half-made.
fn each(folder: &str, format: Format) -> Option<(usize, usize)> {
    let folder = open_media(folder)?;
    let (mut made, mut all) = (0, 0);
    for file in files(&folder) {
        let mut bench = Bench::new().given(&file);
        bench.limits.wall = std::time::Duration::from_secs(60);
        let mut request = request(format, 1, &[("-t", "2")]);
        if format == Format::Mp4 {
            request.options.clear();
            request.preset = Some(Preset { quality: Quality::Low, resolution: Some(Resolution::P480) });
        }
        all += 1;
        match bench.try_run(&request, "out") {
            Ok(_) => made += 1,
            Err(error) => {
                let known = ["input_unusable", "option_unfit", "time_limit", "memory_limit"];
                assert!(known.contains(&error.code()), "{}: {} {error}", file.display(), error.code());
                eprintln!("{}: {} {error}", file.file_name().unwrap().display(), error.code());
            }
        }
    }
    Some((made, all))
}

#[test]
fn odd_files_become_films() {
    let Some((made, all)) = each("odd", Format::Mp4) else { return };
    assert!(made * 10 >= all * 6, "{made} of {all}");
}

#[test]
fn hostile_files_end_in_a_file_or_a_known_error() {
    let Some((made, all)) = each("hostile", Format::Webm) else { return };
    assert!(made > 0 && made < all, "{made} of {all}");
}

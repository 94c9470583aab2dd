//! Shared by the blueprint tests: makes small sources, runs a blueprint in the jail, and looks at what it made.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use reelspan_media::blueprints::{self, BlueprintError, Inputs, Limits, Made, Order};
use reelspan_media::captions::Fonts;
use reelspan_media::tool::{Jail, Settings, Tools};
use reelspan_types::Cancel;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct Bench {
    pub(crate) tools: Tools,
    pub(crate) folder: TempDir,
    pub(crate) limits: Limits,
    pub(crate) subtitles: Option<String>,
    /// Every run has a folder of its own.
    runs: Cell<usize>,
}

pub(crate) fn fonts() -> &'static Fonts {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    FONTS.get_or_init(|| Fonts::scan(["/usr/share/fonts".into()]))
}

#[expect(clippy::disallowed_methods, reason = "tests find ffmpeg as a user's shell would")]
pub(crate) fn bench() -> Bench {
    let path = std::env::var_os("PATH");
    let jail = Jail::Helper { program: env!("CARGO_BIN_EXE_reelspan-jail").into(), args: Vec::new() };
    let settings = Settings { ffmpeg: None, ffprobe: None, path, jail, fonts: vec!["/usr/share/fonts".into()] };
    let tools = Tools::find(settings).unwrap();
    Bench {
        tools,
        folder: tempfile::tempdir().unwrap(),
        limits: Limits::default(),
        subtitles: None,
        runs: Cell::new(0),
    }
}

/// The checked inputs of a request whose files lie where these paths say.
pub(crate) fn inputs(slug: &str, files: &[(&'static str, &Path)], more: Value) -> Inputs {
    let mut sent = more.as_object().unwrap().clone();
    for (field, _) in files {
        sent.insert((*field).to_owned(), json!("https://example.com/file"));
    }
    blueprints::check(slug, &sent).unwrap()
}

impl Bench {
    fn out(&self) -> PathBuf {
        let out = self.folder.path().join(format!("out{}", self.runs.get()));
        std::fs::create_dir_all(&out).unwrap();
        out
    }

    pub(crate) fn try_run(
        &self,
        slug: &str,
        files: &[(&'static str, &Path)],
        more: Value,
        cancel: &Cancel,
    ) -> Result<Vec<Made>, BlueprintError> {
        let inputs = inputs(slug, files, more);
        let files: BTreeMap<&'static str, PathBuf> =
            files.iter().map(|(field, path)| (*field, path.to_path_buf())).collect();
        self.runs.set(self.runs.get() + 1);
        let folder = self.out();
        let order = Order {
            inputs: &inputs,
            files: &files,
            fonts: fonts(),
            folder: &folder,
            subtitles: self.subtitles.as_deref(),
            limits: self.limits,
        };
        let mut last = 0.0;
        let made = blueprints::run(&self.tools, &order, cancel, &mut |share| {
            assert!((0.0..=1.0).contains(&share));
            last = share;
        });
        assert!(made.is_err() || last == 1.0, "the progress ends at {last}");
        made
    }

    /// Runs it and checks that nothing but the finished files is left.
    #[track_caller]
    pub(crate) fn run(&self, slug: &str, files: &[(&'static str, &Path)], more: Value) -> Vec<Made> {
        let made = self.try_run(slug, files, more, &Cancel::new()).unwrap();
        let mut names: Vec<_> = made.iter().map(|one| one.path.clone()).collect();
        names.sort();
        assert_eq!(self.left(), names);
        made
    }

    /// The only file of a blueprint.
    #[track_caller]
    pub(crate) fn one(&self, slug: &str, files: &[(&'static str, &Path)], more: Value) -> Made {
        let mut made = self.run(slug, files, more);
        assert_eq!(made.len(), 1);
        made.remove(0)
    }

    pub(crate) fn left(&self) -> Vec<PathBuf> {
        let mut left: Vec<_> = std::fs::read_dir(self.out()).unwrap().map(|entry| entry.unwrap().path()).collect();
        left.sort();
        left
    }

    /// Makes a file with ffmpeg; arguments are split at spaces.
    pub(crate) fn make(&self, name: &str, args: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        self.ffmpeg(args.split_whitespace().chain([path.to_str().unwrap()]));
        path
    }

    #[expect(clippy::disallowed_methods, reason = "tests make their own trusted media")]
    pub(crate) fn ffmpeg<'a>(&self, args: impl Iterator<Item = &'a str>) -> Vec<u8> {
        let mut run = std::process::Command::new(&self.tools.ffmpeg);
        let output = run.args(["-v", "error", "-nostdin", "-y"]).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Every frame as RGB of that size.
    pub(crate) fn frames(&self, file: &Path, (width, height): (usize, usize)) -> Vec<Frame> {
        let scale = format!("scale={width}:{height}:flags=area,format=rgb24");
        let args = [
            "-i",
            file.to_str().unwrap(),
            "-an",
            "-vf",
            &scale,
            "-fps_mode",
            "passthrough",
            "-f",
            "rawvideo",
            "pipe:1",
        ];
        let bytes = self.ffmpeg(args.into_iter());
        bytes.chunks_exact(width * height * 3).map(|rgb| Frame { width, rgb: rgb.to_vec() }).collect()
    }

    /// The first channel at 48 kHz.
    pub(crate) fn samples(&self, file: &Path) -> Vec<f32> {
        let args = ["-i", file.to_str().unwrap(), "-vn", "-ac", "1", "-ar", "48000", "-f", "f32le", "pipe:1"];
        let bytes = self.ffmpeg(args.into_iter());
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }

    /// Two seconds of a test picture with a tone.
    pub(crate) fn video(&self, name: &str, size: &str) -> PathBuf {
        let args = format!(
            "-f lavfi -i testsrc2=s={size}:r=25:d=2 -f lavfi -i sine=f=440:d=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -shortest"
        );
        self.make(name, &args)
    }
}

#[derive(Clone, PartialEq)]
pub(crate) struct Frame {
    width: usize,
    rgb: Vec<u8>,
}

impl Frame {
    pub(crate) fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// The mean difference of a colour value.
    pub(crate) fn differs(&self, other: &Self) -> f64 {
        let sum: u64 = self.rgb.iter().zip(&other.rgb).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / self.rgb.len() as f64
    }

    /// The columns and rows (first and last) of what a test of colour picks.
    pub(crate) fn bounds(&self, is: impl Fn([u8; 3]) -> bool) -> Option<(usize, usize, usize, usize)> {
        let height = self.rgb.len() / 3 / self.width;
        let mut found: Option<(usize, usize, usize, usize)> = None;
        for y in 0..height {
            for x in (0..self.width).filter(|x| is(self.at(*x, y))) {
                let (l, t, r, b) = found.unwrap_or((x, y, x, y));
                found = Some((l.min(x), t.min(y), r.max(x), b.max(y)));
            }
        }
        found
    }
}

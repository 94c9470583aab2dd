//! What every test here needs: a folder, small inputs, a run, and eyes and ears for what came out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reelspan_media::operations::{File, Files, Flag, Format, Input, Limits, Made, OperationError, Request, run};
use reelspan_types::Cancel;

use crate::tools::{bare, ffmpeg, jailed, make};

pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) files: Files,
    pub(crate) limits: Limits,
}

pub(crate) fn request(format: Format, inputs: usize, options: &[(&str, &str)]) -> Request {
    let inputs = vec![Input::default(); inputs];
    Request { inputs, format, preset: None, options: flags(options), filters: Vec::new() }
}

pub(crate) fn flags(options: &[(&str, &str)]) -> Vec<Flag> {
    let flag = |(option, argument): &(&str, &str)| {
        if argument.is_empty() { Flag::bare(option) } else { Flag::new(option, argument) }
    };
    options.iter().map(flag).collect()
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), files: Files::default(), limits: Limits::default() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One more input, made by ffmpeg.
    pub(crate) fn input(mut self, args: &str, name: &str) -> Self {
        let path = self.path(name);
        make(&format!("-v error {args}"), &path);
        self.files.inputs.push(File { path, info: None });
        self
    }

    pub(crate) fn given(mut self, path: &Path) -> Self {
        self.files.inputs.push(File { path: path.to_owned(), info: None });
        self
    }

    /// A film of one colour with a tone.
    pub(crate) fn film(self, colour: &str, size: &str, rate: u32, hertz: u32, seconds: f64, name: &str) -> Self {
        let args = format!(
            "-f lavfi -i color=c={colour}:s={size}:r={rate}:d={seconds} -f lavfi -i sine=f={hertz}:r=48000:d={seconds} -pix_fmt yuv420p -shortest"
        );
        self.input(&args, name)
    }

    pub(crate) fn referenced(mut self, address: &str, path: &Path) -> Self {
        self.files.referenced = BTreeMap::from([(address.to_owned(), path.to_owned())]);
        self
    }

    pub(crate) fn try_run(&self, request: &Request, output: &str) -> Result<Made, OperationError> {
        let (output, mut last) = (self.path(output), 0.0);
        let made = run(
            &jailed(),
            request,
            &self.files,
            &output,
            self.folder.path(),
            &self.limits,
            &Cancel::new(),
            &mut |share| {
                assert!((0.0..=1.0).contains(&share) && share >= last, "{share} after {last}");
                last = share;
            },
        );
        assert_eq!(made.is_ok(), output.exists(), "a file appears exactly where it was made");
        let left = std::fs::read_dir(self.folder.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
        assert_eq!(left.count(), 0, "nothing half-made is left");
        made
    }

    #[track_caller]
    pub(crate) fn run(&self, request: &Request, output: &str) -> Made {
        match self.try_run(request, output) {
            Ok(made) => made,
            Err(error) => panic!("{}: {error}", error.code()),
        }
    }

    /// The mean colour of one frame, or of a part of it.
    pub(crate) fn colour(&self, output: &str, at: f64, part: &str) -> (u8, u8, u8) {
        let mut command = ffmpeg(&format!("-v error -ss {at}"));
        command.args.extend(["-i".into(), self.path(output).into()]);
        let crop = if part.is_empty() { String::new() } else { format!("crop={part},") };
        let filter = format!("{crop}scale=1:1:flags=area,format=rgb24");
        command.args.extend(["-vf", &filter, "-frames:v", "1", "-f", "rawvideo", "pipe:1"].map(Into::into));
        let bytes = bare().run(command, &Cancel::new()).unwrap().stdout;
        let [r, g, b] = bytes[..] else { panic!("no frame at {at}") };
        (r, g, b)
    }

    /// How loud a tone is between two times, in dB below full.
    pub(crate) fn tone(&self, output: &str, hertz: u32, from: f64, to: f64) -> f64 {
        let mut command = ffmpeg("-v error");
        command.args.extend(["-i".into(), self.path(output).into()]);
        let filter = format!("atrim={from}:{to},bandpass=f={hertz}:width_type=h:w=40");
        command
            .args
            .extend(["-vn", "-af", &filter, "-ac", "1", "-ar", "8000", "-f", "f32le", "pipe:1"].map(Into::into));
        let bytes = bare().run(command, &Cancel::new()).unwrap().stdout;
        let samples: Vec<f32> =
            bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
        let mean = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
        10.0 * mean.max(1e-12).log10()
    }
}

pub(crate) fn near((r, g, b): (u8, u8, u8), (wr, wg, wb): (u8, u8, u8)) -> bool {
    r.abs_diff(wr) < 24 && g.abs_diff(wg) < 24 && b.abs_diff(wb) < 24
}

pub(crate) const RED: (u8, u8, u8) = (254, 0, 0);
pub(crate) const GREEN: (u8, u8, u8) = (0, 128, 0);
pub(crate) const BLUE: (u8, u8, u8) = (0, 0, 254);
pub(crate) const BLACK: (u8, u8, u8) = (0, 0, 0);

//! Shared by the montage tests: counting sources, music with clicks, small plans, and what stands in the finished file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reelspan_media::montage::{Order, Source, render};
use reelspan_media::plan::{
    EditSettings, EditShot, Joint, JointKind, Kind, Layout, Music, MusicEdit, Pace, SCHEMA, ShotLayout, Watermark,
};
use reelspan_media::probe::MediaInfo;
use reelspan_media::render::{Encoder, RenderError, Rendered};
use reelspan_types::{Aspect, Cancel};

use crate::bench::{Bench, shot as layout};

/// Strips of the code that each frame shows.
const BITS: usize = 10;

/// Files under the names that a plan gives them.
pub(crate) struct Edit<'a> {
    pub(crate) bench: &'a Bench,
    pub(crate) sources: Vec<(String, PathBuf, MediaInfo)>,
    pub(crate) music: PathBuf,
    pub(crate) plan: MusicEdit,
    pub(crate) aspect: Aspect,
}

/// Frames that show their own number, `first` and on, as ten upright strips of gray code.
pub(crate) fn counting(rate: &str, frames: u32, first: u32, size: &str) -> String {
    let bit = format!("floor((N+{first})/pow(2,floor(X*{BITS}/W)))+floor((N+{first})/pow(2,floor(X*{BITS}/W)+1))");
    format!(
        "-f lavfi -i nullsrc=s={size}:r={rate},format=yuv420p,geq=lum='if(mod({bit},2),235,16)':cb=128:cr=128 \
         -frames:v {frames} -c:v libx264 -preset ultrafast -qp 12 -g 40 -bf 2 -color_range tv"
    )
}

/// A click at every one of these seconds, 24-bit, with a faint hum under it.
pub(crate) fn clicks(times: &[f64], length: f64) -> String {
    let click: Vec<String> = times.iter().map(|t| format!("between(t\\,{t}\\,{})", t + 0.004)).collect();
    let sum = click.join("+");
    format!("-f lavfi -i aevalsrc=exprs=0.01*sin(2*PI*150*t)+0.7*({sum})*sin(2*PI*2000*t):s=44100:d={length}")
}

pub(crate) fn cut(at: f64, source: &str, start: f64) -> EditShot {
    let (layouts, reason, terms) = (BTreeMap::new(), String::new(), vec![]);
    EditShot { at, source: source.into(), start, joint: None, layouts, reason, terms }
}

pub(crate) fn joined(at: f64, source: &str, start: f64, kind: JointKind, seconds: f64) -> EditShot {
    EditShot { joint: Some(Joint { kind, seconds }), ..cut(at, source, start) }
}

impl<'a> Edit<'a> {
    pub(crate) fn new(bench: &'a Bench, sources: &[(&str, &Path)], music: &Path) -> Self {
        let sources =
            sources.iter().map(|(id, path)| ((*id).to_owned(), path.to_path_buf(), bench.info(path))).collect();
        let plan = MusicEdit {
            schema: SCHEMA.into(),
            kind: Kind::MusicEdit,
            sources: vec![],
            music: Music {
                path: String::new(),
                blake3: String::new(),
                duration: 60.0,
                start: 0.0,
                bpm: None,
                beats: vec![],
                downbeats: vec![],
                sections: vec![],
                fade_in: 0.0,
                fade_out: 0.0,
            },
            settings: EditSettings {
                aspects: vec![Aspect::VERTICAL],
                length: 2.0,
                frame_rate: [25, 1],
                pace: Pace::Balanced,
                loudness: -14.0,
                original_sound: None,
                watermark: Watermark::None,
            },
            notes: vec![],
            shots: vec![],
        };
        let aspect = "16:9".parse().unwrap();
        Self { bench, sources, music: music.to_owned(), plan, aspect }
    }

    /// Every shot shows the middle of its source.
    pub(crate) fn shots(&mut self, rate: [u32; 2], length: f64, shots: Vec<EditShot>) -> &mut Self {
        (self.plan.settings.frame_rate, self.plan.settings.length, self.plan.shots) = (rate, length, shots);
        self.laid_out(Layout::Center)
    }

    pub(crate) fn laid_out(&mut self, kind: Layout) -> &mut Self {
        let one = |start: f64| -> Vec<ShotLayout> { vec![layout(start, start + 60.0, kind)] };
        for shot in &mut self.plan.shots {
            shot.layouts = [(self.aspect, one(shot.start))].into();
        }
        self
    }

    pub(crate) fn try_render(&self, cancel: &Cancel) -> Result<Rendered, RenderError> {
        let sources: Vec<Source<'_>> = self.sources.iter().map(|(id, path, info)| Source { id, path, info }).collect();
        let info = self.bench.info(&self.music);
        let output = self.bench.path("out.mp4");
        let order = Order {
            plan: &self.plan,
            aspect: self.aspect,
            sources: &sources,
            music: Source { id: "music", path: &self.music, info: &info },
            ass: None,
            encoder: Encoder::X264,
            output: &output,
        };
        render(&self.bench.tools, &order, cancel, &mut |_| {})
    }

    pub(crate) fn render(&self) -> Rendered {
        let rendered = self.try_render(&Cancel::new()).unwrap();
        assert_eq!(self.bench.leftovers(), Vec::<String>::new());
        rendered
    }
}

/// The number that each frame of a finished file shows, from a stripe across its middle that is `wide` by `high` of it.
pub(crate) fn numbers(bench: &Bench, file: &Path, wide: f64, high: f64) -> Vec<usize> {
    let filter = format!(
        "crop=floor(iw*{wide}/2)*2:floor(ih*{high}/2)*2,scale={BITS}:1:flags=area:in_range=limited:out_range=limited,format=gray"
    );
    let args = ["-i", file.to_str().unwrap(), "-an", "-vf", &filter, "-f", "rawvideo", "pipe:1"];
    let read = |row: &[u8]| {
        let gray = (0..BITS).filter(|bit| row[*bit] > 126).fold(0, |sum, bit| sum | 1 << bit);
        (0..BITS).fold(0, |number, shift| number ^ (gray >> shift))
    };
    bench.ffmpeg(args.into_iter()).chunks_exact(BITS).map(read).collect()
}

/// When the loudest sounds of a finished file begin.
pub(crate) fn attacks(samples: &[f32]) -> Vec<f64> {
    let loudest = samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    let mut found: Vec<f64> = Vec::new();
    for (i, sample) in samples.iter().enumerate() {
        let at = i as f64 / 48_000.0;
        if sample.abs() > loudest * 0.4 && found.last().is_none_or(|last| at - last > 0.05) {
            found.push(at);
        }
    }
    found
}

//! Shared by the render tests: makes small sources with ffmpeg, renders them, and looks at the result.

use std::path::{Path, PathBuf};

use reelspan_media::plan::{Clip, Layout, ShotLayout, Watermark};
use reelspan_media::probe::{MediaInfo, probe};
use reelspan_media::render::{Encoder, Order, RenderError, Rendered, render};
use reelspan_media::tool::{Jail, Settings, Tools};
use reelspan_types::{Aspect, Cancel};
use tempfile::TempDir;

pub(crate) struct Bench {
    pub(crate) tools: Tools,
    pub(crate) folder: TempDir,
}

#[expect(clippy::disallowed_methods, reason = "tests find ffmpeg as a user's shell would")]
pub(crate) fn bench() -> Bench {
    let path = std::env::var_os("PATH");
    let settings = Settings { ffmpeg: None, ffprobe: None, path, jail: Jail::Off, fonts: Vec::new() };
    Bench { tools: Tools::find(settings).unwrap(), folder: tempfile::tempdir().unwrap() }
}

impl Bench {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a file with ffmpeg; arguments are split at spaces.
    pub(crate) fn make(&self, name: &str, args: &str) -> PathBuf {
        let path = self.path(name);
        self.ffmpeg(args.split_whitespace().chain([path.to_str().unwrap()]));
        path
    }

    #[expect(clippy::disallowed_methods, reason = "tests make their own trusted media")]
    pub(crate) fn ffmpeg<'a>(&self, args: impl Iterator<Item = &'a str>) -> Vec<u8> {
        let run =
            std::process::Command::new(&self.tools.ffmpeg).args(["-v", "error", "-nostdin", "-y"]).args(args).output();
        let output = run.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    pub(crate) fn info(&self, input: &Path) -> MediaInfo {
        probe(&self.tools, input).unwrap()
    }

    pub(crate) fn try_render(
        &self,
        input: &Path,
        clip: &Clip,
        aspect: &str,
        cancel: &Cancel,
    ) -> Result<Rendered, RenderError> {
        let info = self.info(input);
        let output = self.path("out.mp4");
        let order = Order {
            input,
            info: &info,
            clip,
            aspect: aspect.parse().unwrap(),
            ass: None,
            watermark: &Watermark::None,
            loudness: -14.0,
            encoder: Encoder::X264,
            output: &output,
        };
        render(&self.tools, &order, cancel, &mut |_| {})
    }

    /// Renders one clip with one layout all over.
    pub(crate) fn render(&self, input: &Path, start: f64, end: f64, aspect: &str, layout: Layout) -> Rendered {
        let clip = clip(start, end, aspect, vec![shot(start, end, layout)]);
        let rendered = self.try_render(input, &clip, aspect, &Cancel::new()).unwrap();
        assert_eq!(self.leftovers(), Vec::<String>::new());
        rendered
    }

    /// Hidden files that a render left in the folder.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with('.')).collect()
    }

    /// Every frame of a file as `side` x `side` gray values.
    pub(crate) fn frames(&self, file: &Path, side: usize) -> Vec<Vec<u8>> {
        let scale = format!("scale={side}:{side}:flags=area:in_range=limited:out_range=limited,format=gray");
        let args = ["-i", file.to_str().unwrap(), "-an", "-vf", &scale, "-f", "rawvideo", "pipe:1"];
        self.ffmpeg(args.into_iter()).chunks_exact(side * side).map(<[u8]>::to_vec).collect()
    }

    /// The mean brightness of every frame.
    pub(crate) fn levels(&self, file: &Path) -> Vec<f64> {
        let mean = |frame: &Vec<u8>| frame.iter().map(|v| f64::from(*v)).sum::<f64>() / frame.len() as f64;
        self.frames(file, 16).iter().map(mean).collect()
    }

    /// The first channel at 48 kHz.
    pub(crate) fn samples(&self, file: &Path) -> Vec<f32> {
        let args = ["-i", file.to_str().unwrap(), "-vn", "-ac", "1", "-ar", "48000", "-f", "f32le", "pipe:1"];
        let bytes = self.ffmpeg(args.into_iter());
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }
}

pub(crate) fn shot(start: f64, end: f64, layout: Layout) -> ShotLayout {
    ShotLayout { start, end, layout, path: vec![], zoom: 1.0, panes: vec![], reason: String::new() }
}

pub(crate) fn clip(start: f64, end: f64, aspect: &str, layouts: Vec<ShotLayout>) -> Clip {
    let aspect: Aspect = aspect.parse().unwrap();
    Clip {
        id: "01".into(),
        start,
        end,
        title: String::new(),
        hook: None,
        score: 0.5,
        reason: String::new(),
        thumbnail: None,
        terms: vec![],
        layouts: [(aspect, layouts)].into(),
        captions: vec![],
    }
}

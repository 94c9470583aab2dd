//! Sources whose frames carry their own number, and what is left of them after a cut.

use std::path::{Path, PathBuf};

use reelspan_media::cut::{self, CutError, Finished, Mode, Order};
use reelspan_media::probe::probe;
use reelspan_media::tool::{Program, Tools, file_arg};
use reelspan_types::{Cancel, Span};

use crate::support;

/// Sixteen columns of black or white tell the number of a frame in binary; the rest moves, so that there is work to do.
const COUNTER: &str =
    "geq=lum='if(lt(Y,72),if(mod(floor(N/pow(2,floor(X/12))),2),225,30),120+40*sin(X/9+N/3))':cb=128:cr=128";
/// A beep of 20 ms twice a second over faint noise.
const BEEPS: &str = "aevalsrc=exprs='0.7*lt(mod(t\\,0.5)\\,0.02)*sin(2*PI*1000*t)+0.002*(random(0)-0.5)'";

pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) tools: Tools,
}

pub(crate) fn bench() -> Bench {
    Bench { folder: tempfile::tempdir().unwrap(), tools: support::jailed() }
}

impl Bench {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A source with a picture and beeps; `how` names the encoders.
    pub(crate) fn source(&self, name: &str, rate: &str, frames: u32, how: &str) -> PathBuf {
        let file = self.path(name);
        let seconds = f64::from(frames) / rate_of(rate);
        support::make(
            &format!(
                "-f lavfi -i nullsrc=s=192x108:r={rate},format=yuv420p,{COUNTER} -f lavfi -i {BEEPS}:s=48000:d={seconds} \
                 -map 0 -map 1 -frames:v {frames} {how}"
            ),
            &file,
        );
        file
    }

    pub(crate) fn cut(&self, input: &Path, output: &str, keeps: &[Span]) -> Result<Finished, CutError> {
        self.cut_as(input, output, keeps, Mode::Auto, false)
    }

    pub(crate) fn cut_as(
        &self,
        input: &Path,
        output: &str,
        keeps: &[Span],
        mode: Mode,
        room_tone: bool,
    ) -> Result<Finished, CutError> {
        let info = probe(&self.tools, input).unwrap();
        let output = self.path(output);
        let order = Order { input, info: &info, keeps, fade: 0.01, room_tone, mode, output: &output };
        cut::cut(&self.tools, &order, &Cancel::new(), &mut |_| {})
    }

    fn read(&self, args: &str, file: &Path) -> Vec<u8> {
        let (before, after) = args.split_once("INPUT").unwrap();
        let mut command = support::ffmpeg(before);
        command.program = Program::Ffmpeg;
        command.args.push("-i".into());
        command.args.push(file_arg(file));
        command.args.extend(after.split_whitespace().map(Into::into));
        // Of a transport stream ffmpeg counts from the start of the streams that are used, so all are.
        command.args.extend("-map 0:v? -map 0:a? -c copy -f null -".split(' ').map(Into::into));
        support::bare().run(command, &Cancel::new()).unwrap().stdout
    }

    /// The number that each frame shows.
    pub(crate) fn numbers(&self, file: &Path) -> Vec<u32> {
        let pixels = self.read(
            "-v error INPUT -map 0:v:0 -fps_mode passthrough -vf scale=192:108,format=gray -f rawvideo pipe:1",
            file,
        );
        let bit = |frame: &[u8], column: usize| u32::from(frame[36 * 192 + column * 12 + 6] > 128);
        pixels.chunks_exact(192 * 108).map(|frame| (0..16).map(|at| bit(frame, at) << at).sum()).collect()
    }

    /// Seconds at which each frame is shown, from the start of the file.
    pub(crate) fn times(&self, file: &Path) -> Vec<f64> {
        let lines = self.read(
            "-v error INPUT -map 0:v:0 -fps_mode passthrough -enc_time_base -1 -vf scale=16:16 -f framehash -hash crc32 pipe:1",
            file,
        );
        let text = String::from_utf8(lines).unwrap();
        let base = text.lines().find_map(|line| line.strip_prefix("#tb 0: 1/")).unwrap().trim().parse::<f64>().unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(|line| line.split(',').nth(2).unwrap().trim().parse::<f64>().unwrap() / base).collect()
    }

    /// Where the packets of the picture lie in the file: offset and size, in the order of decoding.
    pub(crate) fn packets(&self, file: &Path) -> Vec<(usize, usize)> {
        let mut command = support::ffmpeg("-v error -select_streams v:0 -show_entries packet=pos,size -of csv=p=0");
        command.program = Program::Ffprobe;
        command.args.push(file_arg(file));
        let text = String::from_utf8(support::bare().run(command, &Cancel::new()).unwrap().stdout).unwrap();
        let number = |part: Option<&str>| part.unwrap().trim().parse::<usize>().unwrap();
        let pair = |line: &str| {
            let mut parts = line.split(',');
            let size = number(parts.next());
            (number(parts.next()), size)
        };
        text.lines().filter(|line| !line.is_empty()).map(pair).collect()
    }

    /// Seconds at which beeps begin, as a player hears them.
    pub(crate) fn beeps(&self, file: &Path) -> Vec<f64> {
        let bytes =
            self.read("-v error INPUT -map 0:a:0 -af aresample=48000:async=1:first_pts=0 -ac 1 -f s16le pipe:1", file);
        let loud = |pair: &[u8]| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs() > 6000;
        let mut found: Vec<f64> = Vec::new();
        let mut last = usize::MAX;
        for (at, pair) in bytes.chunks_exact(2).enumerate() {
            if loud(pair) {
                if last == usize::MAX || at - last > 2400 {
                    found.push(at as f64 / 48_000.0);
                }
                last = at;
            }
        }
        found
    }
}

pub(crate) fn rate_of(rate: &str) -> f64 {
    match rate.split_once('/') {
        Some((above, below)) => above.parse::<f64>().unwrap() / below.parse::<f64>().unwrap(),
        None => rate.parse().unwrap(),
    }
}

pub(crate) fn spans(keeps: &[(f64, f64)]) -> Vec<Span> {
    keeps.iter().map(|(start, end)| Span::new(*start, *end)).collect()
}

/// The numbers of the frames that a player shows within the spans, each once.
pub(crate) fn shown(keeps: &[Span], times: &[f64], numbers: &[u32]) -> Vec<u32> {
    let until = |at: usize| times.get(at + 1).copied().unwrap_or(f64::INFINITY);
    let within = |at: usize, keep: &Span| times[at] < keep.end - 0.00051 && until(at) > keep.start + 0.00051;
    let any = |at: &usize| keeps.iter().any(|keep| within(*at, keep));
    (0..times.len()).filter(any).map(|at| numbers[at]).collect()
}

//! What pages draw of a file at a glance: how loud it is over time, and a strip of small pictures.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use reelspan_types::{Cancel, Span};

use crate::analysis::Series;
use crate::probe::MediaInfo;
use crate::tool::{Command, ToolError, Tools, file_arg};

/// Samples a second that are enough to be drawn.
const RATE: u32 = 8_000;
/// Pictures in one strip.
const MOST: usize = 160;
const PATIENCE: Duration = Duration::from_secs(600);

/// The loudest sample of each step in a stretch of a file's sound, 0 to 1; empty where there is no sound.
pub fn waveform(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    span: Span,
    steps_a_second: u32,
    cancel: &Cancel,
) -> Result<Series, ToolError> {
    let steps = steps_a_second.clamp(1, RATE);
    let mut series = Series { rate: f64::from(steps), values: Vec::new() };
    let Some(audio) = info.audio.first().filter(|_| span.seconds() > 0.0) else { return Ok(series) };
    let mut args: Vec<OsString> = ["-v", "error", "-ss"].map(OsString::from).to_vec();
    args.push(format!("{:.6}", span.start.max(0.0)).into());
    args.extend(info.input_args(input));
    let (length, map) = (format!("{:.6}", span.seconds()), format!("0:{}", audio.index));
    let filter = format!("aresample={RATE},aformat=sample_fmts=s16:channel_layouts=mono");
    args.extend(["-t", &length, "-map", &map, "-af", &filter, "-c:a", "pcm_s16le", "-f", "s16le"].map(OsString::from));
    args.push("pipe:3".into());
    let mut command = Command::ffmpeg(args).reading(input);
    (command.pipes, command.time_limit) = (1, Some(PATIENCE));
    let mut running = tools.spawn(command, cancel)?;
    let mut pipe = running.pipes.remove(0);
    let mut step = vec![0; (RATE / steps) as usize * size_of::<i16>()];
    while pipe.read_exact(&mut step).is_ok() {
        let loudest = step.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs()).max();
        series.values.push(f32::from(loudest.unwrap_or(0)) / 32_768.0);
    }
    running.wait()?;
    Ok(series)
}

/// The numbered frames of a finished file side by side in one JPEG, each that high; the first ones if there are many.
pub fn strip(
    tools: &Tools,
    finished: &Path,
    frames: &[u64],
    height: u32,
    cancel: &Cancel,
) -> Result<Vec<u8>, ToolError> {
    let shown = &frames[..frames.len().min(MOST)];
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<String> = shown.iter().map(|frame| format!("eq(n\\,{frame})")).collect();
    let filter = format!(
        "select={},scale=-2:{height}:flags=area:out_color_matrix=bt601:out_range=full,setsar=1,format=yuvj420p,tile={}x1",
        wanted.join("+"),
        shown.len()
    );
    // Nobody sees on a stamp that blocks were not smoothed.
    let mut args: Vec<OsString> = ["-v", "error", "-skip_loop_filter", "all"].map(OsString::from).to_vec();
    args.extend(["-protocol_whitelist", "file", "-f", "mov", "-i"].map(OsString::from));
    args.push(file_arg(finished));
    args.extend(["-map", "0:v:0", "-vf", &filter, "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "5"].map(OsString::from));
    args.extend(["-bitexact", "-f", "mjpeg", "pipe:1"].map(OsString::from));
    let mut command = Command::ffmpeg(args).reading(finished);
    command.time_limit = Some(PATIENCE);
    Ok(tools.run(command, cancel)?.stdout)
}

/// How many pictures [`strip`] shows of so many frames.
pub fn shown(frames: usize) -> usize {
    frames.min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe;
    use crate::tool::for_tests;

    #[test]
    fn a_waveform_follows_the_sound() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        reelspan_testing::make_media(&["-f", "lavfi", "-i", "aevalsrc='0.5*sin(880*t)*gt(mod(t,2),1)':d=6"], &file);
        let info = probe::probe(&for_tests(), &file).unwrap();
        let wave = waveform(&for_tests(), &file, &info, Span::new(2.0, 5.0), 10, &Cancel::new()).unwrap();
        assert_eq!(wave.values.len(), 30);
        assert!(wave.values[..9].iter().all(|value| *value < 0.05), "{wave:?}");
        assert!(wave.values[11..19].iter().all(|value| (*value - 0.5).abs() < 0.05), "{wave:?}");
    }

    #[test]
    fn a_strip_shows_the_frames_that_were_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.mp4");
        let encode = ["-c:v", "libx264", "-pix_fmt", "yuv420p"];
        reelspan_testing::make_media(
            &[&["-f", "lavfi", "-i", "testsrc2=s=90x160:r=25:d=2"][..], &encode].concat(),
            &file,
        );
        let jpeg = strip(&for_tests(), &file, &[3, 20, 48], 80, &Cancel::new()).unwrap();
        let picture = folder.path().join("a.jpg");
        std::fs::write(&picture, jpeg).unwrap();
        let stream = &reelspan_testing::probe_json(&picture)["streams"][0];
        assert_eq!((&stream["width"], &stream["height"]), (&(46 * 3).into(), &80.into()));
        assert!(strip(&for_tests(), &file, &[], 80, &Cancel::new()).unwrap().is_empty());
    }
}

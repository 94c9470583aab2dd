//! `boomerang`: forwards, then the same frames backwards.
//!
//! Frames are kept on disk, not in memory: backwards they are read one at a time.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use super::film::{Film, Title, finish};
use super::frame::{steadied, whole};
use super::inputs::VIDEO;
use super::source::Footage;
use super::verify::{Container, Planned};
use super::{Blueprint, BlueprintError, Desk, Made, Order};
use crate::render::Encoder;
use crate::render::graph::Args;
use crate::render::part::Part;
use crate::render::timeline::{Rate, Timeline};
use crate::tool::{Command, Running, ToolError};

/// Longer ones are not looked at to their end, and the frames of more would fill a disk.
const MOST_SECONDS: f64 = 10.0;
const MOST_RATE: f64 = 31.0;
const MOST_SHORT: f64 = 1080.0;

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "boomerang",
    title: "Boomerang",
    about: "The first 10 seconds forwards and then backwards, so that it loops; without sound",
    fields: &[VIDEO],
    outputs: &["video"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::beginning(desk, order, "video_url", MOST_SECONDS + 1.0)?;
    let title = Title::only(BLUEPRINT.slug, "video");
    let output = desk.path(&format!("{}.mp4", title.file));
    let (rate, canvas) = (rate(footage.rate()), canvas(&footage));
    let frames = (footage.seconds.min(MOST_SECONDS) * rate.value()).round().max(1.0) as u64;
    let there = Timeline::pictures(&footage.info, rate, 0.0, frames);
    let whole = Timeline::still(rate, 0.0, frames * 2 - 1);
    let part = Part::beside(&output);
    let scratch = Part::named(&output, "frames");
    let decoder = desk.tools.spawn(decoding(&footage, there, canvas), desk.cancel)?;
    let encoder = desk.tools.spawn_fed(encoding(desk, &whole, canvas, &part), desk.cancel)?;
    let relayed = relay(desk, (decoder, encoder), &scratch, frames, frame_bytes(canvas));
    drop(scratch);
    relayed?;
    let length = Some((whole.frames, whole.seconds()));
    let planned = Planned { size: canvas, length, sound: false, kind: Container::Mp4 };
    let mut made = finish(desk, part, output, &title, planned)?;
    if footage.seconds > MOST_SECONDS {
        made.note = Some(format!("only the first {MOST_SECONDS} seconds of the video are used"));
    }
    Ok(vec![made])
}

/// Half of a fast camera's frames do.
fn rate(rate: Rate) -> Rate {
    if rate.value() > MOST_RATE { Rate { num: rate.num, den: rate.den * 2 } } else { rate }
}

fn canvas(footage: &Footage) -> (u32, u32) {
    let (width, height) = footage.canvas(0.0);
    let scale = (MOST_SHORT / f64::from(width.min(height))).min(1.0);
    let even = |side: u32| (f64::from(side) * scale / 2.0).round().max(8.0) as u32 * 2;
    (even(width), even(height))
}

fn frame_bytes((width, height): (u32, u32)) -> usize {
    width as usize * height as usize * 3 / 2
}

fn decoding(footage: &Footage, timeline: Timeline, canvas: (u32, u32)) -> Command {
    let mut film = Film::new(timeline, canvas);
    let input = film.footage(footage);
    let source = steadied(footage, input, &film.timeline, "");
    film.chains.push(whole(footage, &source, canvas, "picture"));
    film.chains.push("[picture]format=yuv420p[v]".to_owned());
    film.printing()
}

fn encoding(desk: &Desk<'_>, timeline: &Timeline, canvas: (u32, u32), part: &Part) -> Command {
    let mut args = Args::default();
    let (size, rate) = (format!("{}x{}", canvas.0, canvas.1), format!("{}/{}", timeline.rate.num, timeline.rate.den));
    args.add(["-loglevel", "error", "-protocol_whitelist", "pipe", "-f", "rawvideo", "-pixel_format", "yuv420p"]);
    args.add(["-video_size", &size, "-framerate", &rate, "-i", "pipe:0"]);
    let tags = "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709";
    args.add(["-map", "0:v", "-vf", tags]);
    args.picture(Encoder::X264, timeline);
    args.file(part.path());
    let mut command = Command::ffmpeg(args.0).writing(part.path());
    command.max_file_bytes = desk.limits.max_bytes;
    command
}

/// Every frame to the encoder and into the scratch file, then from there in reverse.
fn relay(
    desk: &mut Desk<'_>,
    (mut decoder, mut encoder): (Running, Running),
    scratch: &Part,
    frames: u64,
    bytes: usize,
) -> Result<(), BlueprintError> {
    let (Some(mut seen), Some(mut feed)) = (decoder.stdout.take(), encoder.stdin.take()) else {
        return Err(BlueprintError::Unsound("no frames came".to_owned()));
    };
    let mut file = open(scratch)?;
    let mut frame = vec![0; bytes];
    let total = (frames * 2 - 1) as f64;
    let mut there = || -> std::io::Result<()> {
        for index in 0..frames {
            seen.read_exact(&mut frame)?;
            feed.write_all(&frame)?;
            file.write_all(&frame)?;
            desk.tell((index + 1) as f64 / total);
        }
        for index in (0..frames - 1).rev() {
            file.seek(SeekFrom::Start(index * bytes as u64))?;
            file.read_exact(&mut frame)?;
            feed.write_all(&frame)?;
            desk.tell((frames * 2 - 1 - index) as f64 / total);
        }
        Ok(())
    };
    let ended = there();
    drop((seen, feed));
    match ended {
        Ok(()) => {
            decoder.wait()?;
            encoder.wait().map(drop).map_err(|error| super::desk::too_big(error, desk.limits.max_bytes))
        }
        Err(_) if desk.cancel.is_cancelled() => Err(ToolError::Cancelled.into()),
        Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            Err(ToolError::DiskFull.into())
        }
        // The one that stopped knows why.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            let why = encoder.wait().err().unwrap_or(ToolError::Io { what: "the encoder stopped", source: error });
            Err(super::desk::too_big(why, desk.limits.max_bytes))
        }
        Err(_) => {
            drop(encoder);
            decoder.wait()?;
            Err(BlueprintError::unfit("video_url", "has no picture that can be shown; it is damaged or cut short"))
        }
    }
}

/// Its name is taken away at once, so that it goes with us however we end.
fn open(scratch: &Part) -> Result<File, BlueprintError> {
    let opened = File::options().read(true).write(true).create_new(true).open(scratch.path());
    let file = opened.map_err(ToolError::io("a scratch file could not be made"))?;
    // Where that is not possible it is removed at the end.
    let _unlinked = std::fs::remove_file(scratch.path());
    Ok(file)
}

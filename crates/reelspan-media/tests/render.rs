//! Real renders of small sources: the right frames, sound in step, every odd source, nothing left behind.

#![expect(clippy::unwrap_used, reason = "what the tests share is outside of test functions")]

#[path = "render/bench.rs"]
mod bench;

use bench::{Bench, bench, clip, shot};
use reelspan_media::plan::{Key, Layout, Pane};
use reelspan_media::render::{RenderError, thumbnail};
use reelspan_media::tool::ToolError;
use reelspan_testing::open_media;
use reelspan_types::Cancel;

/// In frame `n` of the source a white bar stands in column `n` of 48.
fn counting(rate: &str, frames: u32) -> String {
    format!(
        "-f lavfi -i nullsrc=s=192x108:r={rate},format=yuv420p,geq=lum='if(between(X,4*N,4*N+3),235,16)':cb=128:cr=128 -frames:v {frames} -c:v libx264 -qp 0 -g 50 -bf 3 -color_range tv"
    )
}

/// In which column the bar stands in each frame.
fn columns(bench: &Bench, file: &std::path::Path) -> Vec<usize> {
    let column = |frame: &Vec<u8>, x: usize| (0..48).map(|y| u32::from(frame[y * 48 + x])).sum::<u32>();
    bench.frames(file, 48).iter().map(|frame| (0..48).max_by_key(|x| column(frame, *x)).unwrap()).collect()
}

#[track_caller]
fn counts(bench: &Bench, file: &std::path::Path, wanted: impl Fn(usize) -> usize) {
    let found = columns(bench, file);
    assert_eq!(found, (0..found.len()).map(wanted).collect::<Vec<_>>());
}

#[test]
fn the_first_and_last_frames_are_the_planned_ones() {
    let bench = bench();
    for (name, rate, start, frames, first) in [
        ("a.mp4", "25", 1.0, 15, 25),
        ("a.mp4", "25", 1.03, 15, 25),
        ("b.mkv", "30000/1001", 0.901, 18, 27),
        ("c.ts", "25", 1.0, 15, 25),
    ] {
        let input = bench.make(name, &counting(rate, 47));
        let rendered = bench.render(&input, start, start + 0.6, "16:9", Layout::Center);
        assert_eq!(rendered.frames, frames, "{name}");
        counts(&bench, &rendered.file, |i| first + i);
    }
}

#[test]
fn a_slow_source_repeats_its_frames_evenly() {
    let bench = bench();
    let input = bench.make("slow.mp4", &counting("10", 30));
    let rendered = bench.render(&input, 0.5, 1.5, "16:9", Layout::Center);
    assert_eq!(rendered.frames, 30);
    counts(&bench, &rendered.file, |i| 5 + i / 3);
}

#[test]
fn the_frame_counter_of_the_open_set_is_cut_exactly() {
    let Some(input) = open_media("scenes/psd_counter.mp4") else { return };
    let bench = bench();
    let rendered = bench.render(&input, 1.1, 2.1, "16:9", Layout::Fit);
    let (source, shown) = (bench.frames(&input, 256), bench.frames(&rendered.file, 256));
    let distance = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
    for (i, frame) in shown.iter().enumerate() {
        let nearest = (0..source.len()).min_by_key(|n| distance(frame, &source[*n])).unwrap();
        assert_eq!(nearest, 11 + i / 3, "frame {i}");
    }
}

#[test]
fn frames_without_a_steady_rate_keep_their_times() {
    let bench = bench();
    // Frames 10 to 19 come at half the pace.
    let varied = "-f lavfi -i nullsrc=s=192x108:r=50,format=yuv420p,geq=lum='if(between(X,4*N,4*N+3),235,16)':cb=128:cr=128,setpts='if(lt(N,10),N,if(lt(N,20),2*N-10,N+10))'\
                  /50/TB -frames:v 45 -fps_mode passthrough -c:v libx264 -qp 0 -color_range tv -video_track_timescale 12800";
    let input = bench.make("varied.mp4", varied);
    let rendered = bench.render(&input, 0.1, 0.8, "16:9", Layout::Center);
    let shown = columns(&bench, &rendered.file);
    let rate = shown.len() as f64 / 0.7;
    for (i, column) in shown.into_iter().enumerate() {
        let at = (0.1 + i as f64 / rate) * 50.0;
        let wanted = if at < 10.0 {
            at
        } else if at < 30.0 {
            (at + 10.0) / 2.0
        } else {
            at - 10.0
        };
        let found = column as f64;
        assert!((found - wanted).abs() < 1.4, "frame {i} shows {found:.2} and should show {wanted:.2}");
    }
}

/// White for two frames and a beep of 40 ms at 2.0 s, the picture beginning `late` seconds after the sound.
fn flash_and_beep(bench: &Bench, late: f64, limited: bool) -> std::path::PathBuf {
    let loud = if limited { 0.9 } else { 0.2 };
    let at = 2.0 - late;
    bench.make(
        &format!("flash{late}{limited}.mp4"),
        &format!(
            "-itsoffset {late} -f lavfi -i color=black:s=320x180:r=25:d=4,drawbox=c=white:t=fill:enable='between(t,{},{})' \
             -f lavfi -i aevalsrc=exprs=(0.02+{loud}*between(t\\,2\\,2.04))*sin(2*PI*1000*t):s=44100:d=4.5 \
             -map 0:v -map 1:a -c:v libx264 -preset ultrafast -c:a aac -b:a 128k",
            at - 0.01,
            at + 0.06
        ),
    )
}

#[test]
fn a_flash_and_its_beep_stay_together() {
    let bench = bench();
    for (late, start, limited) in [(0.0, 1.0, false), (0.852, 1.0, false), (0.852, 0.0, true), (0.0, 1.234, true)] {
        let input = flash_and_beep(&bench, late, limited);
        let rendered = bench.render(&input, start, start + 2.5, "1:1", Layout::Center);
        let levels = bench.levels(&rendered.file);
        let flash = levels.iter().position(|level| *level > 128.0).unwrap() as f64 / 25.0;
        let samples = bench.samples(&rendered.file);
        let loudest = samples.iter().fold(0.0_f32, |most, s| most.max(s.abs()));
        let beep = samples.iter().position(|s| s.abs() > loudest * 0.5).unwrap() as f64 / 48_000.0;
        assert!((flash - beep).abs() < 0.040, "late {late}, start {start}: flash at {flash:.3}, beep at {beep:.3}");
        assert!((beep - (2.0 - start)).abs() < 0.045, "late {late}, start {start}: beep at {beep:.3}");
    }
}

#[test]
fn layouts_change_on_the_planned_frame() {
    let bench = bench();
    // Left half white, right half black.
    let input = bench.make(
        "halves.mp4",
        "-f lavfi -i color=black:s=640x360:r=25:d=2,drawbox=w=320:c=white:t=fill -c:v libx264 -preset ultrafast",
    );
    let track = |start, end, x| {
        let mut shot = shot(start, end, Layout::Track);
        shot.path = vec![Key { t: start, x, y: 0.5 }];
        shot
    };
    let mut split = shot(1.2, 1.6, Layout::Split);
    split.panes = vec![Pane { x: 0.1, y: 0.5, height: 0.5 }, Pane { x: 0.9, y: 0.5, height: 0.5 }];
    let layouts = vec![track(0.4, 0.8, 0.1), track(0.8, 1.2, 0.9), split, shot(1.6, 1.9, Layout::Fit)];
    let clip = clip(0.4, 1.9, "9:16", layouts);
    let rendered = bench.try_render(&input, &clip, "9:16", &Cancel::new()).unwrap();
    let frames = bench.frames(&rendered.file, 16);
    assert_eq!(frames.len(), 38);
    let is = |frame: &Vec<u8>, x: usize, y: usize, white: bool| (frame[y * 16 + x] > 128) == white;
    for (i, frame) in frames.iter().enumerate() {
        let right = match i {
            0..10 => is(frame, 8, 3, true) && is(frame, 8, 13, true),
            10..20 => is(frame, 8, 3, false) && is(frame, 8, 13, false),
            20..30 => is(frame, 8, 3, true) && is(frame, 8, 13, false),
            _ => is(frame, 2, 8, true) && is(frame, 13, 8, false),
        };
        assert!(right, "frame {i}");
    }
}

#[test]
fn a_pan_moves_smoothly_and_reaches_its_end() {
    let bench = bench();
    // A white bar, 8 pixels wide, at the middle of the picture.
    let input = bench.make(
        "bar.mp4",
        "-f lavfi -i color=black:s=640x360:r=25:d=2,drawbox=x=316:w=8:c=white:t=fill -c:v libx264 -qp 10",
    );
    let mut pan = shot(0.0, 2.0, Layout::Track);
    pan.path = vec![Key { t: 0.0, x: 0.5, y: 0.5 }, Key { t: 1.96, x: 0.5 + 16.0 / 640.0, y: 0.5 }];
    let rendered = bench.try_render(&input, &clip(0.0, 2.0, "9:16", vec![pan]), "9:16", &Cancel::new()).unwrap();
    let file = rendered.file.to_str().unwrap();
    let args = ["-i", file, "-vf", "crop=1080:2:0:960,format=gray", "-f", "rawvideo", "pipe:1"];
    let rows = bench.ffmpeg(args.into_iter());
    let centers: Vec<f64> = rows
        .chunks_exact(2160)
        .map(|row| {
            let light = |x: usize| f64::from(row[x].saturating_sub(40));
            (0..1080).map(|x| light(x) * x as f64).sum::<f64>() / (0..1080).map(light).sum::<f64>()
        })
        .collect();
    // 16 source pixels are 85 of the finished ones, over 49 frames.
    let step = 16.0 * 1920.0 / 360.0 / 49.0;
    for (i, center) in centers.iter().enumerate() {
        let wanted = centers[0] - step * i as f64;
        assert!(
            (center - wanted).abs() < 1.3,
            "frame {i}: the bar stands at {center:.2} and should stand at {wanted:.2}"
        );
    }
}

#[test]
fn odd_sources_give_sound_files() {
    let bench = bench();
    let tone = "-f lavfi -i sine=f=440:r=44100:d=2";
    let cases: &[(&str, &str)] = &[
        (
            "odd.mp4",
            "-f lavfi -i testsrc2=s=322x182:r=25:d=2,crop=321:181:exact=1 TONE -c:v libx264 -pix_fmt yuv444p -c:a aac",
        ),
        ("wide-pixels.mp4", "-f lavfi -i testsrc2=s=240x240:r=25:d=2,setsar=16/9 TONE -ac 1"),
        ("deep.mkv", "-f lavfi -i testsrc2=s=320x180:r=25:d=2 TONE -c:v libx264 -pix_fmt yuv422p10le -c:a pcm_s24le"),
        ("gray.mkv", "-f lavfi -i testsrc2=s=320x180:r=25:d=2 TONE -c:v ffv1 -pix_fmt gray -c:a flac -ac 6"),
        ("alpha.mov", "-f lavfi -i testsrc2=s=320x180:r=25:d=2:alpha=80 TONE -c:v png -pix_fmt rgba -c:a pcm_s16le"),
        ("silent.webm", "-f lavfi -i testsrc2=s=320x180:r=50:d=2 -c:v libvpx -deadline realtime -cpu-used 8"),
        (
            "interlaced.ts",
            "-f lavfi -i testsrc2=s=320x192:r=50:d=2,interlace TONE -c:v mpeg2video -flags +ildct+ilme -c:a mp2",
        ),
        ("moving.gif", "-f lavfi -i testsrc2=s=160x90:r=10:d=2"),
        ("sound.mp3", "TONE -c:a libmp3lame"),
        ("fast.avi", "-f lavfi -i testsrc2=s=160x90:r=120:d=2 TONE -c:v mjpeg -c:a pcm_s16le"),
    ];
    for (name, args) in cases {
        let input = bench.make(name, &args.replace("TONE", tone));
        let rendered = bench.render(&input, 0.5, 1.1, "1:1", Layout::Fit);
        assert!((rendered.duration - 0.6).abs() < 0.045, "{name}: {rendered:?}");
        let levels = bench.levels(&rendered.file);
        assert!(levels.iter().all(|level| (18.0..230.0).contains(level)), "{name}: {levels:?}");
    }
}

#[test]
fn a_turned_picture_is_shown_upright() {
    let bench = bench();
    bench.make(
        "flat.mp4",
        "-f lavfi -i color=black:s=320x180:r=25:d=1,drawbox=w=160:c=white:t=fill -c:v libx264 -preset ultrafast",
    );
    let flat = bench.path("flat.mp4");
    // Shown turned a quarter counter-clockwise, as phones write it: what was left is down.
    let args = format!("-i {} -c copy -metadata:s:v rotate=90", flat.display());
    let input = bench.make("turned.mp4", &args);
    let rendered = bench.render(&input, 0.0, 0.6, "9:16", Layout::Center);
    let frames = bench.frames(&rendered.file, 16);
    let first = &frames[0];
    assert!(first[3 * 16 + 3] < 40 && first[3 * 16 + 12] < 40, "{first:?}");
    assert!(first[12 * 16 + 3] > 200 && first[12 * 16 + 12] > 200, "{first:?}");
}

#[test]
fn high_dynamic_range_comes_out_neither_dull_nor_burnt() {
    let bench = bench();
    for (transfer, white) in [("smpte2084", 0.58), ("arib-std-b67", 0.75)] {
        // Diffuse white on the left, a fifth of its light in the middle, black on the right.
        let level = |share: f64| 64.0 + 876.0 * share;
        let dim = if transfer == "smpte2084" { 0.42 } else { 0.34 };
        let input = bench.make(
            &format!("{transfer}.mkv"),
            &format!(
                "-f lavfi -i nullsrc=s=96x54:r=25:d=0.8,format=yuv420p10le,geq=lum='if(lt(X,32),{},if(lt(X,64),{},64))':cb=512:cr=512 \
                 -c:v ffv1 -color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc -color_range tv",
                level(white),
                level(dim)
            ),
        );
        assert!(bench.info(&input).video.unwrap().hdr, "{transfer}");
        let rendered = bench.render(&input, 0.0, 0.6, "16:9", Layout::Center);
        let frame = &bench.frames(&rendered.file, 24)[5];
        let (white, dim, black) = (frame[12 * 24 + 3], frame[12 * 24 + 12], frame[12 * 24 + 20]);
        assert!(white > 165 && white < 236, "{transfer}: white is {white}");
        assert!(dim > 60 && dim < white - 40, "{transfer}: dim is {dim}");
        assert!(black < 24, "{transfer}: black is {black}");
    }
}

#[test]
fn loudness_is_right_after_encoding() {
    let bench = bench();
    let speechlike = "0.25*sin(2*PI*220*t)*(0.5+0.5*sin(2*PI*3*t))";
    let clicks = "0.02*sin(2*PI*220*t)+0.8*between(mod(t\\,0.5)\\,0\\,0.002)*sin(2*PI*900*t)";
    for (name, sound, layout) in [
        ("loud", "0.99*sin(2*PI*500*t)", "stereo"),
        ("quiet", &*format!("0.1*{speechlike}"), "stereo"),
        ("clicks", clicks, "stereo"),
        ("mono", speechlike, "mono"),
        ("surround", speechlike, "5.1"),
    ] {
        let input = bench.make(
            &format!("{name}.mkv"),
            &format!("-f lavfi -i color=gray:s=128x72:r=25:d=5 -f lavfi -i aevalsrc=exprs={sound}:s=48000:d=5,aformat=channel_layouts={layout} -c:v libx264 -preset ultrafast -c:a flac"),
        );
        let rendered = bench.render(&input, 1.0, 3.0, "1:1", Layout::Fit);
        let (loudness, peak) = (rendered.loudness.unwrap(), rendered.true_peak.unwrap());
        assert!((loudness + 14.0).abs() <= 0.5, "{name}: {loudness:.2} LUFS");
        assert!(peak <= -1.0, "{name}: {peak:.2} dBTP");
    }
}

#[test]
fn silence_stays_silent() {
    let bench = bench();
    let input = bench.make(
        "still.mkv",
        "-f lavfi -i testsrc2=s=128x72:r=25:d=2 -f lavfi -i anullsrc=d=2 -c:v libx264 -preset ultrafast -c:a flac",
    );
    let rendered = bench.render(&input, 0.0, 1.0, "1:1", Layout::Fit);
    assert_eq!(rendered.loudness, None);
    assert!(bench.samples(&rendered.file).iter().all(|sample| sample.abs() < 1e-4));
}

#[test]
fn the_planned_part_of_the_sound_is_heard() {
    let bench = bench();
    // One tone a second: 400 Hz, 500 Hz, 600 Hz, ...
    let input =
        bench.make("steps.m4a", "-f lavfi -i aevalsrc=exprs=0.3*sin(2*PI*t*(400+100*floor(t))):s=44100:d=6 -c:a aac");
    let rendered = bench.render(&input, 3.0, 5.0, "1:1", Layout::Center);
    let samples = bench.samples(&rendered.file);
    let crossings =
        |from: usize| samples[from..from + 24_000].windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count() * 2;
    assert!(crossings(12_000).abs_diff(700) <= 4, "{}", crossings(12_000));
    assert!(crossings(60_000).abs_diff(800) <= 4, "{}", crossings(60_000));
}

#[test]
fn a_cancel_leaves_nothing_and_keeps_what_was_there() {
    let bench = bench();
    let input = bench.make("long.mp4", "-f lavfi -i testsrc2=s=640x360:r=30:d=30 -c:v libx264 -preset ultrafast");
    std::fs::write(bench.path("out.mp4"), "an older file").unwrap();
    let cancel = Cancel::new();
    let info = bench.info(&input);
    let clip = clip(0.0, 30.0, "9:16", vec![shot(0.0, 30.0, Layout::Fit)]);
    let output = bench.path("out.mp4");
    let order = reelspan_media::render::Order {
        input: &input,
        info: &info,
        clip: &clip,
        aspect: "9:16".parse().unwrap(),
        ass: None,
        watermark: &reelspan_media::plan::Watermark::None,
        loudness: -14.0,
        encoder: reelspan_media::render::Encoder::X264,
        output: &output,
    };
    let ended = reelspan_media::render::render(&bench.tools, &order, &cancel, &mut |_| cancel.cancel());
    assert!(matches!(ended, Err(RenderError::Tool(ToolError::Cancelled))), "{ended:?}");
    assert_eq!(bench.leftovers(), Vec::<String>::new());
    assert_eq!(std::fs::read(&output).unwrap(), b"an older file");
}

#[test]
fn what_cannot_be_rendered_is_refused_and_leaves_nothing() {
    let bench = bench();
    let still = bench.make("still.png", "-f lavfi -i testsrc2=s=64x64 -frames:v 1");
    let one = |start, end| clip(start, end, "1:1", vec![shot(start, end, Layout::Fit)]);
    let refused = |input: &std::path::Path, clip| bench.try_render(input, &clip, "1:1", &Cancel::new()).unwrap_err();
    assert!(refused(&still, one(0.0, 1.0)).to_string().contains("still image"));
    let video = bench.make("video.mp4", "-f lavfi -i testsrc2=s=64x64:r=25:d=1");
    assert!(refused(&video, one(1.0, 0.5)).to_string().contains("does not end"));
    // Beyond the end there is no frame to show.
    let beyond = refused(&video, one(100.0, 101.0));
    assert!(matches!(beyond, RenderError::Unsound(_) | RenderError::Tool(ToolError::Failed { .. })), "{beyond:?}");
    assert_eq!(bench.leftovers(), Vec::<String>::new());
    assert!(!bench.path("out.mp4").exists());
}

#[test]
fn a_finished_clip_tells_nothing_of_its_source_and_has_a_thumbnail() {
    let bench = bench();
    let input = bench.make("named.mp4", "-f lavfi -i testsrc2=s=320x180:r=25:d=2 -metadata title=Zebrafish -metadata comment=Zebrafish -c:v libx264 -preset ultrafast");
    let rendered = bench.render(&input, 0.0, 1.0, "9:16", Layout::Fit);
    let bytes = std::fs::read(&rendered.file).unwrap();
    assert!(!bytes.windows(9).any(|window| window == b"Zebrafish"));
    assert_eq!(rendered.bytes, bytes.len() as u64);
    let picture = bench.path("out.jpg");
    thumbnail(&bench.tools, &rendered.file, 0.5, &picture, &Cancel::new()).unwrap();
    let video = bench.info(&picture).video.unwrap();
    assert_eq!((video.width, video.height, video.codec.as_str()), (540, 960, "mjpeg"));
    let beyond = thumbnail(&bench.tools, &rendered.file, 50.0, &bench.path("no.jpg"), &Cancel::new());
    assert!(beyond.is_err() && !bench.path("no.jpg").exists() && bench.leftovers().is_empty());
}

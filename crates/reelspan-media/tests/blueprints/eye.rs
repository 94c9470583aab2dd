//! For the eye: every blueprint on open footage, the files kept where the test says.

use std::path::{Path, PathBuf};

use reelspan_testing::open_media;
use serde_json::{Value, json};

use super::bench::{Bench, bench};

const LONG: &str = "Nobody told me that the best camera is the one that you have with you, so I carried forty kilos of gear up a mountain for eleven years before I finally understood what they all meant by it.";
const SRT: &str = "1\n00:00:00,200 --> 00:00:02,400\nThe first thing you should know\nabout this place\n\n2\n00:00:02,400 --> 00:00:05,000\nis that nobody, and I mean nobody, who works here ever sits down before the first coffee has been served to everyone.\n\n3\n00:00:05,200 --> 00:00:07,500\n- Really?\n- Really. مرحبا بالعالم 世界你好 🎉\n\n4\n00:00:07,600 --> 00:00:09,000\n字幕很重要，因为很多人看视频的时候不开声音。\n";

struct Eye {
    bench: Bench,
    kept: PathBuf,
}

impl Eye {
    fn look(&self, name: &str, slug: &str, files: &[(&'static str, &Path)], more: Value) {
        for made in self.bench.run(slug, files, more) {
            let file = made.path.file_name().unwrap().to_str().unwrap();
            std::fs::rename(&made.path, self.kept.join(format!("{name}-{file}"))).unwrap();
        }
    }
}

#[test]
#[ignore = "makes some thirty files for a person to look at; minutes"]
#[expect(clippy::print_stdout, reason = "says where the files are")]
fn on_open_footage() {
    let Some(people) = open_media("people/short_hamilton_clip.mp4") else { return };
    let Some(bunny) = open_media("scenes/big-buck-bunny-480p-30s.mp4") else { return };
    let Some(talk) = open_media("people/azure_Asking_a_question.mp4") else { return };
    let Some(song) = open_media("music/fof_feelings.ogg") else { return };
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("eye");
    std::fs::create_dir_all(&kept).unwrap();
    println!("look at {}", kept.display());
    let mut bench = bench();
    bench.subtitles = Some(SRT.to_owned());
    let (bunny, tall) = (
        bench.make("bunny.mp4", &format!("-ss 4 -t 8 -i {} -c:v libx264 -preset veryfast", bunny.display())),
        bench.make("tall.mp4", &format!("-t 3 -i {} -vf crop=608:1080 -c:v libx264 -preset veryfast", talk.display())),
    );
    let shot =
        |name: &str, from: &Path, at: f64| bench.make(name, &format!("-ss {at} -i {} -frames:v 1", from.display()));
    let photos =
        [shot("a.jpg", &talk, 1.0), shot("b.jpg", &bunny, 2.0), shot("c.jpg", &tall, 2.0), shot("d.jpg", &bunny, 7.0)];
    let logo = bench.make("logo.png", "-f lavfi -i color=white:s=400x160,format=rgba,geq=r='if(between(Y,60,100),255,40)':g='if(between(Y,60,100),255,80)':b=255:a='255*(gt(max(abs(X-200)-120,abs(Y-80)),56)+between(Y,60,100)*between(X,60,340))' -frames:v 1");
    let face = bench.make("face.jpg", &format!("-ss 1 -i {} -vf crop=500:500:700:60 -frames:v 1", talk.display()));
    let eye = Eye { bench, kept };
    words(&eye, &people, &talk, &tall, &song, &face);
    shapes(&eye, &talk, &bunny, &tall, &logo);
    let five = photos.iter().chain([&logo]).map(PathBuf::as_path);
    let names = ["photo1_url", "photo2_url", "photo3_url", "photo4_url", "photo5_url"];
    let slides: Vec<(&'static str, &Path)> =
        names.into_iter().zip(five).chain([("music_url", song.as_path())]).collect();
    eye.look("slides", "product-slideshow", &slides, json!({}));
}

fn words(eye: &Eye, people: &Path, talk: &Path, tall: &Path, song: &Path, face: &Path) {
    for style in ["bold-bottom", "clean-lower", "center-pop", "top-title"] {
        eye.look(style, "caption-video", &[("video_url", people)], json!({"style": style}));
    }
    for style in ["top-hook", "center-statement", "bottom-caption", "lower-left"] {
        let hook = if style == "top-hook" { LONG } else { "Wait for the end 😱 you won't believe it" };
        eye.look(
            style,
            "viral-short",
            &[("video_url", talk), ("music_url", song)],
            json!({"style": style, "hook_text": hook}),
        );
    }
    eye.look("tall", "viral-short", &[("video_url", tall)], json!({"hook_text": "POV: you ask the question"}));
    eye.look(
        "short",
        "quote-card",
        &[("photo_url", face)],
        json!({"quote": "Stay hungry, stay foolish.", "name": "Jane Appleseed", "handle": "janeapple"}),
    );
    eye.look("long", "quote-card", &[("photo_url", face)], json!({"quote": format!("{LONG} And that, my friends, is the whole story of how I became who I am today, more or less."), "name": "Jane Appleseed", "output": "image"}));
    eye.look("arabic", "quote-card", &[("photo_url", face)], json!({"quote": "العلم في الصغر كالنقش في الحجر، ومن جد وجد ومن زرع حصد", "name": "مثل عربي", "handle": "amthal", "output": "image"}));
    eye.look("cjk", "quote-card", &[], json!({"quote": "学而时习之，不亦说乎？有朋自远方来，不亦乐乎？人不知而不愠，不亦君子乎？", "name": "孔子", "output": "image"}));
    for style in ["top-hook", "center-statement", "bottom-caption"] {
        eye.look(style, "hook-variants", &[("video_url", talk)], json!({"hook1": "Stop scrolling.", "hook2": "这个技巧没人告诉你，但是它真的很有用", "ratio": if style == "top-hook" { "4x5" } else { "original" }, "style": style}));
    }
}

fn shapes(eye: &Eye, talk: &Path, bunny: &Path, tall: &Path, logo: &Path) {
    for position in ["top-left", "bottom-right", "center"] {
        eye.look(
            position,
            "watermark",
            &[("video_url", bunny), ("logo_url", logo)],
            json!({"position": position, "size": "medium"}),
        );
    }
    for (format, fit) in [("9x16", "pad"), ("9x16", "crop"), ("1x1", "pad"), ("4x5", "crop")] {
        eye.look(
            &format!("{format}-{fit}"),
            "resize-format",
            &[("video_url", talk)],
            json!({"format": format, "fit": fit}),
        );
    }
    eye.look("wide", "resize-format", &[("video_url", tall)], json!({"format": "16x9"}));
    for slug in ["zoom-in", "zoom-out", "camera-glide", "boomerang", "speed-changer", "listing-kit"] {
        eye.look("x", slug, &[("video_url", talk)], json!({}));
    }
    eye.look("gif", "video-to-gif", &[("video_url", bunny)], json!({"caption": "when the code compiles", "size": 640}));
}

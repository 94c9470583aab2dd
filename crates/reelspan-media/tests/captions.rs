//! Draws captions with the libass of the installed ffmpeg and looks at the pixels.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use reelspan_media::captions::{Fonts, KeepFree, STYLES, group, sheet, style};
use reelspan_media::plan::Clip;
use reelspan_media::transcript::Word;
use reelspan_types::Span;

const TALL: (u32, u32) = (1080, 1920);

fn clip(text: &str) -> Clip {
    let word = |(index, text): (usize, &str)| {
        let start = index as f64 * 0.4;
        Word { start, end: start + 0.38, text: text.to_owned(), confidence: None, speaker: None }
    };
    let words: Vec<Word> = text.split('|').flat_map(str::split_whitespace).enumerate().map(word).collect();
    let span = Span::new(0.0, words.len() as f64 * 0.4 + 1.0);
    Clip {
        id: "01".into(),
        start: span.start,
        end: span.end,
        title: String::new(),
        hook: None,
        score: 0.0,
        reason: String::new(),
        thumbnail: None,
        terms: Vec::new(),
        layouts: BTreeMap::new(),
        captions: group(&words, span, None),
    }
}

/// Where fonts are, one more folder for those who keep them elsewhere.
#[expect(clippy::disallowed_methods, reason = "tests find fonts by one variable")]
fn fonts() -> Fonts {
    let more = std::env::var_os("REELSPAN_FONTS").map(PathBuf::from);
    Fonts::scan([PathBuf::from("/usr/share/fonts"), PathBuf::from("/usr/local/share/fonts")].into_iter().chain(more))
}

/// One picture with the sheet on it, as raw gray pixels or as a file; none where ffmpeg is missing.
#[expect(
    clippy::disallowed_methods,
    reason = "the test looks at libass itself, outside of the jail that has tests of its own"
)]
fn draw(ass: &Path, canvas: (u32, u32), at: f64, colour: &str, png: Option<&Path>) -> Option<Vec<u8>> {
    let source = format!("color={colour}:s={}x{}:r=5:d={}", canvas.0, canvas.1, at + 0.3);
    let filter = format!("ass={},select='gte(t,{at})'", ass.display());
    let mut command = std::process::Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "lavfi", "-i", &source, "-vf", &filter, "-frames:v", "1", "-y"]);
    match png {
        Some(png) => command.arg(png),
        None => command.args(["-f", "rawvideo", "-pix_fmt", "gray", "-"]),
    };
    let output = command.stdin(Stdio::null()).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn skip(why: &str) {
    println!("SKIPPED: {why}");
}

/// The box of all pixels brighter than the black ground.
fn lit(pixels: &[u8], width: u32) -> Option<(u32, u32, u32, u32)> {
    let mut found: Option<(u32, u32, u32, u32)> = None;
    for (index, _) in pixels.iter().enumerate().filter(|(_, value)| **value > 60) {
        let (x, y) = (index as u32 % width, index as u32 / width);
        let (left, top, right, bottom) = found.unwrap_or((x, y, x, y));
        found = Some((left.min(x), top.min(y), right.max(x), bottom.max(y)));
    }
    found
}

#[test]
fn what_libass_draws_stays_in_the_safe_area_and_off_the_face() {
    let folder = tempfile::tempdir().unwrap();
    let ass = folder.path().join("a.ass");
    let face = KeepFree { span: Span::new(0.0, 60.0), top: 0.60, bottom: 0.80 };
    for (text, free) in [
        ("Nobody expects this answer.", None),
        ("Nobody expects this answer.", Some(face)),
        ("उत्तर कोई नहीं जानता", None),
    ] {
        for one in STYLES.iter().filter(|one| one.name != "neon") {
            let drawn = sheet(&clip(text), Some(one), TALL, free.as_slice(), None, &fonts());
            if !drawn.missing.is_empty() {
                return skip("fonts are missing; install the packages that the README names");
            }
            std::fs::write(&ass, drawn.ass).unwrap();
            let Some(pixels) = draw(&ass, TALL, 0.6, "black", None) else { return skip("ffmpeg is not here") };
            let (left, top, right, bottom) = lit(&pixels, TALL.0).expect("words are drawn");
            assert!(
                left >= 120 && right <= 960 && top >= 190 && bottom <= 1540,
                "{} {left} {top} {right} {bottom}",
                one.name
            );
            // Of the dark plate of `news`, only the bar at its left is bright.
            let even = one.name == "news" || (left + right > 1060 && left + right < 1100);
            assert!(even, "{}: the middle is at {}", one.name, (left + right) / 2);
            if free.is_some() {
                assert!(bottom < 1160 || top > 1530, "{} covers the face: {top} to {bottom}", one.name);
            }
        }
    }
}

#[test]
fn attacks_draw_as_the_text_that_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let ass = folder.path().join("a.ass");
    // Were these obeyed, a huge shape, or letters of five times the size, would cover the picture.
    for text in [
        r"{\p1}m 0 0 l 1080 0 1080 1920 0 1920",
        r"{\fs900}HUGE",
        r"a\N\N\N\N\N\N\N\N\N\N\N\N\Nb",
        r"{\pos(0,0)}x",
        "{\\an7}\u{202E}x{",
        r"\{\fs900}X",
    ] {
        let drawn = sheet(&clip(text), style("bold"), TALL, &[], Some(text), &fonts());
        std::fs::write(&ass, drawn.ass).unwrap();
        let Some(pixels) = draw(&ass, TALL, 0.1, "black", None) else { return skip("ffmpeg is not here") };
        let (left, top, right, bottom) = lit(&pixels, TALL.0).expect("words are drawn");
        assert!(left >= 40 && right <= 960 && top >= 1150 && bottom <= 1560, "{left} {top} {right} {bottom}");
    }
}

#[test]
fn naughty_strings_stay_inside_of_their_place() {
    let Some(file) = reelspan_testing::open_media("hostile/blns.json") else { return };
    let strings: Vec<String> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let fonts = fonts();
    let folder = tempfile::tempdir().unwrap();
    let ass = folder.path().join("a.ass");
    for (index, text) in strings.iter().enumerate() {
        let drawn = sheet(&clip(text), STYLES.get(index % STYLES.len()), TALL, &[], Some(text), &fonts);
        let (_, events) = drawn.ass.split_once("[Events]\n").unwrap();
        assert!(events.lines().skip(1).all(|line| line.starts_with("Dialogue: ")), "string {index}");
        // Drawing takes longer than writing: the nastiest for libass are those with its own signs.
        if text.contains('{') || index % 60 == 0 {
            std::fs::write(&ass, drawn.ass).unwrap();
            let Some(pixels) = draw(&ass, TALL, 0.1, "black", None) else { return skip("ffmpeg is not here") };
            if let Some((left, top, right, bottom)) = lit(&pixels, TALL.0) {
                assert!(
                    left >= 30 && right <= 980 && top >= 900 && bottom <= 1570,
                    "string {index}: {left} {top} {right} {bottom}"
                );
            }
        }
    }
}

/// Run by hand; the pictures are for a person to look at.
#[test]
#[ignore = "draws pictures for a person to look at"]
fn stills() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stills");
    std::fs::create_dir_all(&folder).unwrap();
    let fonts = fonts();
    let texts = [
        ("latin", "The one thing nobody tells you about money is quite simple."),
        ("arabic", "السر الذي لا يخبرك به أحد عن Rust و 2024 بسيط جداً!"),
        ("hebrew", "הסוד שאף אחד לא מספר לך, הוא פשוט (מאוד) 100%!"),
        ("hindi", "सफलता का सबसे बड़ा रहस्य यह है कि आप शुरुआत करें।"),
        ("chinese", "成功 的秘 诀其 实很 简单， 就是 每天 坚持。"),
        ("japanese", "成功の 秘密は とても シンプル です。"),
        ("korean", "성공의 비밀은 아주 간단합니다."),
        ("thai", "ความลับ ของ ความสำเร็จ คือ การ เริ่มต้น"),
        ("russian", "Главный секрет успеха на самом деле прост."),
        ("greek", "Το μεγάλο μυστικό της επιτυχίας είναι απλό."),
        ("emoji", "I ❤️ this 🔥 so much 👩‍💻 😂 really 🇩🇪 ok"),
        ("attack", r#"{\p1}m {\fs200}BIG 100% \N"quotes" it's {\ } } \h"#),
        (
            "long",
            "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen https://example.com/a/very/long/path/that/never/ends/at/all/and/goes/on",
        ),
        ("zalgo", "Z̴̨̛̗̪̲̊̀̅͠å̶̧̛̝̪̲̀̅͠l̷̨̛̗̪̲̊̀̅͠g̸̨̛̗̪̲̊̀̅͠o text"),
    ];
    for (name, text) in texts {
        for one in
            STYLES.iter().filter(|one| name == "latin" || ["bold", "pop", "highlight", "karaoke"].contains(&one.name))
        {
            let mut clip = clip(text);
            clip.hook = (one.name == "bold").then(|| format!("{text} And why."));
            let drawn = sheet(&clip, Some(one), TALL, &[], Some("made with Reelspan"), &fonts);
            if !drawn.missing.is_empty() {
                skip(&format!("{name} has no font for {:?}", drawn.missing));
            }
            let ass = folder.join(format!("{name}-{}.ass", one.name));
            std::fs::write(&ass, drawn.ass).unwrap();
            draw(&ass, TALL, 0.6, "0x4a6a7a", Some(&ass.with_extension("png")));
            if name == "arabic" || name == "hebrew" || name == "emoji" {
                draw(&ass, TALL, 2.6, "0x4a6a7a", Some(&folder.join(format!("{name}-{}-later.png", one.name))));
            }
        }
    }
}

/// Run by hand; the pictures are for a person to look at.
#[test]
#[ignore = "draws pictures for a person to look at"]
fn shapes() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stills");
    std::fs::create_dir_all(&folder).unwrap();
    let fonts = fonts();
    for (index, canvas) in [TALL, (1080, 1350), (1080, 1080), (1920, 1080)].into_iter().enumerate() {
        for one in STYLES {
            let mut clip = clip("Most people think that speed is everything, but it is not.");
            clip.hook = Some("The one thing nobody tells you".into());
            let drawn = sheet(&clip, Some(one), canvas, &[], Some("made with Reelspan"), &fonts);
            let ass = folder.join(format!("shape{index}-{}.ass", one.name));
            std::fs::write(&ass, drawn.ass).unwrap();
            draw(&ass, canvas, 1.4, "0x8a7a6a", Some(&ass.with_extension("png")));
        }
    }
}

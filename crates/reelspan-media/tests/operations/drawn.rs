//! Words and cards on the picture. `REELSPAN_LOOK=folder` keeps stills to be looked at.

use reelspan_media::operations::{Flag, Format, Request, check};
use serde_json::{Value, json};

use crate::bench::{BLACK, Bench, near, request};

fn with(format: Format, inputs: usize, option: &str, argument: Value) -> Request {
    let mut request = request(format, inputs, &[]);
    request.options.push(Flag { option: option.to_owned(), argument: Some(argument) });
    request
}

#[expect(clippy::disallowed_methods, reason = "asked for by hand, to be looked at")]
fn keep(bench: &Bench, output: &str, name: &str) {
    if let Some(folder) = std::env::var_os("REELSPAN_LOOK") {
        std::fs::copy(bench.path(output), std::path::Path::new(&folder).join(name)).unwrap();
    }
}

/// How much of a part of the picture is not as it was without words.
fn light(bench: &Bench, output: &str, part: &str) -> u8 {
    let (r, g, b) = bench.colour(output, 0.0, part);
    r.max(g).max(b)
}

#[test]
fn words_are_drawn_where_they_are_wanted_and_never_run() {
    let bench = Bench::new().input("-f lavfi -i color=c=black:s=1280x720:d=1", "in.mp4");
    let hostile =
        "Quotes ' \" and : , ; [a] {b} \\n \\ %{pts} $(x)\n%{metadata:x} 100% 'textfile=/etc/passwd'\nÄÖÜ ÿ → ✓";
    let cases = [
        ("plain", json!({"text": "Hello, world"})),
        (
            "lines",
            json!({"text": "Three words here and many more of them so that they need lines of their own", "style": {"charsPerLine": 24, "fontSize": 64, "boxBorderW": 30}}),
        ),
        ("hostile", json!({"text": hostile, "style": {"fontColor": "yellow"}})),
        (
            "low",
            json!({"text": "Lower left", "style": {"font": "No Such Family", "x": "40", "y": "h-text_h-40", "fontColor": "#ff8800@0.9", "boxBorderW": 0}}),
        ),
        ("arabic", json!({"text": "مرحبا بالعالم 日本語", "style": {"fontSize": "90"}})),
    ];
    for (name, argument) in cases {
        for argument in [argument.clone(), Value::String(argument.to_string())] {
            let made = bench.run(&with(Format::Png, 1, "@text-overlay", argument), "out.png");
            let says = |words: &str| made.notes.iter().any(|note| note.contains(words));
            assert!(says("draws this text") || name != "low", "what stands in for the font is said");
            assert_eq!(says("leaves boxes"), name == "arabic");
            keep(&bench, "out.png", &format!("overlay-{name}.png"));
            let at = if name == "low" { "400:60:40:620" } else { "400:120:440:300" };
            assert!(light(&bench, "out.png", at) > 12, "{name}");
            assert!(near(bench.colour("out.png", 0.0, "1280:80:0:0"), BLACK), "{name}");
        }
    }
}

#[test]
fn overlays_are_refused_by_the_key() {
    for (argument, says) in [
        (json!({"text": "a", "colour": "red"}), "`colour`"),
        (json!({"text": "a", "style": {"fontFamily": "x"}}), "`fontFamily`"),
        (json!({"style": {}}), "text"),
        (json!({"text": "  "}), "text"),
        (json!({"text": "x".repeat(10_001)}), "10000"),
        (json!({"text": "a", "style": {"fontSize": 500}}), "fontSize"),
        (json!({"text": "a", "style": {"charsPerLine": 1}}), "charsPerLine"),
        (json!({"text": "a", "style": {"x": "0:textfile=/etc/passwd"}}), "`x`"),
        (json!({"text": "a", "style": {"y": "while(1,0)"}}), "`y`"),
        (json!({"text": "a", "style": {"fontColor": "red:textfile=/x"}}), "fontColor"),
        (json!({"text": "a", "style": {"font": "../../etc/passwd"}}), "font"),
        (json!("not json"), "object"),
        (json!(7), "object"),
    ] {
        let refusal = check(&with(Format::Mp4, 1, "@text-overlay", argument)).err().unwrap().to_string();
        assert!(refusal.contains(says), "{refusal}");
    }
    assert!(check(&with(Format::Mp3, 1, "@text-overlay", json!({"text": "a"}))).is_err());
}

#[test]
fn what_is_used_is_written_out_as_text() {
    let checked = check(&with(Format::Mp4, 1, "@text-overlay", json!({"text": "a:b'c"}))).unwrap();
    let json = serde_json::to_value(&checked.options).unwrap();
    assert!(json.as_array().unwrap().iter().all(|flag| flag.get("argument").is_none_or(Value::is_string)), "{json}");
    assert!(json.to_string().contains("drawtext"));
    assert_eq!(serde_json::to_value(checked.source).unwrap(), "virtual_options");
}

#[test]
fn a_card_is_drawn_with_and_without_a_photo_and_over_a_picture() {
    let quote = "The best way to predict the future is to invent it.";
    let long = "When you are courting a nice girl an hour seems like a second. When you sit on a red-hot cinder a second seems like an hour. That is relativity: the time that you feel is not the time on the clock, and what you measure depends on where you are, on how you move, and on what.";
    let photo = Bench::new().input("-f lavfi -i testsrc2=s=400x600:d=1 -frames:v 1", "photo.png");
    for (name, argument) in [
        ("short", json!({"quote": "Stay hungry.", "name": "Stewart Brand"})),
        ("plain", json!({"quote": quote, "name": "Alan Kay", "handle": "@alankay"})),
        ("photo", json!({"quote": quote, "name": "Alan Kay", "handle": "@alankay", "photo_url": "https://a/p.png"})),
        ("long", json!({"quote": long, "name": "A. Einstein", "handle": "@einstein", "photo": "https://a/p.png"})),
        (
            "hostile",
            json!({"quote": "{\\an1}{\\fs900}Break\\Nout ' : , ; [x] 日本語 مرحبا", "name": "{\\p1}m 0 0", "handle": "\\h@x"}),
        ),
        ("word", json!({"quote": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft!"})),
    ] {
        let bench = Bench::new().referenced("https://a/p.png", &photo.path("photo.png"));
        let request = with(Format::Png, 0, "@quote-card", argument.clone());
        assert_eq!(check(&request).unwrap().addresses.len(), usize::from(argument.to_string().contains("https")));
        let made = bench.run(&request, "out.png");
        assert_eq!((made.metadata.width, made.metadata.height), (Some(1080), Some(1080)));
        keep(&bench, "out.png", &format!("card-{name}.png"));
        assert!(light(&bench, "out.png", "600:500:112:300") > 40, "{name}");
        let (r, g, b) = bench.colour("out.png", 0.0, "60:900:1010:90");
        assert!(r < 90 && g < 90 && b < 130, "words run out of the card: {name}");
    }
    let bench = Bench::new().input("-f lavfi -i testsrc2=s=1280x720:d=1", "in.mp4");
    bench.run(&with(Format::Jpeg, 1, "@quote-card", json!({"quote": quote, "name": "Alan Kay"})), "out.jpg");
    keep(&bench, "out.jpg", "card-behind.jpg");
    let made =
        Bench::new().run(&with(Format::Mp4, 0, "@quote-card", json!({"quote": quote, "output": "video"})), "out.mp4");
    assert!((made.metadata.duration_seconds - 8.0).abs() < 0.1 && made.metadata.fps == Some(30.0));
}

#[test]
fn cards_are_refused_by_the_key() {
    for (format, argument, says) in [
        (Format::Png, json!({"quote": ""}), "quote"),
        (Format::Png, json!({"quote": "x".repeat(281)}), "280"),
        (Format::Png, json!({"quote": "a", "name": "x".repeat(61)}), "60"),
        (Format::Png, json!({"quote": "a", "photo": "/etc/passwd"}), "address"),
        (Format::Png, json!({"quote": "a", "output": "video"}), "output"),
        (Format::Mp4, json!({"quote": "a", "output": "image"}), "output"),
        (Format::Mp3, json!({"quote": "a"}), "sound"),
        (Format::Png, json!({"quote": "a", "font": "x"}), "`font`"),
    ] {
        let refusal = check(&with(format, 0, "@quote-card", argument)).err().unwrap().to_string();
        assert!(refusal.contains(says), "{refusal}");
    }
    let mut both = with(Format::Mp4, 1, "@quote-card", json!({"quote": "a"}));
    both.options.push(Flag::new("-crf", "20"));
    assert!(check(&both).is_err());
}

#[test]
fn subtitles_behind_an_address_are_burnt_in() {
    let bench = Bench::new().input("-f lavfi -i color=c=black:s=640x360:d=2:r=25", "in.mp4");
    let file = bench.path("it's a: odd, [name].srt");
    std::fs::write(&file, "1\n00:00:00,000 --> 00:00:02,000\nBURNT IN WORDS OF SOME LENGTH\n").unwrap();
    let address = "https://cdn.example.com/a.srt?sig=a:b,c";
    let bench = bench.referenced(address, &file);
    let graph = format!("subtitles='{address}':force_style='FontSize=32',hflip,hflip");
    let request = request(Format::Mp4, 1, &[("-vf", &graph)]);
    assert_eq!(check(&request).unwrap().addresses, [address]);
    bench.run(&request, "out.mp4");
    assert!(light(&bench, "out.mp4", "400:80:120:270") > 20);
    keep(&bench, "out.mp4", "subtitles.mp4");
}

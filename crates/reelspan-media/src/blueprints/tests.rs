//! Checks the list of blueprints and what is taken and refused.

use std::path::Path;

use serde_json::json;

use super::*;

#[test]
fn every_blueprint_has_its_line_in_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/blueprints");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = if path.is_file() { std::fs::read_to_string(&path).unwrap() } else { String::new() };
        if text.contains("\npub(super) const BLUEPRINT: ") {
            let slug = path.file_stem().unwrap().to_str().unwrap().replace('_', "-");
            assert!(
                blueprint(&slug).is_some(),
                "blueprints/{} has no line in BLUEPRINTS, or another slug",
                path.display()
            );
        }
    }
    for (index, one) in BLUEPRINTS.iter().enumerate() {
        assert!(BLUEPRINTS[..index].iter().all(|other| other.slug != one.slug), "{} stands there twice", one.slug);
        assert!(!one.outputs.is_empty() && !one.about.is_empty());
    }
}

fn sent(value: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    value.as_object().unwrap().clone()
}

#[track_caller]
fn refused(slug: &str, value: serde_json::Value, code: &str, because: &str) {
    let refusal = check(slug, &sent(value)).unwrap_err();
    assert_eq!(refusal.code(), code, "{refusal}");
    assert!(refusal.to_string().contains(because), "{refusal}");
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let video = json!({"video_url": "https://a/b.mp4"});
    let of = |slug: &str, field: &str| check(slug, &sent(video.clone())).unwrap().choice(field);
    assert_eq!(of("resize-format", "format"), "9x16");
    assert_eq!(of("resize-format", "fit"), "pad");
    assert_eq!(of("camera-glide", "direction"), "right");
    assert_eq!(of("caption-video", "style"), "bold-bottom");
    let gif = check("video-to-gif", &sent(video.clone())).unwrap();
    assert_eq!((gif.number("length"), gif.number("size"), gif.choice("caption_position")), (5.0, 480.0, "bottom"));
    let logo = json!({"video_url": "gs://b/v.mp4", "logo_url": "gs://b/l.png"});
    let mark = check("watermark", &sent(logo)).unwrap();
    assert_eq!((mark.choice("position"), mark.choice("size")), ("bottom-right", "small"));
    let fields: Vec<_> = mark.addresses().map(|address| (address.field, address.media)).collect();
    assert_eq!(fields, [("video_url", Media::Video), ("logo_url", Media::Image)]);
}

#[test]
fn numbers_may_come_as_strings_and_nothing_as_null() {
    for speed in [json!(2), json!(2.0), json!("2"), json!("2.0"), json!(" 2 ")] {
        let inputs = check("speed-changer", &sent(json!({"video_url": "https://a/b", "speed": speed}))).unwrap();
        assert_eq!(inputs.number("speed"), 2.0);
    }
    let inputs =
        check("viral-short", &sent(json!({"video_url": "HTTPS://a/b", "hook_text": 2026, "music_url": null}))).unwrap();
    assert_eq!((inputs.text("hook_text"), inputs.addresses().count()), (Some("2026"), 1));
}

#[test]
fn what_is_wrong_is_named() {
    let video = "https://a/b";
    refused("nothing", json!({}), "unknown_blueprint", "`zoom-in`");
    refused("zoom-in", json!({}), "missing_field", "`video_url` is missing");
    refused("zoom-in", json!({"video_url": ""}), "missing_field", "`video_url`");
    refused(
        "zoom-in",
        json!({"video_url": video, "speed": 2}),
        "unknown_field",
        "`speed` is no input of `zoom-in`; it takes `video_url`",
    );
    refused("speed-changer", json!({"video_url": video, "speed": 3}), "wrong_value", "one of `0.5`, `1.5`, `2`, `4`");
    refused(
        "watermark",
        json!({"video_url": video, "logo_url": video, "size": "huge"}),
        "wrong_value",
        "`small`, `medium`, `large`",
    );
    refused("quote-card", json!({"quote": "x".repeat(281)}), "text_too_long", "281 characters, and 280");
    refused("quote-card", json!({"quote": "\u{200B}\u{200E}"}), "wrong_value", "that can be seen");
    refused("quote-card", json!({"quote": ["a"]}), "wrong_value", "`quote` must be text");
    refused("caption-video", json!({"video_url": video, "language": "../x"}), "wrong_value", "language tag");
    for address in ["file:///etc/passwd", "http://a/b", "/etc/passwd", "https://a/b c", "gs:/a"] {
        refused("boomerang", json!({"video_url": address}), "wrong_value", "beginning with https:// or gs://");
    }
    let all = check("product-slideshow", &sent(json!({"photo2_url": 7, "aspect": "4x5"}))).unwrap_err();
    assert_eq!(all.problems.len(), 3, "{all}");
    assert!(check("quote-card", &sent(json!({"quote": "é".repeat(280)}))).is_ok(), "characters count, not bytes");
}

#[test]
fn no_debug_print_holds_what_people_wrote() {
    let inputs = check("quote-card", &sent(json!({"quote": "secret words", "photo_url": "https://secret/a"}))).unwrap();
    let printed = format!("{inputs:?} {:?}", inputs.addresses().collect::<Vec<_>>());
    assert!(!printed.contains("secret"), "{printed}");
}

#[test]
fn a_generative_blueprint_is_checked_and_not_run() {
    let inputs = check("product-ad", &sent(json!({"logo_url": "https://a/l", "photo_url": "https://a/p"}))).unwrap();
    assert!(inputs.blueprint().is_generative());
    let (fonts, files) = (Fonts::default(), BTreeMap::new());
    let order = Order {
        inputs: &inputs,
        files: &files,
        fonts: &fonts,
        folder: Path::new("/"),
        subtitles: None,
        limits: Limits::default(),
    };
    let error = run(&crate::tool::for_tests(), &order, &Cancel::new(), &mut |_| {}).unwrap_err();
    assert_eq!(error.code(), "generative");
}

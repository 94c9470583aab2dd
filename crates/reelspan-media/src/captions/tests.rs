//! Checks what reaches libass.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A clip from 10 s on whose words last 0.3 s each.
pub(super) fn clip(words: &[&str]) -> Clip {
    let word = |(index, text): (usize, &&str)| {
        let start = 10.0 + index as f64 * 0.3;
        Word { start, end: start + 0.28, text: (*text).to_owned(), confidence: None, speaker: None }
    };
    let words: Vec<Word> = words.iter().enumerate().map(word).collect();
    Clip {
        id: "01".into(),
        start: 10.0,
        end: 20.0,
        title: String::new(),
        hook: None,
        score: 0.0,
        reason: String::new(),
        thumbnail: None,
        terms: Vec::new(),
        layouts: BTreeMap::new(),
        captions: group(&words, Span::new(10.0, 20.0), None),
    }
}

const TALL: (u32, u32) = (1080, 1920);

fn drawn(clip: &Clip, name: &str) -> Sheet {
    sheet(clip, style(name), TALL, &[], None, &Fonts::default())
}

#[test]
fn the_list_of_styles_has_no_double_and_every_name_is_found() {
    assert!(STYLES.len() >= 5);
    for (index, one) in STYLES.iter().enumerate() {
        assert_eq!(style(one.name), Some(one));
        assert!(STYLES[..index].iter().all(|other| other.name != one.name));
    }
    assert_eq!(style("none"), None);
}

#[test]
fn a_sheet_is_plain_text_that_people_can_read() {
    insta::assert_snapshot!("bold", drawn(&clip(&["Two", "words."]), "bold").ass);
}

#[test]
fn srt_has_two_lines_at_most_and_begins_at_the_clip() {
    let mut clip = clip(&["Nobody", "expects", "--> the", "answer\n\nto", "this,", "and", "yet."]);
    clip.captions = vec![crate::plan::Caption {
        start: 9.5,
        end: 12.25,
        words: clip.captions.into_iter().flat_map(|c| c.words).collect(),
    }];
    assert_eq!(srt(&clip), "1\n00:00:00,000 --> 00:00:02,250\nNobody expects -> the\nanswer to this, and yet.\n\n");
}

#[test]
fn srt_reads_back() {
    let clip = clip(&["What", "is", "said,", "is", "said", "again.", "Here", "it", "comes."]);
    let back = crate::subtitles::parse(srt(&clip).as_bytes(), "srt").unwrap();
    let said = |words: &[Word]| crate::transcript::join(words);
    let words: Vec<Word> = clip.captions.iter().flat_map(|caption| caption.words.clone()).collect();
    assert_eq!(said(&back.words), said(&words));
}

#[test]
fn without_fonts_every_character_is_reported() {
    assert_eq!(drawn(&clip(&["ab", "b"]), "bold").missing, ['a', 'b']);
}

#[test]
fn hook_and_mark_are_drawn_without_captions_too() {
    let clip = Clip { hook: Some("Why {\\p1} it works".into()), ..clip(&["unseen"]) };
    let found = sheet(&clip, None, TALL, &[], Some("made with care"), &Fonts::default()).ass;
    assert!(found.contains(",Hook,") && found.contains(",Mark,") && !found.contains("unseen"));
    assert!(found.contains("\\{\\\u{2060}p1\\}"), "the hook's text is escaped");
}

#[test]
fn each_shape_of_picture_keeps_words_inside_of_its_safe_area() {
    let long =
        ["Donaudampfschifffahrtsgesellschaftskapitän", "und", "noch", "viele", "weitere", "Wörter", "ohne", "Ende"];
    for canvas in [(1080, 1920), (1080, 1350), (1080, 1080), (1920, 1080), (360, 640)] {
        for one in STYLES {
            let sheet = sheet(&clip(&long), Some(one), canvas, &[], None, &Fonts::default());
            let safe = band::safe(canvas);
            for at in sheet
                .ass
                .lines()
                .filter(|line| line.starts_with("Dialogue"))
                .filter_map(|line| line.split_once("\\pos("))
            {
                let (x, rest) = at.1.split_once(',').unwrap();
                let y: f64 = rest.split_once(')').unwrap().0.parse().unwrap();
                let (x, width, height) = (x.parse::<f64>().unwrap(), f64::from(canvas.0), f64::from(canvas.1));
                assert!(x >= safe.left * width - 1.0 && x <= safe.right * width + 1.0, "{} {canvas:?} x {x}", one.name);
                assert!(y >= safe.top * height && y <= safe.bottom * height, "{} {canvas:?} y {y}", one.name);
            }
        }
    }
}

/// The text of an event with its blocks taken out, as libass reads it: `\{`, `\}` and `\N` are two characters.
fn visible(text: &str) -> (String, usize) {
    let (mut seen, mut blocks) = (String::new(), 0);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' if matches!(rest.peek(), Some('{' | '}' | 'N' | 'n' | 'h')) => {
                let next = rest.next().unwrap_or(' ');
                seen.push(if matches!(next, '{' | '}') { next } else { '\n' });
            }
            '{' => {
                blocks += 1;
                for inside in rest.by_ref() {
                    if inside == '}' {
                        break;
                    }
                }
            }
            _ => seen.push(c),
        }
    }
    (seen, blocks)
}

proptest! {
    #[test]
    fn escaped_text_opens_no_block_and_breaks_no_line(text in r#"([{}\\Nnh,%"'p1()\n\r]|[a-z]|é|我|😀|‏|\PC){0,60}"#) {
        let (seen, blocks) = visible(&escape(&text));
        prop_assert_eq!(blocks, 0);
        let plain: String = text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}') { ' ' } else { c }).filter(|c| !c.is_control()).collect();
        prop_assert_eq!(seen.replace('\u{2060}', ""), plain.replace('\u{2060}', ""));
    }

    #[test]
    fn any_words_make_a_sheet_of_one_event_a_line(words in prop::collection::vec(r#"[{}\\Nn,%"'a-z😀我ش]{1,12}|[\PC]{1,8}|[a-z]{300}"#, 1..12), which in 0..STYLES.len()) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let clip = clip(&words);
        let found = sheet(&clip, STYLES.get(which), TALL, &[], Some("{\\fs200}"), &Fonts::default());
        let (_, events) = found.ass.split_once("[Events]\n").unwrap();
        for line in events.lines().skip(1) {
            prop_assert!(line.starts_with("Dialogue: "), "{}", line);
            prop_assert_eq!(line.chars().filter(|c| c.is_control()).count(), 0);
        }
    }
}

//! Checks that any text fits the room that it is given.

use proptest::prelude::*;

use super::super::super::styles::PLAIN;
use super::*;

fn lay(text: &str, (width, height): (f64, f64), most_lines: usize) -> Option<Laid> {
    let fonts = Fonts::default();
    let mut lettering = Lettering::new((1080, 1920), &fonts);
    lettering.lay(&Wanted { text, look: &PLAIN, width, height, em: 90.0, most_lines })
}

fn rows(text: &str, width: f64) -> usize {
    lay(text, (width, 1500.0), 99).unwrap().block.lines.len()
}

#[test]
fn lines_are_few_and_even() {
    let laid = lay("one two three four five six", (900.0, 900.0), 9).unwrap();
    assert_eq!((laid.block.lines.len(), laid.em), (2, 90.0));
    assert!(laid.width < 800.0, "the first line is not filled to the brim: {}", laid.width);
}

#[test]
fn text_without_spaces_is_broken_where_its_script_allows() {
    assert_eq!(divided("你好，世界"), ["你", "好，", "世", "界"]);
    assert_eq!(divided("「東京」で"), ["「東", "京」", "で"]);
    assert_eq!(divided("hello,world"), ["hello,world"]);
    assert!(rows(&"漢".repeat(60), 800.0) > 3);
}

#[test]
fn line_ends_stay() {
    assert_eq!(rows("a\nb\nc", 800.0), 3);
    assert_eq!(rows("a\n\n\nb", 800.0), 2);
}

#[test]
fn nothing_visible_is_nothing() {
    assert!(lay(" \u{200B}\n\t", (500.0, 500.0), 3).is_none());
}

#[test]
fn what_cannot_fit_at_all_is_cut_and_says_so() {
    let laid = lay(&"word ".repeat(2000), (200.0, 100.0), 2).unwrap();
    assert!(!laid.whole && laid.block.lines.len() <= 2 && laid.height <= 100.0);
}

proptest! {
    #[test]
    fn any_text_stays_inside(text in r#"([a-z]{1,30}|[\PC]{1,12}|漢字{1,20}|م{1,30}| |\n){1,40}"#, width in 60.0..1000.0f64, height in 60.0..1500.0f64, most in 1..30usize) {
        if let Some(laid) = lay(&text, (width, height), most) {
            prop_assert!(laid.width <= width + 1.0 && laid.height <= height + 1.0, "{}x{} in {width}x{height}", laid.width, laid.height);
            prop_assert!(laid.block.lines.len() <= most);
        }
    }
}

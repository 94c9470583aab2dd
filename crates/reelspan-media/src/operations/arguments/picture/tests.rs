//! Sizes, and graphs that are put together.

use super::super::super::graph::parse;
use super::*;

#[test]
fn sizes_fit_their_frame_and_stay_even() {
    assert_eq!(frame((1920, 1080), Resolution::P480), (854, 480));
    assert_eq!(frame((1080, 1920), Resolution::P2160), (2160, 3840));
    assert_eq!(within((1920, 1080), (1280, 720), 2.0), (1280, 720));
    assert_eq!(within((1, 4000), (480, 854), 2.0), (2, 854));
    assert_eq!(within((100, 50), (1920, 1080), 2.0), (200, 100));
}

#[test]
fn what_goes_before_and_after_keeps_the_users_labels() {
    let before = || vec![filter("hflip", &[])];
    let after = || vec![filter("vflip", &[])];
    for (own, written) in [
        ("null", "hflip,null,vflip"),
        ("[in]null[out]", "[in]hflip[before_in];[before_in]null,vflip[out]"),
        ("split[a][b];[a]null[c];[c][b]hstack", "hflip,split[a][b];[a]null[c];[c][b]hstack,vflip"),
        (
            "color=d=1[c];[in][c]overlay[out]",
            "[in]hflip[before_in];color=duration=1[c];[before_in][c]overlay,vflip[out]",
        ),
    ] {
        assert_eq!(spliced(Some(parse(own).unwrap()), before(), after()).write(), written.replace("duration=1", "d=1"));
    }
}

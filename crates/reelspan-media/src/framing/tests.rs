//! Synthetic shots whose right layout is plain.

use super::geometry::{pane_window, track_window};
use super::*;
use crate::analysis::{Box2, Face, FaceSample, SaliencePoint, Series, Transition};

const SECONDS: f64 = 20.0;

fn face(x: f32, y: f32, h: f32) -> Face {
    Face { area: Box2 { x: x - h * 9.0 / 32.0, y, w: h * 9.0 / 16.0, h }, score: 12.0, mouth: 0.05 }
}

fn video(cuts: &[f64], faces: impl Fn(f64) -> Vec<Face>) -> VideoAnalysis {
    let mut bounds = vec![0.0];
    bounds.extend_from_slice(cuts);
    bounds.push(SECONDS);
    let shots = bounds
        .windows(2)
        .map(|pair| Shot { start: pair[0], end: pair[1], transition: Transition::Cut, screen: 0.0 })
        .collect();
    let times = || (0..(SECONDS * 4.0) as usize).map(|i| i as f64 / 4.0);
    VideoAnalysis {
        width: 1920,
        height: 1080,
        frame_rate: 30.0,
        shots,
        motion: Series::default(),
        black: Vec::new(),
        frozen: Vec::new(),
        faces: times().map(|t| FaceSample { t, faces: faces(t) }).collect(),
        salience: times().map(|t| SaliencePoint { t, x: 0.5, y: 0.5, strength: 0.05 }).collect(),
        sharpness: Series::default(),
        exposure: Series::default(),
        novelty: Series::default(),
        shake: Series::default(),
    }
}

fn lay(video: &VideoAnalysis, span: Span) -> Vec<ShotLayout> {
    let layouts = frame(video, &[], span, Aspect::VERTICAL, None);
    gapless(&layouts, span);
    layouts
}

#[track_caller]
fn gapless(layouts: &[ShotLayout], span: Span) {
    assert_eq!(layouts.first().unwrap().start, span.start);
    assert_eq!(layouts.last().unwrap().end, span.end);
    assert!(layouts.windows(2).all(|pair| pair[0].end == pair[1].start));
    assert!(layouts.iter().all(|layout| layout.end > layout.start));
}

const ALL: Span = Span { start: 0.0, end: SECONDS };

#[test]
fn noise_in_the_boxes_leaves_the_window_still() {
    let video = video(&[], |t| vec![face(0.4 + 0.01 * ((t * 4.0) as i32 * 7 % 5 - 2) as f32, 0.2, 0.25)]);
    let layouts = lay(&video, Span::new(2.0, 18.0));
    assert_eq!((layouts.len(), layouts[0].layout, layouts[0].path.len()), (1, Layout::Track, 1));
    assert!((layouts[0].path[0].x - 0.4).abs() < 0.05);
}

#[test]
fn a_walking_face_is_panned_after_without_jerks() {
    let at = |t: f64| 0.2 + 0.6 * (t / SECONDS) as f32 + 0.006 * ((t * 4.0) as i32 % 3 - 1) as f32;
    let video = video(&[], |t| vec![face(at(t), 0.2, 0.25)]);
    let layouts = lay(&video, ALL);
    let window = |t: f64| track_window(&layouts[0], 1920, 1080, 9.0 / 16.0, t);
    for sample in &video.faces {
        assert!(window(sample.t).share_of(sample.faces[0].area) > 0.999, "{}", sample.t);
    }
    let places: Vec<f64> = (0..600).map(|i| window(f64::from(i) / 30.0).x * 1920.0).collect();
    let worst = places.windows(3).map(|p| (p[0] - 2.0 * p[1] + p[2]).abs()).fold(0.0, f64::max);
    assert!(worst < 1.0, "jumps by {worst} px a frame a frame");
    assert!(places[599] - places[0] > 700.0);
}

#[test]
fn the_window_is_set_anew_exactly_at_a_cut() {
    let video = video(&[7.3], |t| vec![face(if t < 7.3 { 0.2 } else { 0.8 }, 0.2, 0.25)]);
    let layouts = lay(&video, ALL);
    assert_eq!(layouts.len(), 2);
    assert_eq!(layouts[1].start, 7.3);
    let x = |t: f64, i: usize| track_window(&layouts[i], 1920, 1080, 9.0 / 16.0, t).center().0;
    assert!((x(7.29, 0) - 0.2).abs() < 0.06 && (x(7.3, 1) - 0.8).abs() < 0.06);
    assert_eq!((layouts[0].path.len(), layouts[1].path.len()), (1, 1));
}

#[test]
fn two_who_sit_apart_get_a_pane_each() {
    let (left, right) = (face(0.2, 0.3, 0.25), face(0.8, 0.25, 0.22));
    let layouts = lay(&video(&[], |_| vec![right, left]), ALL);
    assert_eq!(layouts[0].layout, Layout::Split);
    let [upper, lower] = &layouts[0].panes[..] else { panic!("not two panes") };
    let shown = |pane| pane_window(pane, 1920, 1080, 9.0 / 16.0);
    assert!(shown(upper).share_of(left.area) > 0.999 && shown(upper).share_of(right.area) == 0.0);
    assert!(shown(lower).share_of(right.area) > 0.999 && shown(lower).share_of(left.area) == 0.0);
}

#[test]
fn two_who_sit_close_share_a_window() {
    let faces = [face(0.42, 0.3, 0.2), face(0.56, 0.3, 0.2)];
    let layouts = lay(&video(&[], |_| faces.to_vec()), ALL);
    assert_eq!(layouts[0].layout, Layout::Track);
    let window = track_window(&layouts[0], 1920, 1080, 9.0 / 16.0, 3.0);
    assert!(faces.iter().all(|face| window.share_of(face.area) > 0.999));
}

#[test]
fn slides_and_empty_shots_are_shown_whole() {
    let mut slides = video(&[], |_| vec![face(0.9, 0.8, 0.12)]);
    slides.shots[0].screen = 0.9;
    assert_eq!(lay(&slides, ALL)[0].layout, Layout::Fit);
    assert_eq!(lay(&video(&[], |_| Vec::new()), ALL)[0].layout, Layout::Fit);
}

#[test]
fn a_person_without_a_face_is_followed_by_movement() {
    let mut video = video(&[], |_| Vec::new());
    for point in &mut video.salience {
        (point.x, point.strength) = (0.75, 0.7);
    }
    let layouts = lay(&video, ALL);
    assert_eq!(layouts[0].layout, Layout::Track);
    assert!((layouts[0].path[0].x - 0.75).abs() < 0.08);
}

#[test]
fn a_distant_face_is_brought_nearer_with_room_above_the_head() {
    let layouts = lay(&video(&[], |_| vec![face(0.6, 0.4, 0.06)]), ALL);
    assert!(layouts[0].zoom < 0.8 && layouts[0].zoom >= 0.5, "{}", layouts[0].zoom);
    let window = track_window(&layouts[0], 1920, 1080, 9.0 / 16.0, 3.0);
    let eyes = (0.424 - window.y) / window.h;
    assert!((0.2..0.5).contains(&eyes), "{eyes}");
}

#[test]
fn what_is_asked_for_is_given() {
    let video = video(&[8.0], |_| vec![face(0.3, 0.2, 0.25)]);
    for wanted in [Layout::Fit, Layout::Center, Layout::Track] {
        let layouts = frame(&video, &[], ALL, Aspect::VERTICAL, Some(wanted));
        assert!(layouts.iter().all(|layout| layout.layout == wanted));
        gapless(&layouts, ALL);
    }
    // One person cannot be split.
    assert!(
        frame(&video, &[], ALL, Aspect::VERTICAL, Some(Layout::Split))
            .iter()
            .all(|layout| layout.layout == Layout::Track)
    );
}

#[test]
fn every_aspect_and_source_shape_stays_inside() {
    for (width, height) in [(1920, 1080), (1080, 1920), (640, 480), (100, 1000), (16, 16)] {
        for aspect in ["9:16", "1:1", "4:5", "16:9", "4:1"] {
            let aspect: Aspect = aspect.parse().unwrap();
            let mut video = video(&[3.0, 3.2], |t| vec![face((t / 20.0) as f32, 0.9, 0.2)]);
            (video.width, video.height) = (width, height);
            let span = Span::new(1.1, 17.9);
            let layouts = frame(&video, &[], span, aspect, None);
            gapless(&layouts, span);
            for key in layouts.iter().flat_map(|layout| &layout.path) {
                assert!((0.0..=1.0).contains(&key.x) && (0.0..=1.0).contains(&key.y), "{key:?}");
            }
        }
    }
}

#[test]
fn spans_beyond_the_picture_and_without_it_are_covered() {
    let video = video(&[5.0], |_| vec![face(0.3, 0.2, 0.25)]);
    lay(&video, Span::new(18.0, 25.0));
    lay(&video, Span::new(30.0, 31.0));
    lay(&video, Span::new(4.99, 5.01));
    assert!(frame(&video, &[], Span::new(3.0, 3.0), Aspect::VERTICAL, None).is_empty());
    let nothing = VideoAnalysis { shots: Vec::new(), faces: Vec::new(), salience: Vec::new(), ..video };
    lay(&nothing, ALL);
}

#[test]
fn who_speaks_is_shown_when_both_cannot_be() {
    // Two faces so close that panes would overlap, yet too wide for one window.
    let talker = |t: f64, first: bool| if (t < 10.0) == first { 0.4 } else { 0.0 };
    let video = video(&[], |t| {
        let mut faces = [face(0.33, 0.2, 0.42), face(0.66, 0.2, 0.42)];
        for (index, face) in faces.iter_mut().enumerate() {
            face.mouth = talker(t, index == 0);
        }
        faces.to_vec()
    });
    let layouts = frame(&video, &[ALL], ALL, Aspect::VERTICAL, Some(Layout::Track));
    gapless(&layouts, ALL);
    assert_eq!(layouts.len(), 2, "{layouts:?}");
    assert!((layouts[0].end - 10.0).abs() < 1.0);
    assert!(layouts[0].path[0].x < 0.4 && layouts[1].path[0].x > 0.6);
}

#[test]
fn captions_hear_where_the_face_stands() {
    let video = video(&[], |_| vec![face(0.4, 0.2, 0.25)]);
    let layouts = lay(&video, ALL);
    let free = keep_free(&video, &layouts, Aspect::VERTICAL);
    assert!(!free.is_empty());
    for part in &free {
        assert!((part.top - 0.2).abs() < 0.01 && (part.bottom - 0.45).abs() < 0.01, "{part:?}");
    }
    let fit = frame(&video, &[], ALL, Aspect::VERTICAL, Some(Layout::Fit));
    let part = keep_free(&video, &fit, Aspect::VERTICAL)[0];
    assert!(part.top > 0.35 && part.bottom < 0.65, "{part:?}");
}

#[test]
fn between_the_faces_of_two_panes_there_is_room_for_captions() {
    let video = video(&[], |_| vec![face(0.1, 0.3, 0.25), face(0.75, 0.3, 0.25)]);
    let layouts = lay(&video, ALL);
    assert_eq!(layouts[0].layout, Layout::Split);
    let free = keep_free(&video, &layouts, Aspect::VERTICAL);
    assert!(free.iter().any(|part| part.top < 0.5) && free.iter().any(|part| part.bottom > 0.5));
    assert!(free.iter().all(|part| part.bottom < 0.47 || part.top > 0.53), "{free:?}");
}

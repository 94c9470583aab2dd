//! Beats of made sounds whose truth is exact: clicks, drums, and sounds without a beat.

use super::ear::{Ear, RATE};
use super::find::find;
use super::{Beats, Reading};

/// White noise, the same on every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

struct Tape {
    sound: Vec<f32>,
    noise: Noise,
}

impl Tape {
    /// A faint room.
    fn new(seconds: f64) -> Self {
        let mut noise = Noise(7);
        let sound = (0..(seconds * f64::from(RATE)) as usize).map(|_| 2e-4 * noise.next()).collect();
        Self { sound, noise }
    }

    fn lay(&mut self, at: f64, seconds: f64, mut wave: impl FnMut(f32, &mut Noise) -> f32) {
        let start = (at * f64::from(RATE)).round() as usize;
        for n in 0..(seconds * f64::from(RATE)) as usize {
            if let Some(to) = self.sound.get_mut(start + n) {
                *to += wave(n as f32 / RATE as f32, &mut self.noise);
            }
        }
    }

    fn kick(&mut self, at: f64) {
        self.lay(at, 0.2, |t, _| 0.8 * (-t / 0.07).exp() * (2.0 * std::f32::consts::PI * 60.0 * t + 0.6).sin());
    }

    fn snare(&mut self, at: f64) {
        self.lay(at, 0.15, |t, noise| 0.45 * (-t / 0.04).exp() * noise.next());
    }

    fn hat(&mut self, at: f64, gain: f32) {
        let mut last = 0.0;
        self.lay(at, 0.08, |t, noise| {
            let value = noise.next();
            let edge = value - last;
            last = value;
            gain * (-t / 0.02).exp() * edge
        });
    }

    fn tone(&mut self, at: f64, seconds: f64, hertz: f32, gain: f32) {
        let length = seconds as f32;
        self.lay(at, seconds, |t, _| {
            let shape = (t / 0.01).min(1.0).min((length - t) / 0.05);
            gain * shape * (1..5).map(|k| (std::f32::consts::TAU * hertz * k as f32 * t).sin() / k as f32).sum::<f32>()
        });
    }

    fn beats(&self) -> Beats {
        heard(&self.sound, 8192)
    }
}

fn heard(mono: &[f32], chunk: usize) -> Beats {
    let mut ear = Ear::new(1);
    mono.chunks(chunk).for_each(|part| ear.push(part));
    find(&ear.finish())
}

fn steady(bpm: f64, first: f64, seconds: f64) -> Vec<f64> {
    (0..).map(|n| first + f64::from(n) * 60.0 / bpm).take_while(|t| *t < seconds - 0.2).collect()
}

/// Beats of a tempo that is a function of time.
fn changing(tempo: impl Fn(f64) -> f64, seconds: f64) -> Vec<f64> {
    let mut beats = vec![0.4];
    while beats[beats.len() - 1] < seconds - 1.0 {
        let at = beats[beats.len() - 1];
        beats.push(at + 60.0 / tempo(at + 30.0 / tempo(at)));
    }
    beats
}

fn times(beats: &Beats) -> Vec<f64> {
    beats.beats.iter().map(|beat| beat.t).collect()
}

/// Every true beat is found this closely, but for so many; and nothing else is.
#[track_caller]
fn assert_found(found: &Beats, truth: &[f64], within: f64, missing: usize) {
    let times = times(found);
    let near = |list: &[f64], t: f64| list.iter().any(|other| (other - t).abs() <= within);
    let missed: Vec<_> = truth.iter().filter(|t| !near(&times, **t)).collect();
    let extra: Vec<_> = times.iter().filter(|t| !near(truth, **t)).collect();
    assert!(missed.len() <= missing && extra.len() <= missing, "missed {missed:?}, extra {extra:?}");
}

fn rock(tape: &mut Tape, beats: &[f64]) {
    const ROOTS: [f32; 4] = [110.0, 146.8, 98.0, 130.8];
    for (at, t) in beats.iter().enumerate() {
        if at % 2 == 0 {
            tape.kick(*t)
        } else {
            tape.snare(*t)
        }
        tape.hat(*t, 0.1);
        if let Some(next) = beats.get(at + 1) {
            tape.hat((t + next) / 2.0, 0.08);
            if at % 4 == 0 {
                tape.tone(*t, 3.8 * (next - t), ROOTS[at / 4 % 4] * 2.0, 0.05);
            }
        }
    }
}

#[test]
fn clicks_are_found_where_they_are() {
    let truth = steady(120.0, 0.73, 20.0);
    let mut tape = Tape::new(20.0);
    truth.iter().for_each(|t| tape.snare(*t));
    let found = tape.beats();
    assert!((found.bpm.unwrap() - 120.0).abs() < 0.2, "{:?}", found.bpm);
    assert!(found.confidence > 0.9, "{}", found.confidence);
    assert_found(&found, &truth, 0.005, 0);
    assert!(found.beats.iter().all(|beat| beat.strength > 0.5));
    assert_eq!((found.tempo.len(), found.note), (2, None));
}

#[test]
fn silence_before_the_music_has_no_beats() {
    let truth = steady(100.0, 6.2, 26.0);
    let mut tape = Tape::new(30.0);
    rock(&mut tape, &truth);
    assert_found(&tape.beats(), &truth, 0.01, 0);
}

#[test]
fn a_tempo_that_drifts_or_steps_is_followed() {
    for (tempo, within) in
        [(&(|t: f64| 100.0 + t) as &dyn Fn(f64) -> f64, 0.01), (&|t| if t < 15.0 { 90.0 } else { 120.0 }, 0.01)]
    {
        let truth = changing(tempo, 30.0);
        let mut tape = Tape::new(30.0);
        rock(&mut tape, &truth);
        let found = tape.beats();
        assert_found(&found, &truth, within, 1);
        assert!(found.note.as_deref().is_some_and(|note| note.contains("tempo changes")), "{:?}", found.note);
        let ends = (found.tempo[0].bpm, found.tempo[found.tempo.len() - 1].bpm);
        assert!((ends.0 - tempo(1.0)).abs() < 4.0 && (ends.1 - tempo(29.0)).abs() < 4.0, "{ends:?}");
    }
}

#[test]
fn loud_hats_between_the_kicks_are_not_the_beat() {
    let truth = steady(128.0, 0.4, 25.0);
    let mut tape = Tape::new(25.0);
    for t in &truth {
        tape.kick(*t);
        tape.hat(t + 30.0 / 128.0, 0.7);
    }
    let found = tape.beats();
    assert_found(&found, &truth, 0.01, 0);
    let other = found.alternatives.iter().find(|other| other.reading == Reading::HalfBeatLater).unwrap();
    assert!((other.bpm - 128.0).abs() < 0.5 && other.confidence < found.confidence);
}

#[test]
fn fast_drums_are_fast_and_slow_ones_slow() {
    for bpm in [66.0, 93.0, 140.0, 174.0] {
        let truth = steady(bpm, 0.5, 30.0);
        let mut tape = Tape::new(30.0);
        rock(&mut tape, &truth);
        assert_found(&tape.beats(), &truth, 0.01, 0);
    }
}

#[test]
fn bars_are_counted_in_three_and_in_four() {
    for meter in [3, 4] {
        let truth = steady(110.0, 0.5, 30.0);
        let mut tape = Tape::new(30.0);
        for (at, t) in truth.iter().enumerate() {
            if at % meter == 0 {
                tape.kick(*t);
                tape.tone(*t, 60.0 / 110.0 * meter as f64, [220.0, 261.6, 196.0][at / meter % 3], 0.08);
            } else {
                tape.snare(*t);
            }
        }
        let found = tape.beats();
        assert_eq!(usize::from(found.meter), meter);
        let ones: Vec<usize> = (0..found.beats.len()).filter(|at| found.beats[*at].downbeat).collect();
        assert!(ones.iter().all(|at| at % meter == 0) && ones.len() == truth.len().div_ceil(meter), "{ones:?}");
        assert_eq!(found.bars.len(), ones.len());
        assert_eq!(found.bars.last().unwrap().end, found.duration);
    }
}

#[test]
fn a_loud_part_is_a_section_of_its_own() {
    let truth = steady(120.0, 0.0, 64.0);
    let mut tape = Tape::new(64.0);
    for (at, t) in truth.iter().enumerate() {
        tape.hat(*t, 0.1);
        if (16.0..48.0).contains(t) {
            if at % 2 == 0 {
                tape.kick(*t)
            } else {
                tape.snare(*t)
            }
            tape.tone(*t, 0.45, 196.0, 0.1);
        }
    }
    let found = tape.beats();
    let bounds: Vec<f64> = found.sections.iter().map(|section| section.start).collect();
    assert_eq!(
        bounds.len(),
        3,
        "{:?} {:?}",
        found.sections,
        found.bars.iter().map(|b| (b.start, b.energy)).collect::<Vec<_>>()
    );
    assert!(
        (bounds[1] - 16.0).abs() < 2.1 && (bounds[2] - 48.0).abs() < 2.1,
        "{bounds:?} {:?}",
        found.bars.iter().map(|b| (b.start, b.energy)).collect::<Vec<_>>()
    );
    let labels: Vec<&str> = found.sections.iter().map(|section| section.label.as_str()).collect();
    assert_eq!(labels, ["A", "B", "A"]);
    assert!(found.sections[1].energy > 0.9 && found.sections[0].energy < 0.3);
    assert_gapless(&found);
}

#[track_caller]
fn assert_gapless(found: &Beats) {
    let sections = &found.sections;
    assert!(sections.windows(2).all(|pair| pair[0].end == pair[1].start), "{sections:?}");
    assert_eq!((sections[0].start, sections[sections.len() - 1].end), (0.0, found.duration));
}

#[test]
fn what_has_no_beat_is_said_to_have_none() {
    let mut noise = Tape::new(20.0);
    noise.lay(0.0, 20.0, |_, noise| 0.3 * noise.next());
    let mut drone = Tape::new(20.0);
    drone.lay(0.0, 20.0, |t, _| 0.3 * (std::f32::consts::TAU * 55.0 * t).sin() * (1.0 + 0.3 * (t * 0.7).sin()));
    let mut rain = Tape::new(30.0);
    let mut dice = Noise(3);
    for _ in 0..200 {
        rain.hat(f64::from(dice.next() + 1.0) * 14.9, 0.1 + 0.2 * (dice.next() + 1.0));
    }
    let silence = Tape { sound: vec![0.0; 20 * RATE as usize], noise: Noise(1) };
    for (name, tape) in [("noise", noise), ("drone", drone), ("rain", rain), ("silence", silence)] {
        let found = tape.beats();
        assert_eq!((found.bpm, found.beats.len(), found.bars.len()), (None, 0, 0), "{name} {}", found.confidence);
        assert!(found.confidence < Beats::SURE && found.note.is_some() && found.alternatives.is_empty(), "{name}");
        assert_gapless(&found);
        assert_eq!(found.read_as(Reading::Double), found, "{name}");
    }
}

#[test]
fn very_short_sounds_are_no_trouble() {
    for samples in [0, 1, 100, 1_000, 24_000, 40_000] {
        let mut tape = Tape::new(2.0);
        tape.sound.truncate(samples);
        tape.kick(0.01);
        let found = tape.beats();
        assert!(found.beats.len() < 5 && (found.duration - samples as f64 / 24_000.0).abs() < 1e-9);
        assert!(found.beats.iter().all(|beat| (0.0..=found.duration).contains(&beat.t)));
    }
}

#[test]
fn chunks_and_broken_samples_change_nothing() {
    let mut tape = Tape::new(12.0);
    rock(&mut tape, &steady(125.0, 0.3, 12.0));
    let whole = tape.beats();
    assert_eq!(heard(&tape.sound, 7), whole);
    tape.sound[5_000] = f32::NAN;
    tape.sound[9_000] = f32::INFINITY;
    assert!(times(&tape.beats()).iter().all(|t| t.is_finite()));
}

#[test]
fn both_channels_count_even_if_one_is_turned_over() {
    let truth = steady(120.0, 0.5, 15.0);
    let mut tape = Tape::new(15.0);
    rock(&mut tape, &truth);
    let pairs: Vec<f32> = tape.sound.iter().flat_map(|v| [*v, -*v]).collect();
    let mut ear = Ear::new(2);
    ear.push(&pairs);
    assert_found(&find(&ear.finish()), &truth, 0.01, 0);
}

#[test]
fn other_readings_move_beats_and_bars_together() {
    let mut tape = Tape::new(30.0);
    rock(&mut tape, &steady(100.0, 0.5, 30.0));
    let found = tape.beats();
    let double = found.read_as(Reading::Double);
    assert_eq!(double.bpm.unwrap(), 2.0 * found.bpm.unwrap());
    assert!(times(&found).iter().all(|t| times(&double).contains(t)));
    assert!((double.beats.len() as i64 - 2 * found.beats.len() as i64).abs() <= 1);
    let bars = (double.bars.len() as i64, found.bars.len() as i64);
    assert!((bars.0 - 2 * bars.1).abs() <= 1, "{bars:?}");
    let again = double.read_as(Reading::Half);
    assert_eq!(times(&again), times(&found));
    assert_eq!(again.bpm, found.bpm);

    let half = found.read_as(Reading::Half);
    assert!(times(&half).iter().all(|t| times(&found).contains(t)));
    assert!(half.beats.iter().any(|beat| beat.downbeat));

    let later = found.read_as(Reading::HalfBeatLater);
    let shifts: Vec<f64> = times(&later).iter().zip(times(&found)).map(|(a, b)| a - b).collect();
    assert!(shifts.iter().all(|shift| (shift - 0.3).abs() < 0.02), "{shifts:?}");
    assert_eq!(later.bpm, found.bpm);
    let ones = |beats: &Beats| beats.beats.iter().map(|beat| beat.downbeat).take(20).collect::<Vec<_>>();
    assert_eq!(ones(&later), ones(&found));
    for read in [&double, &half, &later] {
        assert!(read.bars.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(read.bars.iter().all(|bar| read.beats.iter().any(|beat| beat.t == bar.start && beat.downbeat)));
        assert_eq!(read.alternatives[0].bpm, found.bpm.unwrap(), "the way back is offered");
    }
}

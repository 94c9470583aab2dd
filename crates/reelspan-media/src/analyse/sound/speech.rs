//! Where somebody speaks, without a trained network: voices glide in pitch, change their shape many times a second, and
//! pause. Music holds its pitch, noise has none, tones do not change.

use reelspan_types::Span;

use super::features::{FRAME_RATE, Frame};
use super::runs;
use super::tonality;

/// Frames on each side over which gliding is counted (a few syllables), and over which the rest is (a phrase).
const NEAR: usize = 30;
const FAR: usize = 60;
/// A frame is voiced from here on.
const VOICED: f32 = 0.55;
/// And stands so far over the room's noise, in decibels.
const AUDIBLE: f32 = 5.0;
/// So far under the loudest speech nearby nobody speaks any more, in decibels.
const DEPTH: f32 = 38.0;
/// Semitones in 20 ms: slower is a held note, faster is no voice.
const HELD: f32 = 0.05;
const JUMP: f32 = 1.6;
/// Evidence at which speech begins, down to which it lasts, and which a phrase must have on the whole.
const BEGIN: f32 = 0.5;
const LAST: f32 = -1.5;
const ON_THE_WHOLE: f32 = 0.3;
/// Frames: gaps that stay inside a phrase, the least of a phrase, the least that is voiced, what is added before and after.
const GAP: usize = 15;
const SHORTEST: usize = 8;
const LEAST_VOICED: usize = 4;
const BEFORE: usize = 3;
const AFTER: usize = 4;

pub(super) fn speech(frames: &[Frame], music: &[f32], duration: f64) -> Vec<Span> {
    let evidence = evidence(frames, music);
    let active = active(frames, &evidence);
    let spoken: Vec<f32> = evidence.iter().zip(&active).map(|(e, a)| if *a { *e } else { f32::MIN }).collect();
    let phrases = runs::join(&runs::hysteresis(&spoken, BEGIN, LAST), GAP);
    let padded: Vec<(usize, usize)> = phrases
        .into_iter()
        .filter(|(from, to)| {
            let mean = evidence[*from..*to].iter().sum::<f32>() / (to - from) as f32;
            let voices = frames[*from..*to].iter().filter(|frame| voiced(frame)).count();
            to - from >= SHORTEST && voices >= LEAST_VOICED && mean >= ON_THE_WHOLE
        })
        .map(|(from, to)| (from.saturating_sub(BEFORE), (to + AFTER).min(frames.len())))
        .collect();
    runs::join(&padded, 1).into_iter().map(|run| runs::span(run, FRAME_RATE, duration)).collect()
}

fn voiced(frame: &Frame) -> bool {
    frame.voicing > VOICED && frame.over_noise > AUDIBLE
}

/// For each frame, how much the sound around it behaves like speech: over 0 it rather does, under 0 it rather does not.
fn evidence(frames: &[Frame], music: &[f32]) -> Vec<f32> {
    let mut marks: [Vec<f32>; 6] = std::array::from_fn(|_| vec![0.0; frames.len()]);
    let [gliding, held, jumping, audible, change, loud] = &mut marks;
    for at in 1..frames.len() {
        let (before, now) = (&frames[at - 1], &frames[at]);
        loud[at] = now.over_noise.max(-10.0);
        if now.over_noise > AUDIBLE {
            audible[at] = 1.0;
            change[at] = now.change;
        }
        if voiced(before) && voiced(now) {
            let step = 12.0 * (now.pitch / before.pitch).log2().abs();
            let kind = if step < HELD {
                &mut *held
            } else if step < JUMP {
                &mut *gliding
            } else {
                &mut *jumping
            };
            kind[at] = 1.0;
        }
    }
    let squares: Vec<f32> = loud.iter().map(|level| level * level).collect();
    let near = |values: &[f32]| runs::smooth(values, NEAR);
    let far = |values: &[f32]| runs::smooth(values, FAR);
    let [gliding_far, held, jumping, audible_far, change, loud] =
        [&marks[0], &marks[1], &marks[2], &marks[3], &marks[4], &marks[5]].map(|v| far(v));
    let (gliding, audible, squares) = (near(&marks[0]), near(&marks[3]), far(&squares));
    (0..frames.len())
        .map(|at| {
            let voices = (gliding_far[at] + held[at] + jumping[at]).max(0.01);
            let manner = Manner {
                gliding: (gliding[at] / audible[at].max(0.1)).min(0.6),
                held: held[at] / voices,
                jumping: jumping[at] / voices,
                change: (change[at] / audible_far[at].max(0.01)).min(6.0),
                swing: (squares[at] - loud[at] * loud[at]).max(0.0).sqrt().min(15.0),
                unbroken: voices,
                tonal: tonality::at(music, at as f64 / FRAME_RATE),
            };
            manner.evidence()
        })
        .collect()
}

/// How a second or two of sound behaves.
struct Manner {
    /// Share of the audible frames whose pitch glides as a voice's.
    gliding: f32,
    /// Shares of the voiced steps that hold their pitch or leap.
    held: f32,
    jumping: f32,
    /// Mean change of the spectrum's shape in 60 ms, in decibels.
    change: f32,
    /// Spread of the level in decibels.
    swing: f32,
    /// Share of all frames that are voiced: a siren never stops for breath or for a consonant.
    unbroken: f32,
    /// Tones held for seconds.
    tonal: f32,
}

impl Manner {
    /// A weighed sum. The weights are a logistic regression's over some minutes of free recordings (talks, telephone,
    /// speech in noise, hum and music; jazz, rock, film sound), rounded: each sign is what one would expect.
    fn evidence(&self) -> f32 {
        let voice = 7.0 * self.gliding + 1.2 * self.change + 0.1 * self.swing;
        let music = 12.0 * self.held + 5.0 * self.jumping + 1.2 * self.tonal;
        let siren = 100.0 * (self.unbroken - 0.9).max(0.0);
        voice - music - siren - 3.5
    }
}

/// Which frames hold sound of the speaker, not of the room.
fn active(frames: &[Frame], evidence: &[f32]) -> Vec<bool> {
    const STEP: usize = 50;
    const NEARBY: usize = 250;
    let thresholds: Vec<f32> = (0..frames.len().div_ceil(STEP))
        .map(|second| {
            let range = (second * STEP).saturating_sub(NEARBY)..(second * STEP + STEP + NEARBY).min(frames.len());
            let spoken = range.filter(|at| evidence[*at] > BEGIN && voiced(&frames[*at]));
            let mut levels: Vec<f32> = spoken.map(|at| frames[at].level).collect();
            runs::percentile(&mut levels, 0.9) - DEPTH
        })
        .collect();
    let over_noise = runs::smooth(&frames.iter().map(|frame| frame.over_noise).collect::<Vec<_>>(), 1);
    let levels = runs::smooth(&frames.iter().map(|frame| frame.level).collect::<Vec<_>>(), 1);
    (0..frames.len()).map(|at| over_noise[at] > AUDIBLE && levels[at] > thresholds[at / STEP]).collect()
}

//! Brings a clip to its loudness: measured before, planned as one gain, checked on the encoded file.

use std::io::{self, Read};
use std::path::Path;

use ebur128::{EbuR128, Mode};
use reelspan_types::Cancel;

use super::RenderError;
use super::sound::Level;
use super::timeline::SAMPLE_RATE;
use crate::tool::{Command, Program, ToolError, Tools};

/// AAC adds up to about half a decibel to peaks; with this before it, -1 dBTP holds after it.
const CEILING: f64 = -1.5;
/// Where a limiter works all the time, peaks stand closer and AAC adds more.
const LIMITED_CEILING: f64 = -2.0;
/// What publishers accept after encoding.
pub(crate) const HIGHEST_PEAK: f64 = -1.0;
/// How far the finished file may be from its target, in LU.
pub(crate) const TOLERANCE: f64 = 0.5;
/// How near the sound must be before it is encoded, so that the encoder's own change stays within the tolerance.
pub(crate) const AIM: f64 = 0.15;
/// Decibels above the ceiling that a limiter takes off without a trial.
const MOST_UNTRIED: f64 = 3.0;
/// Noise stays noise: no clip is raised by more decibels.
const MOST_GAIN: f64 = 30.0;

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Heard {
    /// LUFS; none where everything is below the gate.
    pub(crate) integrated: Option<f64>,
    /// dBTP; none for digital silence.
    pub(crate) true_peak: Option<f64>,
}

/// The level that brings what was heard to the target.
pub(crate) fn plan(heard: Heard, target: f64) -> Level {
    let (Some(integrated), Some(peak)) = (heard.integrated, heard.true_peak) else { return Level::UNTOUCHED };
    let gain = (target - integrated).min(MOST_GAIN);
    let limited = peak + gain > CEILING;
    Level { gain, ceiling: limited.then_some(LIMITED_CEILING) }
}

/// Whether so much is rounded off that the loudness after it cannot be foretold. Single peaks carry next to none.
pub(crate) fn needs_trial(heard: Heard, level: Level) -> bool {
    heard.true_peak.zip(level.ceiling).is_some_and(|(peak, ceiling)| peak + level.gain > ceiling + MOST_UNTRIED)
}

/// The next level after one that came out wrong, or none where it came out right or nothing more can be done.
pub(crate) fn correct(level: Level, heard: Heard, target: f64, tolerance: f64) -> Option<Level> {
    let integrated = heard.integrated?;
    let off = target - integrated;
    let excess = heard.true_peak.map_or(0.0, |peak| peak - HIGHEST_PEAK).max(0.0);
    let capped = off > 0.0 && level.gain >= MOST_GAIN;
    if (off.abs() <= tolerance || capped) && excess <= 0.0 {
        return None;
    }
    let ceiling = match level.ceiling {
        Some(ceiling) if excess > 0.0 => Some(ceiling - excess - 0.3),
        None if excess > 0.0 || off > 0.0 => Some(LIMITED_CEILING),
        same => same,
    };
    Some(Level { gain: (level.gain + off).min(MOST_GAIN), ceiling })
}

/// Runs ffmpeg with arguments that print 48 kHz stereo floats, and measures them as they come.
pub(crate) fn listen(
    tools: &Tools,
    args: Vec<std::ffi::OsString>,
    read: &Path,
    cancel: &Cancel,
) -> Result<Heard, RenderError> {
    let command = Command {
        program: Program::Ffmpeg,
        args,
        reads: vec![read.to_owned()],
        writes: Vec::new(),
        fonts: false,
        devices: false,
        pipes: 0,
        max_file_bytes: 1 << 20,
        time_limit: None,
    };
    let mut running = tools.spawn(command, cancel)?;
    let measured = running.stdout.take().map(measure).transpose();
    // Why ffmpeg ended says more than why its pipe broke.
    running.wait()?;
    let none = Heard { integrated: None, true_peak: None };
    Ok(measured.map_err(|source| ToolError::Io { what: "the clip's sound could not be read", source })?.unwrap_or(none))
}

/// Measures 48 kHz stereo as it goes by.
pub(crate) struct Meter(EbuR128);

impl Meter {
    pub(crate) fn new() -> io::Result<Self> {
        EbuR128::new(2, SAMPLE_RATE, Mode::I | Mode::TRUE_PEAK).map(Self).map_err(io::Error::other)
    }

    /// Left and right in turn.
    pub(crate) fn add(&mut self, samples: &[f32]) -> io::Result<()> {
        self.0.add_frames_f32(samples).map_err(io::Error::other)
    }

    pub(crate) fn heard(&self) -> Heard {
        let peak = [0, 1].map(|channel| self.0.true_peak(channel).unwrap_or(0.0)).into_iter().fold(0.0, f64::max);
        let integrated = self.0.loudness_global().ok().filter(|value| value.is_finite() && *value > -70.0);
        Heard { integrated, true_peak: (peak > 0.0).then(|| 20.0 * peak.log10()) }
    }
}

fn measure(pipe: impl Read) -> io::Result<Heard> {
    let mut meter = Meter::new()?;
    stereo(pipe, |samples| meter.add(samples))?;
    Ok(meter.heard())
}

/// Hands on a pipe of 32-bit floats in whole stereo frames, as they come.
pub(crate) fn stereo(mut pipe: impl Read, mut on: impl FnMut(&[f32]) -> io::Result<()>) -> io::Result<()> {
    let mut bytes = vec![0; 1 << 16];
    let mut held = 0;
    let mut samples = Vec::with_capacity(1 << 14);
    loop {
        let count = pipe.read(&mut bytes[held..])?;
        held += count;
        // Whole stereo frames are fed; the rest waits for its other bytes.
        let whole = held / 8 * 8;
        samples.clear();
        samples.extend(bytes[..whole].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
        on(&samples)?;
        bytes.copy_within(whole..held, 0);
        held -= whole;
        if count == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(integrated: f64, peak: f64) -> Heard {
        Heard { integrated: Some(integrated), true_peak: Some(peak) }
    }

    #[test]
    fn room_above_means_a_plain_gain() {
        assert_eq!(plan(heard(-20.0, -12.0), -14.0), Level { gain: 6.0, ceiling: None });
        assert_eq!(plan(heard(-8.0, 0.5), -14.0), Level { gain: -6.0, ceiling: None });
    }

    #[test]
    fn no_room_above_means_a_limiter() {
        assert_eq!(plan(heard(-24.0, -6.0), -14.0), Level { gain: 10.0, ceiling: Some(-2.0) });
    }

    #[test]
    fn only_a_limiter_that_works_hard_is_tried_out() {
        let tried = |peak| needs_trial(heard(-24.0, peak), plan(heard(-24.0, peak), -14.0));
        assert!(!tried(-20.0) && !tried(-10.0) && tried(-6.0));
    }

    #[test]
    fn silence_stays_silent_and_noise_is_not_raised_without_end() {
        assert_eq!(plan(Heard { integrated: None, true_peak: None }, -14.0), Level::UNTOUCHED);
        assert_eq!(plan(heard(-65.0, -60.0), -14.0).gain, 30.0);
    }

    #[test]
    fn a_right_file_is_left_alone() {
        let level = Level { gain: 3.0, ceiling: None };
        assert_eq!(correct(level, heard(-14.3, -1.2), -14.0, TOLERANCE), None);
        assert_eq!(correct(Level { gain: 30.0, ceiling: None }, heard(-33.0, -20.0), -14.0, TOLERANCE), None);
    }

    #[test]
    fn what_the_limiter_took_is_given_back() {
        let level = Level { gain: 10.0, ceiling: Some(-2.0) };
        let next = correct(level, heard(-15.0, -1.4), -14.0, TOLERANCE).unwrap();
        assert!((next.gain - 11.0).abs() < 1e-9);
        assert_eq!(next.ceiling, Some(-2.0));
    }

    #[test]
    fn peaks_that_the_encoder_added_lower_the_ceiling() {
        let next = correct(Level { gain: 0.0, ceiling: Some(-2.0) }, heard(-14.0, -0.6), -14.0, TOLERANCE).unwrap();
        assert!(next.ceiling.unwrap() < -2.3);
        let next = correct(Level { gain: 0.0, ceiling: None }, heard(-14.0, -0.6), -14.0, TOLERANCE).unwrap();
        assert_eq!(next.ceiling, Some(-2.0));
    }

    #[test]
    fn a_pipe_in_odd_pieces_measures_the_same() {
        struct Crumbs(Vec<u8>, usize);
        impl Read for Crumbs {
            fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
                let count = out.len().min(1237).min(self.0.len() - self.1);
                out[..count].copy_from_slice(&self.0[self.1..self.1 + count]);
                self.1 += count;
                Ok(count)
            }
        }
        // EBU Tech 3341, case 1: a 1 kHz tone of -23 dBFS in both channels is -23 LUFS.
        let tone =
            |i: u32| (f64::from(i) * 1000.0 * std::f64::consts::TAU / 48_000.0).sin() * 10_f64.powf(-23.0 / 20.0);
        let bytes: Vec<u8> = (0..48_000 * 5).flat_map(|i| [tone(i) as f32; 2]).flat_map(f32::to_le_bytes).collect();
        let heard = measure(Crumbs(bytes, 0)).unwrap();
        assert!((heard.integrated.unwrap() + 23.0).abs() < 0.1, "{heard:?}");
        assert!((heard.true_peak.unwrap() + 23.0).abs() < 0.1, "{heard:?}");
    }
}

//! EBU R128 loudness, range and true peak, and how loud each moment is.

use ebur128::{EbuR128, Mode};

use crate::analysis::{Loudness, Series};

use super::SoundAnalyser;

/// What an empty moment counts as: the gate of the standard.
const SILENT: f64 = -70.0;
/// Values a second.
const LEVEL_RATE: f64 = 10.0;
/// Blocks in the 400 ms of a momentary measurement.
const MOMENT: usize = 4;

pub(super) struct LoudnessMeter {
    /// None only if the meter's fixed settings were refused, which they are not.
    meter: Option<EbuR128>,
    levels: Vec<f32>,
    blocks: usize,
}

impl std::fmt::Debug for LoudnessMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LoudnessMeter({} blocks)", self.blocks)
    }
}

impl LoudnessMeter {
    pub(super) fn new() -> Self {
        let mode = Mode::I | Mode::LRA | Mode::TRUE_PEAK;
        let meter = EbuR128::new(SoundAnalyser::CHANNELS, SoundAnalyser::RATE, mode).ok();
        Self { meter, levels: Vec::new(), blocks: 0 }
    }

    /// One block of a tenth of a second; only the last may be shorter.
    pub(super) fn push(&mut self, pairs: &[f32]) {
        let Some(meter) = &mut self.meter else { return };
        if meter.add_frames_f32(pairs).is_err() {
            return;
        }
        self.blocks += 1;
        // The measurement looks back 400 ms, so its middle lies two blocks back: the value of a time is known two blocks later.
        if self.blocks >= 2 {
            self.levels.push(level(meter, self.blocks));
        }
    }

    /// A value for every tenth of a second that has begun.
    pub(super) fn finish(mut self, duration: f64) -> (Loudness, Series) {
        let none = Loudness { integrated: None, range: 0.0, true_peak: None };
        let Some(meter) = self.meter else { return (none, Series { rate: LEVEL_RATE, values: self.levels }) };
        let last = level(&meter, self.blocks);
        self.levels.resize((duration * LEVEL_RATE - 1e-9).ceil().max(0.0) as usize, last);
        let peak = (0..SoundAnalyser::CHANNELS).filter_map(|channel| meter.true_peak(channel).ok()).fold(0.0, f64::max);
        let loudness = Loudness {
            integrated: meter.loudness_global().ok().filter(|value| *value > SILENT),
            range: meter.loudness_range().ok().filter(|value| value.is_finite()).unwrap_or(0.0),
            true_peak: (peak > 0.0).then(|| 20.0 * peak.log10()),
        };
        (loudness, Series { rate: LEVEL_RATE, values: self.levels })
    }
}

/// The momentary loudness; before 400 ms have been heard, of what has been heard.
fn level(meter: &EbuR128, blocks: usize) -> f32 {
    let heard = blocks.clamp(1, MOMENT) as f64 / MOMENT as f64;
    let value = meter.loudness_momentary().unwrap_or(SILENT) - 10.0 * heard.log10();
    value.max(SILENT) as f32
}

//! Whether there is a beat at all, and how sure it is.

use super::attack::Placed;
use super::level::Level;

/// What speaks for a beat.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signs {
    /// How well the sound repeats at the beat's period, 0 to 1.
    pub(super) fit: f32,
    /// The share of beats on which something audibly begins.
    pub(super) attacked: f32,
    /// How much the steps from beat to beat differ from their neighbours (natural logarithm).
    pub(super) unsteady: f32,
}

impl Signs {
    /// Less sure than this, there is no beat.
    pub(super) const LEAST: f32 = 0.25;

    pub(super) fn of(level: &Level, placed: &[Placed]) -> Self {
        let attacked = placed.iter().filter(|beat| beat.attacked).count() as f32 / placed.len().max(1) as f32;
        let steps: Vec<f32> = level.beats.windows(2).map(|pair| ((pair[1] - pair[0]).max(1) as f32).ln()).collect();
        let mut changes: Vec<f32> = steps.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
        changes.sort_by(f32::total_cmp);
        let unsteady = changes.get(changes.len() * 3 / 4).copied().unwrap_or(1.0);
        Self { fit: level.fit, attacked, unsteady }
    }

    /// 0 to 1: it must come back, come back steadily, and begin audibly; each lacking alone is enough to doubt.
    pub(super) fn confidence(self) -> f32 {
        let above = |value: f32, bound: f32, width: f32| 1.0 / (1.0 + ((bound - value) / width).exp());
        let repeats = 1.0 / (1.0 + (0.105 / self.fit.max(1e-3)).powi(4));
        repeats * above(-self.unsteady, -0.075, 0.006) * above(self.attacked, 0.24, 0.03)
    }
}

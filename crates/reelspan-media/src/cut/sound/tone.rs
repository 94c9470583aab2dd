//! Finds the quietest stretch of a recording while it passes by: the sound of the empty room.

/// How long it is, in steps, and how long a step is, in seconds.
const STEPS: usize = 5;
const STEP: f64 = 0.1;
/// Below this there is no room to be heard, only zeros of an editor or a muted microphone.
const DEAD: f64 = 1e-5;

/// Keeps the quietest stretch so far.
#[derive(Debug)]
pub(super) struct Quiet {
    step: usize,
    /// The last steps, oldest first, the newest not yet full.
    recent: Vec<f32>,
    /// Mean power of each whole recent step.
    powers: Vec<f64>,
    best: Option<(f64, Vec<f32>)>,
}

impl Quiet {
    pub(super) fn new(rate: u32, channels: usize) -> Self {
        let step = (f64::from(rate) * STEP) as usize * channels;
        Self { step: step.max(channels), recent: Vec::new(), powers: Vec::new(), best: None }
    }

    pub(super) fn hear(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let room = (self.powers.len() + 1) * self.step - self.recent.len();
            let (now, rest) = samples.split_at(room.min(samples.len()));
            self.recent.extend(now);
            samples = rest;
            if now.len() == room {
                self.step_is_full();
            }
        }
    }

    fn step_is_full(&mut self) {
        let step = &self.recent[self.recent.len() - self.step..];
        self.powers.push(step.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / self.step as f64);
        if self.powers.len() < STEPS {
            return;
        }
        // The loudest step counts: one word within would be heard at every joint.
        let loudest = self.powers.iter().copied().fold(0.0, f64::max);
        let alive = self.powers.iter().all(|power| power.sqrt() > DEAD);
        if alive && self.best.as_ref().is_none_or(|(least, _)| loudest < *least) {
            self.best = Some((loudest, self.recent.clone()));
        }
        self.recent.drain(..self.step);
        self.powers.remove(0);
    }

    /// The stretch, if anything but dead silence was heard.
    pub(super) fn found(self) -> Option<Vec<f32>> {
        self.best.map(|(_, samples)| samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, level: f32) -> Vec<f32> {
        (0..count).map(|n| if n * 2_654_435_761 % 97 < 48 { level } else { -level }).collect()
    }

    #[test]
    fn the_quietest_stretch_that_is_not_dead_is_found() {
        let mut quiet = Quiet::new(1000, 1);
        quiet.hear(&noise(3000, 0.5));
        quiet.hear(&noise(1200, 0.01));
        quiet.hear(&[0.0; 2000]);
        quiet.hear(&noise(1000, 0.2));
        let found = quiet.found().unwrap();
        assert_eq!(found.len(), 500);
        assert!(found.iter().all(|value| value.abs() == 0.01));
    }

    #[test]
    fn without_any_quiet_there_is_none() {
        let mut quiet = Quiet::new(1000, 2);
        quiet.hear(&[0.0; 8000]);
        assert_eq!(quiet.found(), None);
    }
}

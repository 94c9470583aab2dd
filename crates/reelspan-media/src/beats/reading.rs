//! The same music read another way: half a beat later, twice or half as fast. Bars and downbeats follow.

use super::{Alternative, Bar, Beat, Beats, Reading, TempoPoint};

impl Beats {
    /// The beats as a person wants them read. Without a beat there is nothing to read.
    #[must_use]
    pub fn read_as(&self, reading: Reading) -> Self {
        if self.beats.len() < 2 {
            return self.clone();
        }
        let beats = match reading {
            Reading::HalfBeatLater => later(&self.beats, self.duration),
            Reading::Double => doubled(&self.beats, usize::from(self.meter), self.duration),
            Reading::Half => halved(&self.beats, usize::from(self.meter)),
        };
        let times = match reading {
            Reading::HalfBeatLater => 1.0,
            Reading::Double => 2.0,
            Reading::Half => 0.5,
        };
        let tempo = self.tempo.iter().map(|point| TempoPoint { t: point.t, bpm: point.bpm * times }).collect();
        let bpm = self.bpm.map(|bpm| bpm * times);
        Self {
            bars: bars(&beats, &self.bars, self.duration),
            beats,
            tempo,
            bpm,
            alternatives: self.alternatives_after(reading, bpm),
            ..self.clone()
        }
    }

    /// The way back comes first, with the confidence that was left; what is twice off is not offered.
    fn alternatives_after(&self, reading: Reading, bpm: Option<f64>) -> Vec<Alternative> {
        let (back, own) = match reading {
            Reading::HalfBeatLater => (Reading::HalfBeatLater, 1.0),
            Reading::Double => (Reading::Half, 0.5),
            Reading::Half => (Reading::Double, 2.0),
        };
        let bpm = bpm.unwrap_or_default();
        let mut offered = vec![Alternative { reading: back, bpm: bpm * own, confidence: self.confidence }];
        for other in &self.alternatives {
            let same = other.reading == back || other.reading == reading;
            if !same && reading == Reading::HalfBeatLater {
                offered.push(*other);
            } else if !same && other.reading == Reading::HalfBeatLater {
                offered.push(Alternative { bpm, ..*other });
            }
        }
        offered
    }
}

/// Every beat moves to the middle of the step after it; what begins bars still does.
fn later(beats: &[Beat], duration: f64) -> Vec<Beat> {
    let last_step = beats[beats.len() - 1].t - beats[beats.len() - 2].t;
    let moved = beats.iter().enumerate().map(|(at, beat)| {
        let step = beats.get(at + 1).map_or(last_step, |next| next.t - beat.t);
        Beat { t: beat.t + step / 2.0, ..*beat }
    });
    moved.filter(|beat| beat.t < duration).collect()
}

/// One more in the middle of each step; a bar keeps its number of beats, so there are twice as many.
fn doubled(beats: &[Beat], meter: usize, duration: f64) -> Vec<Beat> {
    let mut found: Vec<Beat> = Vec::with_capacity(2 * beats.len());
    for (at, beat) in beats.iter().enumerate() {
        found.push(*beat);
        let (next, weight) = match beats.get(at + 1) {
            Some(next) => (next.t, next.strength.min(beat.strength)),
            None => (2.0 * beat.t - beats[at - 1].t, beat.strength),
        };
        let t = (beat.t + next) / 2.0;
        if t < duration {
            // Nothing was measured there; it is no stronger than its neighbours.
            found.push(Beat { t, strength: 0.5 * weight, downbeat: false });
        }
    }
    count(&mut found, meter);
    found
}

/// Every second beat, those of which more begin bars.
fn halved(beats: &[Beat], meter: usize) -> Vec<Beat> {
    let worth = |parity: usize| {
        let kept = beats.iter().skip(parity).step_by(2);
        kept.map(|beat| if beat.downbeat { 2.0 } else { 0.0 } + beat.strength).sum::<f32>()
    };
    let parity = usize::from(worth(1) > worth(0));
    let mut found: Vec<Beat> = beats.iter().skip(parity).step_by(2).copied().collect();
    count(&mut found, meter);
    found
}

/// Bars of so many beats from the first downbeat on.
fn count(beats: &mut [Beat], meter: usize) {
    let Some(first) = beats.iter().position(|beat| beat.downbeat) else { return };
    for (since, beat) in beats[first..].iter_mut().enumerate() {
        beat.downbeat = since % meter.max(1) == 0;
    }
}

/// From downbeat to downbeat, each with the energy of the old bars that it covers.
fn bars(beats: &[Beat], old: &[Bar], duration: f64) -> Vec<Bar> {
    let mut bounds: Vec<f64> = beats.iter().filter(|beat| beat.downbeat).map(|beat| beat.t).collect();
    bounds.push(duration);
    let mut from = 0;
    let spans = bounds.windows(2).filter(|pair| pair[1] > pair[0]);
    let found = spans.map(|pair| {
        let (start, end) = (pair[0], pair[1]);
        while from + 1 < old.len() && old[from].end <= start {
            from += 1;
        }
        let covered = old[from..].iter().take_while(|bar| bar.start < end);
        let (sum, length) = covered.fold((0.0, 0.0), |(sum, length), bar| {
            let shared = (bar.end.min(end) - bar.start.max(start)).max(0.0);
            (sum + shared * f64::from(bar.energy), length + shared)
        });
        let nearest = old.get(from).map_or(0.5, |bar| bar.energy);
        Bar { start, end, energy: if length > 0.0 { (sum / length) as f32 } else { nearest } }
    });
    found.collect()
}

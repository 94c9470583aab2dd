//! Made-up music and footage for the tests of this folder.

use reelspan_media::analysis::{Series, Shot, Transition, VideoAnalysis};
use reelspan_media::beats::{Bar, Beat, Beats, Section};

/// Steady music in four beats a bar; a section begins wherever the energy steps at a bar.
pub(super) fn music(bpm: f64, duration: f64, energy: impl Fn(f64) -> f32) -> Beats {
    let step = 60.0 / bpm;
    let count = (duration / step).ceil() as usize;
    let beats: Vec<Beat> =
        (0..count).map(|index| Beat { t: index as f64 * step, strength: 0.8, downbeat: index % 4 == 0 }).collect();
    let starts: Vec<f64> = beats.iter().filter(|beat| beat.downbeat).map(|beat| beat.t).collect();
    let ends = starts.iter().skip(1).copied().chain([duration]);
    let bars: Vec<Bar> =
        starts.iter().zip(ends).map(|(start, end)| Bar { start: *start, end, energy: energy(*start + 0.01) }).collect();
    let mut sections: Vec<Section> = Vec::new();
    for bar in &bars {
        match sections.last_mut() {
            Some(last) if last.energy == bar.energy => last.end = bar.end,
            _ => sections.push(Section { start: bar.start, end: bar.end, energy: bar.energy, label: "A".to_owned() }),
        }
    }
    Beats {
        duration,
        bpm: Some(bpm),
        confidence: 0.9,
        tempo: Vec::new(),
        beats,
        meter: 4,
        bars,
        sections,
        alternatives: Vec::new(),
        note: None,
    }
}

/// Sound without a beat.
pub(super) fn silence(duration: f64) -> Beats {
    let section = Section { start: 0.0, end: duration, energy: 0.5, label: "A".to_owned() };
    let note = Some("there is no beat".to_owned());
    Beats {
        bpm: None,
        beats: Vec::new(),
        bars: Vec::new(),
        sections: vec![section],
        note,
        ..music(60.0, duration, |_| 0.5)
    }
}

/// Whether a beat stands at that time.
pub(super) fn at(beats: &Beats, t: f64) -> bool {
    beats.beats.iter().any(|beat| (beat.t - t).abs() < 1e-6)
}

/// Footage with shots of the given lengths; `motion` says how much moves when.
pub(super) fn video(lengths: &[f64], motion: impl Fn(f64) -> f32) -> VideoAnalysis {
    let mut shots = Vec::new();
    let mut start = 0.0;
    for length in lengths {
        let transition = if shots.is_empty() { Transition::Start } else { Transition::Cut };
        shots.push(Shot { start, end: start + length, transition, screen: 0.0 });
        start += length;
    }
    let series = |rate: f64, value: &dyn Fn(f64) -> f32| Series {
        rate,
        values: (0..(start * rate).ceil() as usize).map(|index| value(index as f64 / rate)).collect(),
    };
    VideoAnalysis {
        width: 1280,
        height: 720,
        frame_rate: 25.0,
        shots,
        motion: series(10.0, &motion),
        black: Vec::new(),
        frozen: Vec::new(),
        faces: Vec::new(),
        salience: Vec::new(),
        sharpness: series(4.0, &|_| 0.6),
        exposure: series(4.0, &|_| 0.05),
        novelty: series(2.0, &|_| 0.1),
        shake: series(4.0, &|_| 0.1),
    }
}

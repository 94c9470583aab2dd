//! For this module's tests: small plans.

use std::collections::BTreeMap;

use reelspan_types::Aspect;

use crate::plan::{EditSettings, EditShot, Joint, JointKind, Kind, Music, MusicEdit, Pace, SCHEMA, Watermark};

pub(crate) fn shot(at: f64, source: &str, start: f64) -> EditShot {
    let (layouts, reason, terms) = (BTreeMap::new(), String::new(), vec![]);
    EditShot { at, source: source.into(), start, joint: None, layouts, reason, terms }
}

pub(crate) fn joint(shot: EditShot, seconds: f64) -> EditShot {
    EditShot { joint: Some(Joint { kind: JointKind::Dissolve, seconds }), ..shot }
}

pub(crate) fn plan(shots: Vec<EditShot>, length: f64) -> MusicEdit {
    MusicEdit {
        schema: SCHEMA.into(),
        kind: Kind::MusicEdit,
        sources: vec![],
        music: Music {
            path: String::new(),
            blake3: String::new(),
            duration: 60.0,
            start: 0.0,
            bpm: None,
            beats: vec![],
            downbeats: vec![],
            sections: vec![],
            fade_in: 0.0,
            fade_out: 0.0,
        },
        settings: EditSettings {
            aspects: vec![Aspect::VERTICAL],
            length,
            frame_rate: [25, 1],
            pace: Pace::Balanced,
            loudness: -14.0,
            original_sound: None,
            watermark: Watermark::None,
        },
        notes: vec![],
        shots,
    }
}

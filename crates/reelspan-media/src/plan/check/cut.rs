//! What a cut must hold.

use super::{BEYOND, PlanError, wrong};
use crate::plan::{CutPlan, Kind};

/// Two pieces may share less than any sample lasts: sums of decimals are not exact.
const SHARED: f64 = 1e-6;
const LONGEST_FADE: f64 = 0.5;

impl CutPlan {
    /// Reads a cut and checks it.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let plan: Self = super::read(text)?;
        plan.check().map_err(|error| error.located(text))?;
        Ok(plan)
    }

    /// Whether everything that the renderer rests on holds.
    pub fn check(&self) -> Result<(), PlanError> {
        super::heading(&self.schema, self.kind, Kind::Cut)?;
        super::input_makes_sense(&self.input)?;
        if !(0.0..=LONGEST_FADE).contains(&self.settings.fade) {
            return wrong("settings.fade", format!("is not between 0 and {LONGEST_FADE} s"));
        }
        let mut reached = 0.0;
        for (i, piece) in self.pieces.iter().enumerate() {
            let at = format!("pieces[{i}]");
            if !(piece.start.is_finite() && piece.start >= 0.0) {
                return wrong(format!("{at}.start"), "is not a time of the recording");
            }
            if piece.start < reached - SHARED {
                return wrong(format!("{at}.start"), format!("is before {reached:.3}, where the piece before ends"));
            }
            if !(piece.end.is_finite() && piece.end > piece.start) {
                return wrong(format!("{at}.end"), "is not after its start");
            }
            if piece.end > self.input.duration + BEYOND {
                let what = format!("is after the recording's end at {:.3}", self.input.duration);
                return wrong(format!("{at}.end"), what);
            }
            reached = piece.end;
        }
        if !self.pieces.iter().any(|piece| piece.keep) {
            return wrong("pieces", "holds nothing that is kept; set `keep` of at least one to true");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::refused_by;
    use super::*;

    fn cut() -> Value {
        json!({
            "schema": "reelspan.plan/1", "kind": "cut",
            "input": {"path": "talk.mp4", "blake3": "00", "duration": 60.0, "width": 1920, "height": 1080, "transcript": "none"},
            "settings": {"fade": 0.01, "room_tone": true, "encode": false},
            "pieces": [
                {"start": 1.0, "end": 4.1, "keep": true, "why": "wanted"},
                {"start": 4.1, "end": 5.0, "keep": false, "why": "silence"},
                {"start": 7.0, "end": 60.05, "keep": true, "why": "wanted", "words": "and so on"}
            ]
        })
    }

    #[track_caller]
    fn refused(pointer: &str, value: Value, told: &str) {
        refused_by(CutPlan::parse, cut(), pointer, value, told);
    }

    #[test]
    fn a_good_cut_is_read_unchanged() {
        let parsed = CutPlan::parse(&cut().to_string()).unwrap();
        assert_eq!(serde_json::to_value(&parsed).unwrap()["pieces"], cut()["pieces"]);
    }

    #[test]
    fn every_fault_is_told_by_its_place() {
        refused("/kind", "clips".into(), "`kind` is `clips`, where a plan of the kind `cut` is needed");
        refused("/input/duration", 0.0.into(), "`input.duration` is not a length in seconds");
        refused("/settings/fade", 0.6.into(), "`settings.fade` is not between 0 and 0.5 s");
        refused("/settings/fade", (-0.1).into(), "`settings.fade` is not between 0 and 0.5 s");
        refused("/pieces/0/start", (-1.0).into(), "`pieces[0].start` is not a time of the recording");
        refused("/pieces/1/start", 4.0.into(), "`pieces[1].start` is before 4.100, where the piece before ends");
        refused("/pieces/1/end", 4.1.into(), "`pieces[1].end` is not after its start");
        refused("/pieces/2/end", 60.2.into(), "`pieces[2].end` is after the recording's end at 60.000");
        let nothing = "`pieces` holds nothing that is kept; set `keep` of at least one to true";
        refused("/pieces", json!([]), nothing);
        refused("/pieces", json!([{"start": 0.0, "end": 1.0, "keep": false, "why": "filler"}]), nothing);
    }
}

//! A plan of any kind, read from one text.

use serde::Deserialize;

use super::{CutPlan, Kind, MusicEdit, Plan, PlanError, check};

#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    Clips(Plan),
    MusicEdit(MusicEdit),
    Cut(CutPlan),
}

/// What every plan begins with; the rest is read when it is known what it should be.
#[derive(Deserialize)]
struct Version {
    schema: String,
}

#[derive(Deserialize)]
struct Named {
    kind: Kind,
}

impl Document {
    /// Reads and checks a plan of whichever kind it says it is. Every fault has its line and column.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let version: Version = check::read(text)?;
        check::check_schema(&version.schema).map_err(|error| error.located(text))?;
        Ok(match check::read::<Named>(text)?.kind {
            Kind::Clips => Self::Clips(Plan::parse(text)?),
            Kind::MusicEdit => Self::MusicEdit(MusicEdit::parse(text)?),
            Kind::Cut => Self::Cut(CutPlan::parse(text)?),
        })
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Clips(_) => Kind::Clips,
            Self::MusicEdit(_) => Kind::MusicEdit,
            Self::Cut(_) => Kind::Cut,
        }
    }
}

impl Kind {
    /// As a plan writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clips => "clips",
            Self::MusicEdit => "music-edit",
            Self::Cut => "cut",
        }
    }
}

#[cfg(test)]
mod tests;

//! Tells a person how far the work is and how long it will still take.

use std::time::Duration;

use reelspan_store::{Class, Key, Stages};
use reelspan_types::Clock;

use crate::parts::Parts;

/// The steps of a run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Import,
    Read,
    Analyse,
    Listen,
    Transcribe,
    Choose,
    Render,
    Cut,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Import => "fetch",
            Self::Read => "read",
            Self::Analyse => "analyse",
            Self::Listen => "listen",
            Self::Transcribe => "transcribe",
            Self::Choose => "choose",
            Self::Render => "render",
            Self::Cut => "cut",
        }
    }
}

/// One report.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    pub stage: Stage,
    /// 0 to 1.
    pub done: f64,
    /// How long this stage will still take, once that can be told.
    pub left: Option<Duration>,
    /// The stage had been done by an earlier run.
    pub reused: bool,
}

/// Hears the reports.
pub trait Progress: Send {
    fn update(&mut self, update: Update);
    /// A sentence that the user should read.
    fn note(&mut self, text: &str);
}

/// Seconds of work for one second of media in an earlier run, by stage.
type Pace = f64;

/// Times the stages, estimates what is left, remembers the pace for the next run.
pub(crate) struct Meter<'a> {
    clock: &'a dyn Clock,
    stages: &'a Stages,
    progress: &'a mut dyn Progress,
    stage: Stage,
    begun: Duration,
    /// Seconds of media that this stage works on; 0 where that says nothing.
    amount: f64,
    pace: Option<Pace>,
    done: f64,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(parts: &Parts<'a>, progress: &'a mut dyn Progress) -> Self {
        let begun = parts.clock.steady();
        Self {
            clock: parts.clock,
            stages: parts.stages,
            progress,
            stage: Stage::Read,
            begun,
            amount: 0.0,
            pace: None,
            done: 0.0,
        }
    }

    pub(crate) fn begin(&mut self, stage: Stage, amount: f64) {
        self.stage = stage;
        self.begun = self.clock.steady();
        self.amount = amount;
        self.pace = (amount > 0.0).then(|| self.stages.get(&pace_key(stage))).flatten();
        self.done = 0.0;
        self.at(0.0);
    }

    pub(crate) fn at(&mut self, done: f64) {
        self.done = done.clamp(self.done, 1.0);
        let left = self.left();
        self.progress.update(Update { stage: self.stage, done: self.done, left, reused: false });
    }

    /// A whole stage that an earlier run had done.
    pub(crate) fn reused(&mut self, stage: Stage) {
        self.progress.update(Update { stage, done: 1.0, left: None, reused: true });
    }

    pub(crate) fn end(&mut self) {
        let worked = self.worked();
        if self.amount > 1.0 {
            // An estimate that cannot be kept is no reason to fail.
            let _ = self.stages.put(&pace_key(self.stage), &(worked / self.amount));
        }
        self.at(1.0);
    }

    pub(crate) fn note(&mut self, text: &str) {
        self.progress.note(text);
    }

    fn worked(&self) -> f64 {
        self.clock.steady().saturating_sub(self.begun).as_secs_f64()
    }

    /// From this run's own speed once it has one, from an earlier run's before.
    fn left(&self) -> Option<Duration> {
        let worked = self.worked();
        let seconds = if self.done >= 0.03 && worked >= 1.0 {
            worked / self.done * (1.0 - self.done)
        } else {
            (self.pace? * self.amount * (1.0 - self.done) - worked).max(0.0)
        };
        Some(Duration::from_secs_f64(seconds.min(1e6)))
    }
}

fn pace_key(stage: Stage) -> Key {
    Key::new(Class::Pace, &[stage.name()])
}

//! The service: what HTTP and other surfaces call. Use cases are functions of their features that take it.

use std::sync::Arc;

use reelspan_jobs::{Engine, Handler, Lane};

use crate::blueprints::Blueprinting;
use crate::clip_jobs::Clipping;
use crate::data::Data;
use crate::refusal::Refusal;
use crate::signing::Signer;
use crate::transcodes::Transcoding;
use crate::transcriptions::Transcribing;
use crate::worker::Worker;

/// Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub data: Data,
    pub engine: Engine,
    pub signer: Signer,
    pub worker: Arc<Worker>,
    /// The address under which clients reach us, when it is not the one that they asked.
    pub public_url: Option<String>,
}

/// Lanes by length: a short job never waits behind an hour-long one.
pub const LANES: [&str; 4] = ["short", "long", "heavy", "notify"];

/// How many of each lane run at once on a machine with this many processors.
pub fn lanes(processors: usize) -> Vec<Lane> {
    let half = processors.div_ceil(2);
    vec![
        Lane { name: "short", slots: processors.max(2) },
        Lane { name: "long", slots: half },
        Lane { name: "heavy", slots: 1 },
        Lane { name: "notify", slots: 8 },
    ]
}

/// Every kind of job, one line each.
pub fn handlers(worker: &Arc<Worker>) -> Vec<Arc<dyn Handler>> {
    vec![
        Arc::new(Transcoding { worker: Arc::clone(worker) }),
        Arc::new(Transcribing { worker: Arc::clone(worker) }),
        Arc::new(Blueprinting::new(Arc::clone(worker))),
        Arc::new(Clipping { worker: Arc::clone(worker) }),
        Arc::new(crate::webhooks::Tell::new(Arc::clone(worker))),
    ]
}

/// Who asks. Every use case takes one, and sees only what is its workspace's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub workspace: String,
    /// The account behind a session; none for an API key.
    pub account: Option<String>,
    /// The API key; none for a session.
    pub key: Option<String>,
    pub scopes: Scopes,
    /// Where the call came from: `api`, or what the client says of itself (`mcp`).
    pub surface: &'static str,
}

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scopes {
    /// Everything in its workspace.
    All,
    /// Media: uploads, jobs, files. Not keys, accounts, webhooks.
    Media,
    /// Look, but change nothing.
    Read,
}

impl Scopes {
    pub const ALL: [Self; 3] = [Self::All, Self::Media, Self::Read];

    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Media => "media",
            Self::Read => "read",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl Caller {
    /// For what changes media: uploads, jobs, files.
    pub fn may_change_media(&self) -> Result<(), Refusal> {
        if self.scopes == Scopes::Read {
            Err(Refusal::forbidden("a key with the scope `media` or `all`"))
        } else {
            Ok(())
        }
    }

    /// For keys, accounts and webhooks.
    pub fn may_manage(&self) -> Result<(), Refusal> {
        if self.scopes == Scopes::All { Ok(()) } else { Err(Refusal::forbidden("a key with the scope `all`")) }
    }
}

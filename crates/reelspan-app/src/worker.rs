//! What jobs work with: the data, the tools, the ways out.

use std::sync::Arc;

use reelspan_media::tool::Tools;
use reelspan_store::Stages;

use crate::data::Data;
use crate::parts::Chooser;
use crate::signing::Signer;
use crate::words::Recogniser;

pub struct Worker {
    pub data: Data,
    /// Signs what is told to others, and knows the links that we signed.
    pub signer: Signer,
    pub tools: Tools,
    /// Finished stages within one machine.
    pub stages: Stages,
    /// Recognises speech; none answers that no recogniser is set up.
    pub recogniser: Option<Arc<dyn Recogniser + Send + Sync>>,
    /// A language model; none answers that none is set up.
    pub chooser: Option<Arc<dyn Chooser + Send + Sync>>,
    /// Whether addresses on this machine and its network may be fetched; only tests say yes.
    pub reach: reelspan_connectors::guard::Reach,
}

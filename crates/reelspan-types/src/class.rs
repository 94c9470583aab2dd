//! Data classes: what a stored thing is, and from that how long it may stay. Nothing rests without one.

use std::time::Duration;

/// What a column or a blob holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataClass {
    /// What a user brought: files, and facts about them.
    InputMedia,
    /// What jobs made.
    OutputMedia,
    /// What a user wrote: options, texts, file names, addresses, and answers that repeat them.
    Prompt,
    /// Who the user is.
    Account,
    /// What proves it: hashes, secrets.
    Credential,
    /// Ids, states, times and counts of the work.
    OpMeta,
    /// What was used.
    Ledger,
}

impl DataClass {
    pub const ALL: [Self; 7] = [
        Self::InputMedia,
        Self::OutputMedia,
        Self::Prompt,
        Self::Account,
        Self::Credential,
        Self::OpMeta,
        Self::Ledger,
    ];

    /// Its name in policies, tables and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::InputMedia => "input_media",
            Self::OutputMedia => "output_media",
            Self::Prompt => "prompt",
            Self::Account => "account",
            Self::Credential => "credential",
            Self::OpMeta => "op_meta",
            Self::Ledger => "ledger",
        }
    }

    /// It may hold what people said, showed or wrote.
    pub fn is_content(self) -> bool {
        matches!(self, Self::InputMedia | Self::OutputMedia | Self::Prompt)
    }
}

/// How long each kind of thing stays. A deployment may shorten what the standard mode promises, never lengthen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifespans {
    /// From the moment an upload is confirmed or fetched.
    pub input: Duration,
    /// From the moment a job ends; its request goes with it.
    pub output: Duration,
    /// An upload that is never confirmed.
    pub unconfirmed: Duration,
    /// A signed PUT address.
    pub upload_link: Duration,
    /// A signed GET address, unless the file goes earlier.
    pub download_link: Duration,
    pub session: Duration,
    pub one_time_link: Duration,
    /// The stored answer to a request that named itself.
    pub idempotency: Duration,
    pub ledger: Duration,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Lifespans {
    /// Inputs three days, outputs seven.
    pub const STANDARD: Self = Self {
        input: Duration::from_secs(3 * DAY),
        output: Duration::from_secs(7 * DAY),
        unconfirmed: Duration::from_secs(DAY),
        upload_link: Duration::from_secs(15 * MINUTE),
        download_link: Duration::from_secs(10 * MINUTE),
        session: Duration::from_secs(30 * DAY),
        one_time_link: Duration::from_secs(DAY),
        idempotency: Duration::from_secs(DAY),
        ledger: Duration::from_secs(7 * 365 * DAY),
    };
}

/// The moment `span` after `from`, both in milliseconds since 1970.
pub fn after(from: i64, span: Duration) -> i64 {
    from.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

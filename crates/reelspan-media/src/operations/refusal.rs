//! Why a request is not taken: which part of it, why, and what to write instead.

/// Names the option or filter, never what the user put into it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("`{option}` {why}")]
    Option { option: String, why: String },
    #[error("the filter `{filter}` {why}")]
    Filter { filter: String, why: String },
    #[error("the filter graph of `{option}` {why}")]
    Graph { option: String, why: String },
    #[error("{0}")]
    Request(String),
}

impl Refusal {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Option { .. } => "option_refused",
            Self::Filter { .. } => "filter_refused",
            Self::Graph { .. } => "graph_refused",
            Self::Request(_) => "request_refused",
        }
    }

    pub(super) fn option(option: &str, why: impl Into<String>) -> Self {
        Self::Option { option: shown(option), why: why.into() }
    }

    pub(super) fn filter(filter: &str, why: impl Into<String>) -> Self {
        Self::Filter { filter: shown(filter), why: why.into() }
    }

    pub(super) fn graph(why: impl Into<String>) -> Self {
        Self::Graph { option: "-filter_complex".to_owned(), why: why.into() }
    }

    pub(super) fn request(why: impl Into<String>) -> Self {
        Self::Request(why.into())
    }

    /// Says which option a graph came with.
    pub(super) fn of(self, flag: &str) -> Self {
        match self {
            Self::Graph { why, .. } => Self::Graph { option: shown(flag), why },
            other => other,
        }
    }
}

/// A name as it may be repeated: short and of plain characters.
fn shown(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() && c != '`' { c } else { '?' };
    name.chars().take(60).map(plain).collect()
}

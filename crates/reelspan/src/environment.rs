//! The one place that reads environment variables beside the flags' own.
#![expect(clippy::disallowed_methods, reason = "the one lawful place: everyone else gets values")]

use std::ffi::OsString;

/// Where programs are looked for.
pub(crate) fn path() -> Option<OsString> {
    std::env::var_os("PATH")
}

/// A key for an endpoint: never a flag, since flags show in process lists.
pub(crate) fn secret(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

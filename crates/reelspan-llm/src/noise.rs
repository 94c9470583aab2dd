//! llama.cpp's log. It is never written: only what explains a failure to load is remembered, as a flag.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Metadata, Subscriber, dispatcher};

static UNKNOWN_KIND: AtomicBool = AtomicBool::new(false);
static NO_MEMORY: AtomicBool = AtomicBool::new(false);

/// From here on nothing of llama.cpp reaches standard error.
pub(crate) fn silence() {
    // It is set once, before anything else could have set another one.
    dispatcher::set_global_default(Dispatch::new(Ear)).ok();
    send_logs_to_tracing(LogOptions::default());
}

/// Has llama.cpp said that it does not know this kind of model or vocabulary?
pub(crate) fn unknown_kind() -> bool {
    UNKNOWN_KIND.load(Ordering::Relaxed)
}

/// Has llama.cpp said that memory was refused?
pub(crate) fn no_memory() -> bool {
    NO_MEMORY.load(Ordering::Relaxed)
}

struct Ear;

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Listener);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Listener;

impl Visit for Listener {
    fn record_str(&mut self, _: &Field, said: &str) {
        let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
        if says(&[
            "unknown model architecture",
            "unsupported model architecture",
            "unknown pre-tokenizer",
            "unknown tokenizer",
        ]) {
            UNKNOWN_KIND.store(true, Ordering::Relaxed);
        }
        if says(&["failed to allocate", "unable to allocate", "out of memory"]) {
            NO_MEMORY.store(true, Ordering::Relaxed);
        }
    }

    fn record_debug(&mut self, field: &Field, said: &dyn fmt::Debug) {
        self.record_str(field, &format!("{said:?}"));
    }
}

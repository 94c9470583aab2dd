//! Questions, history and answers: text that lives in memory only and is overwritten when it is let go.

use zeroize::Zeroizing;

/// Words between a person and a model. There is no `Display` and no `Serialize`: only [`Private::reveal`] gives them out, so
/// that every place that does can be found by its name.
#[derive(Clone, Default)]
pub struct Private(Zeroizing<String>);

impl Private {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The words themselves, for the person's own screen or the model on this machine.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Grows into a fresh allocation where it must, so that the old one is overwritten and not just freed.
    pub(crate) fn push_str(&mut self, more: &str) {
        if self.0.len() + more.len() > self.0.capacity() {
            let mut grown = Zeroizing::new(String::with_capacity((self.0.len() + more.len()) * 2));
            grown.push_str(&self.0);
            self.0 = grown;
        }
        self.0.push_str(more);
    }
}

/// A debug print shows how much there is, never what.
impl std::fmt::Debug for Private {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Private({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// what is asked and answered reaches no debug print, and so no log and no panic message.
    #[test]
    fn a_debug_print_shows_the_size_alone() {
        let mut text = Private::new("what does she earn");
        text.push_str(" in a year?");
        assert_eq!(format!("{text:?} {:?}", Some(&text)), "Private(29 bytes) Some(Private(29 bytes))");
        assert_eq!(text.reveal(), "what does she earn in a year?");
    }
}

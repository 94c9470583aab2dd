//! Language models on this machine: the only ones that Project Ask can be given.

use std::path::PathBuf;
use std::sync::Arc;

use reelspan_connectors::language::LocalService;
use reelspan_connectors::{api, local_language};
use reelspan_types::Cancel;
use reelspan_types::dialogue::FailureCode;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::ask::{Answerer, AskError, Limits, Role, Turn};
use crate::error::Error;

/// Says that something runs here. Nobody outside of this file can say it: what it asks for is not visible there.
pub trait OnThisMachine: here::Here {}

mod here {
    //! The private half of the promise.

    pub trait Here {}
}

/// LM Studio, Ollama, llama.cpp's server: any OpenAI-compatible endpoint on this machine.
pub struct LocalEndpoint {
    pub runtime: Arc<Runtime>,
    pub service: LocalService,
    pub model: String,
}

impl here::Here for LocalEndpoint {}
impl OnThisMachine for LocalEndpoint {}

impl Answerer for LocalEndpoint {
    fn name(&self) -> String {
        self.model.clone()
    }

    fn answer(
        &self,
        turns: &[Turn],
        limits: Limits,
        cancel: &Cancel,
        on: &mut (dyn FnMut(&str) + Send),
    ) -> Result<String, Error> {
        let body = body(&self.model, turns, limits);
        self.runtime.block_on(self.service.stream(&body, cancel, on)).map_err(|error| match error {
            api::Error::Cancelled => Error::Cancelled,
            other => AskError::Model(other.to_string()).into(),
        })
    }
}

/// A GGUF file, run by the helper program on this machine. What is asked goes to it through a pipe.
pub struct LocalFile {
    pub runtime: Arc<Runtime>,
    pub helper: local_language::Helper,
    pub model: PathBuf,
}

impl here::Here for LocalFile {}
impl OnThisMachine for LocalFile {}

impl Answerer for LocalFile {
    fn name(&self) -> String {
        self.model.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn answer(
        &self,
        turns: &[Turn],
        limits: Limits,
        cancel: &Cancel,
        on: &mut (dyn FnMut(&str) + Send),
    ) -> Result<String, Error> {
        let request = local_language::Request {
            model: self.model.clone(),
            messages: turns
                .iter()
                .map(|turn| (speaker(turn.role), local_language::Content::new(turn.text.reveal())))
                .collect(),
            max_tokens: limits.tokens,
            schema: None,
            context: Some(limits.context),
            threads: None,
        };
        match self.runtime.block_on(self.helper.complete(&request, cancel, on)) {
            Ok(completion) => Ok(completion.text.expose().to_owned()),
            Err(local_language::Error::Cancelled) => Err(Error::Cancelled),
            Err(local_language::Error::Refused { code: FailureCode::TooLong, message }) => {
                Err(AskError::TooLong(message).into())
            }
            Err(other) => Err(AskError::Model(other.to_string()).into()),
        }
    }
}

fn speaker(role: Role) -> local_language::Role {
    match role {
        Role::System => local_language::Role::System,
        Role::User => local_language::Role::User,
        Role::Assistant => local_language::Role::Assistant,
    }
}

fn body(model: &str, turns: &[Turn], limits: Limits) -> Value {
    let messages: Vec<Value> =
        turns.iter().map(|turn| json!({"role": role(turn.role), "content": turn.text.reveal()})).collect();
    json!({"model": model, "messages": messages, "max_tokens": limits.tokens, "temperature": 0})
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

/// A model of a test: says its lines, one a question, in pieces, and keeps what it was told.
#[cfg(test)]
pub(crate) struct Scripted {
    pub(crate) lines: std::sync::Mutex<Vec<Result<&'static str, &'static str>>>,
    pub(crate) told: Arc<std::sync::Mutex<Vec<String>>>,
}

#[cfg(test)]
impl here::Here for Scripted {}
#[cfg(test)]
impl OnThisMachine for Scripted {}

#[cfg(test)]
impl Answerer for Scripted {
    fn name(&self) -> String {
        "scripted".to_owned()
    }

    fn answer(
        &self,
        turns: &[Turn],
        _limits: Limits,
        cancel: &Cancel,
        on: &mut (dyn FnMut(&str) + Send),
    ) -> Result<String, Error> {
        let told = turns.iter().map(|turn| format!("{:?}: {}", turn.role, turn.text.reveal()));
        self.told.lock().unwrap().push(told.collect::<Vec<_>>().join("\n"));
        let line = self.lines.lock().unwrap().remove(0);
        let text = line.map_err(|reason| Error::from(AskError::Model(reason.to_owned())))?;
        let letters: Vec<char> = text.chars().collect();
        for chunk in letters.chunks(3) {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            on(&chunk.iter().collect::<String>());
        }
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use reelspan_connectors::api::Key;

    use super::*;

    /// even with a cloud provider's address and key, there is no service that Ask could be given. A-67: public and private
    /// addresses and names that a resolver could turn anywhere are refused. A-66: what runs here is taken.
    #[test]
    fn only_this_machine_can_answer() {
        for elsewhere in [
            "https://api.openai.com/v1",
            "http://10.0.0.5:11434",
            "http://192.168.1.7:1234/v1",
            "http://localhost.example.com/v1",
            "http://127.0.0.1.nip.io/v1",
            "http://127.0.0.1@example.com/v1",
            "http://0.0.0.0:11434",
            "http://[::]:11434",
            "http://[fe80::1]/",
            "http://my-workstation:11434/v1",
            "ftp://127.0.0.1/",
        ] {
            let made = LocalService::new(elsewhere, Some(Key::new("secret")));
            assert!(made.is_err(), "{elsewhere}");
        }
        for here in ["http://127.0.0.1:11434", "http://localhost:1234/v1", "http://[::1]:8080/v1", "http://127.5.6.7/"]
        {
            assert!(LocalService::new(here, None).is_ok(), "{here}");
        }
    }
}

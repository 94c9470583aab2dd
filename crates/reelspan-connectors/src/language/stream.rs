//! Answers that arrive piece by piece from any OpenAI-compatible endpoint.

use std::time::Duration;

use reelspan_types::Cancel;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::LONGEST_ANSWER;
use super::events::{Event, Events, Wrong, content};
use super::thoughts::Thoughts;
use crate::api::{Error, Filled, Service, plain_code};
use crate::http::unless_cancelled;

/// A piece of some letters comes in a few hundred bytes of JSON.
const LONGEST_STREAM: usize = 64 * 1024 * 1024;

/// Sends `body` (messages, model, response format), tells each piece of the first answer as it comes, and gives the whole.
/// An endpoint that does not stream tells its answer in one piece. After the first piece nothing is tried again.
pub async fn stream(
    service: &Service,
    body: &Value,
    cancel: &Cancel,
    on: &mut (dyn FnMut(&str) + Send),
) -> Result<String, Error> {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("stream".into(), json!(true));
    }
    let fill = |http: RequestBuilder| -> Filled<'_> { Box::pin(async { Ok(http.json(&body)) }) };
    let answer = service.open("chat/completions", cancel, &fill).await?;
    let mut hearing = Hearing { service, said: String::new(), thoughts: Thoughts::default(), ended: false };
    unless_cancelled(cancel, hearing.hear(answer, on)).await.ok_or(Error::Cancelled)??;
    Ok(hearing.said)
}

/// One answer while it comes.
struct Hearing<'a> {
    service: &'a Service,
    said: String,
    thoughts: Thoughts,
    /// The model has said why it stopped.
    ended: bool,
}

impl Hearing<'_> {
    async fn hear(&mut self, mut answer: Response, on: &mut (dyn FnMut(&str) + Send)) -> Result<(), Error> {
        let mut events = Events::default();
        let (mut begins, mut whole, mut total, mut out) = (None, None, 0, Vec::new());
        let (first, later) = self.service.limits();
        let mut begun = false;
        let mut last_event = tokio::time::Instant::now();
        loop {
            // Comments only keep the connection alive: the model has to say something within the limit.
            let limit = if begun { later } else { first };
            let Some(bytes) = self.next(&mut answer, last_event + limit, limit, begun).await? else { break };
            total += bytes.len();
            if total > LONGEST_STREAM {
                return Err(self.too_long(LONGEST_STREAM));
            }
            if begins.is_none() {
                begins = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
                whole = (begins == Some(b'{')).then(Vec::new);
            }
            if let Some(whole) = &mut whole {
                if total > LONGEST_ANSWER {
                    return Err(self.too_long(LONGEST_ANSWER));
                }
                whole.extend_from_slice(&bytes);
                continue;
            }
            events.push(&bytes, &mut out).map_err(|wrong| self.wrong(&wrong))?;
            if !out.is_empty() {
                (begun, last_event) = (true, tokio::time::Instant::now());
            }
            for event in out.drain(..) {
                if self.take(&event, on)? {
                    return self.finish(on);
                }
            }
        }
        if let Some(whole) = whole {
            self.take_whole(&whole, on)?;
        } else {
            events.finish(&mut out).map_err(|wrong| self.wrong(&wrong))?;
            for event in out.drain(..) {
                self.take(&event, on)?;
            }
        }
        self.finish(on)
    }

    async fn next(
        &self,
        answer: &mut Response,
        until: tokio::time::Instant,
        limit: Duration,
        begun: bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        let (host, seconds) = (self.service.host(), limit.as_secs());
        match tokio::time::timeout_at(until, answer.chunk()).await {
            Ok(Ok(bytes)) => Ok(bytes.map(|bytes| bytes.to_vec())),
            Ok(Err(error)) => Err(self.service.broken(&error)),
            Err(_) if begun => Err(Error::Silent { host, seconds }),
            Err(_) => Err(Error::TimedOut { host, seconds }),
        }
    }

    /// Says whether that was the last event.
    fn take(&mut self, event: &Event, on: &mut (dyn FnMut(&str) + Send)) -> Result<bool, Error> {
        let Event::Json(event) = event else {
            self.ended = true;
            return Ok(true);
        };
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            return Err(Error::Stopped { host: self.service.host(), code: plain_code(error) });
        }
        // Without a choice it is a count of tokens or the like.
        let Some(choice) = event.pointer("/choices/0") else { return Ok(false) };
        let text = match choice.get("delta") {
            Some(change) => content(change),
            // Some repeat the whole message at the end.
            None if self.said.is_empty() => choice.get("message").and_then(content),
            None => None,
        };
        if let Some(text) = text {
            let text = self.thoughts.push(&text);
            self.tell(&text, on)?;
        }
        self.ended |= choice.get("finish_reason").is_some_and(Value::is_string);
        Ok(false)
    }

    /// The endpoint does not stream: one JSON, or one to a line.
    fn take_whole(&mut self, whole: &[u8], on: &mut (dyn FnMut(&str) + Send)) -> Result<(), Error> {
        if let Ok(answer) = serde_json::from_slice::<Value>(whole) {
            self.take(&Event::Json(answer), on)?;
            self.ended = !self.said.is_empty() || self.ended;
            return if self.ended { Ok(()) } else { Err(self.service.not_json()) };
        }
        for line in whole.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            let event = serde_json::from_slice(line).map_err(|_| self.service.not_json())?;
            self.take(&Event::Json(event), on)?;
        }
        Ok(())
    }

    fn finish(&mut self, on: &mut (dyn FnMut(&str) + Send)) -> Result<(), Error> {
        let rest = self.thoughts.finish();
        self.tell(&rest, on)?;
        // Without a reason and without [DONE], half an answer looks like a whole one.
        if self.ended { Ok(()) } else { Err(Error::Broken { host: self.service.host() }) }
    }

    fn tell(&mut self, text: &str, on: &mut (dyn FnMut(&str) + Send)) -> Result<(), Error> {
        if text.is_empty() {
            return Ok(());
        }
        if self.said.len() + text.len() > LONGEST_ANSWER {
            return Err(self.too_long(LONGEST_ANSWER));
        }
        self.said.push_str(text);
        on(text);
        Ok(())
    }

    fn wrong(&self, wrong: &Wrong) -> Error {
        match wrong {
            Wrong::TooLong => self.too_long(super::events::LONGEST_LINE),
            Wrong::NotJson => self.service.not_json(),
        }
    }

    fn too_long(&self, limit: usize) -> Error {
        Error::TooLong { host: self.service.host(), limit }
    }
}

#[cfg(test)]
mod tests;

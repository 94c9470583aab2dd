//! Takes a streamed answer apart: server-sent events with JSON in them, as endpoints send them and as they should not.

use serde_json::Value;

/// A line of one event; real ones have some hundred bytes.
pub(super) const LONGEST_LINE: usize = 1024 * 1024;

/// What a line of the stream turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Event {
    Json(Value),
    /// `[DONE]`
    Done,
}

#[derive(Debug, PartialEq)]
pub(super) enum Wrong {
    TooLong,
    NotJson,
}

/// Bytes go in as the network cuts them, events come out.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    /// Data of an event that goes over several lines.
    data: String,
    after_return: bool,
}

impl Events {
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<Event>) -> Result<(), Wrong> {
        for &byte in bytes {
            let pair = std::mem::replace(&mut self.after_return, byte == b'\r') && byte == b'\n';
            if pair {
                continue;
            }
            if byte == b'\n' || byte == b'\r' {
                let line = std::mem::take(&mut self.line);
                self.line_ends(&line, out)?;
            } else if self.line.len() + self.data.len() >= LONGEST_LINE {
                return Err(Wrong::TooLong);
            } else {
                self.line.push(byte);
            }
        }
        Ok(())
    }

    /// The last event may lack its empty line.
    pub(super) fn finish(&mut self, out: &mut Vec<Event>) -> Result<(), Wrong> {
        let line = std::mem::take(&mut self.line);
        self.line_ends(&line, out)?;
        self.event_ends(out)
    }

    fn line_ends(&mut self, line: &[u8], out: &mut Vec<Event>) -> Result<(), Wrong> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        if line.is_empty() {
            return self.event_ends(out);
        }
        // Comments keep the connection alive; names, numbers and retries of events say nothing here.
        let Some(data) = line.strip_prefix(b"data:") else { return Ok(()) };
        let data = str::from_utf8(data.strip_prefix(b" ").unwrap_or(data)).map_err(|_| Wrong::NotJson)?;
        // Some endpoints forget the empty line: what is whole by itself is an event.
        if self.data.is_empty()
            && let Some(event) = parse(data)
        {
            out.push(event);
            return Ok(());
        }
        if !self.data.is_empty() {
            self.data.push('\n');
        }
        self.data.push_str(data);
        Ok(())
    }

    fn event_ends(&mut self, out: &mut Vec<Event>) -> Result<(), Wrong> {
        let data = std::mem::take(&mut self.data);
        if !data.trim().is_empty() {
            out.push(parse(&data).ok_or(Wrong::NotJson)?);
        }
        Ok(())
    }
}

fn parse(data: &str) -> Option<Event> {
    if data.trim() == "[DONE]" {
        return Some(Event::Done);
    }
    serde_json::from_str(data).ok().map(Event::Json)
}

/// The answer's text in a message or a change to one: a text, or a list of parts of which some are text. What the model
/// thinks comes in fields of its own (`reasoning_content`, `reasoning`), which are not looked at.
pub(super) fn content(message: &Value) -> Option<String> {
    match message.get("content")? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let text = |part: &Value| part.get("text").and_then(Value::as_str).map(str::to_owned);
            Some(parts.iter().filter_map(text).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn in_steps(bytes: &[u8], step: usize) -> Result<Vec<Event>, Wrong> {
        let (mut events, mut out) = (Events::default(), Vec::new());
        for piece in bytes.chunks(step) {
            events.push(piece, &mut out)?;
        }
        events.finish(&mut out)?;
        Ok(out)
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &[Value], done: bool) {
        let mut wanted: Vec<Event> = expected.iter().cloned().map(Event::Json).collect();
        wanted.extend(done.then_some(Event::Done));
        // Cut at every place, so inside characters and between a return and its newline too.
        for step in [1, 2, 3, 5, 64, bytes.len().max(1)] {
            assert_eq!(in_steps(bytes, step).unwrap(), wanted, "in steps of {step}");
        }
    }

    #[test]
    fn events_are_found_wherever_the_network_cuts() {
        check("data: {\"a\":\"grün 😀\"}\n\ndata: [DONE]\n\n".as_bytes(), &[json!({"a": "grün 😀"})], true);
        check(
            b"data: {\"a\":1}\r\n\r\ndata: {\"a\":2}\r\n\r\ndata: [DONE]\r\n\r\n",
            &[json!({"a":1}), json!({"a":2})],
            true,
        );
        check(b"data: {\"a\":1}\r\rdata:[DONE]\r", &[json!({"a":1})], true);
    }

    #[test]
    fn comments_names_and_empty_events_say_nothing() {
        let text = "\u{feff}: ping\n\nevent: message\nid: 7\nretry: 100\ndata:{\"a\":1}\n\n:\n\ndata: \n\ndata\n\n";
        check(text.as_bytes(), &[json!({"a": 1})], false);
    }

    #[test]
    fn an_event_may_go_over_lines_or_lack_its_empty_line() {
        check(b"data: {\"a\":\ndata: 1}\n\n", &[json!({"a": 1})], false);
        check(b"data: {\"a\":\r\ndata: 1}\r\n\r\n", &[json!({"a": 1})], false);
        check(b"data: {\"a\":1}\ndata: {\"a\":2}\ndata: [DONE]", &[json!({"a":1}), json!({"a":2})], true);
    }

    #[test]
    fn what_is_no_json_is_said() {
        for bytes in [&b"data: {\"a\":\n\n"[..], b"data: hello\n\n", b"data: \xff\n\n", b"data: {\"a\""] {
            assert_eq!(in_steps(bytes, 3), Err(Wrong::NotJson));
        }
    }

    #[test]
    fn endless_lines_and_events_are_refused() {
        let line = [b"data: \"".as_slice(), &vec![b'x'; LONGEST_LINE]].concat();
        assert_eq!(in_steps(&line, 4096), Err(Wrong::TooLong));
        let event = b"data: [1,\n".repeat(LONGEST_LINE / 4 + 1);
        assert_eq!(in_steps(&event, 4096), Err(Wrong::TooLong));
    }

    #[test]
    fn content_is_text_or_parts() {
        assert_eq!(content(&json!({"content": "yes"})), Some("yes".into()));
        let parts =
            json!({"content": [{"type": "text", "text": "y"}, {"type": "image"}, {"type": "text", "text": "es"}]});
        assert_eq!(content(&parts), Some("yes".into()));
        assert_eq!(content(&json!({"content": null, "reasoning_content": "hm"})), None);
        assert_eq!(content(&json!({"role": "assistant"})), None);
    }
}

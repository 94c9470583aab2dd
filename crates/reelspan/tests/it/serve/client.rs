//! A client of the service with nothing between it and the socket, so that it can leave in the middle.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const OWN: &str = "/api/reelspan/v1";
/// A machine that is busy answers late; one that hangs never does.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks one server with one key.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

impl Client {
    /// One request on a connection of its own; an error if the server went away meanwhile.
    pub(crate) fn try_ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Result<Answer, Error> {
        let kind = [("Content-Type", kind)];
        let mut stream = self.begin(method, path, if body.is_empty() { &[] } else { &kind }, body.len())?;
        stream.write_all(body)?;
        finish(stream)
    }

    /// Sends the head of a request; the body and the answer are the caller's.
    pub(crate) fn begin(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        length: usize,
    ) -> Result<TcpStream, Error> {
        let mut stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = format!(
            "{method} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {length}\r\n",
            self.path(path),
            self.address,
        );
        if !path.contains("/files/") && !self.key.is_empty() {
            head += &format!("Authorization: Bearer {}\r\n", self.key);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        Ok(stream)
    }

    /// Links are whole addresses, perhaps of an earlier start with another port.
    fn path<'a>(&self, path: &'a str) -> &'a str {
        path.find("/files/").map_or(path, |at| &path[at..])
    }

    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.try_ask(method, path, "application/json", &body).unwrap()
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &Value::Null)
    }

    /// To our own API.
    #[track_caller]
    pub(crate) fn own(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.ask(method, &format!("{OWN}{path}"), body)
    }

    /// Announces, puts and confirms; the first refusal, or the confirmed upload.
    pub(crate) fn try_upload(&self, name: &str, kind: &str, bytes: &[u8]) -> Result<Answer, Error> {
        let wish = json!({ "file_name": name, "content_type": kind, "bytes": bytes.len() });
        let path = format!("{OWN}/uploads");
        let announced = self.try_ask("POST", &path, "application/json", wish.to_string().as_bytes())?;
        if announced.status != 201 {
            return Ok(announced);
        }
        let announced = announced.json();
        let put = self.try_ask("PUT", announced["put"]["url"].as_str().unwrap(), kind, bytes)?;
        if put.status >= 300 {
            return Ok(put);
        }
        self.try_ask("POST", &format!("{path}/{}/confirm", announced["id"].as_str().unwrap()), "application/json", b"")
    }

    /// The handle of a file that is taken.
    #[track_caller]
    pub(crate) fn upload(&self, name: &str, bytes: &[u8]) -> String {
        let confirmed = self.try_upload(name, "video/mp4", bytes).unwrap().is(200).json();
        confirmed["asset"]["handle"].as_str().unwrap().to_owned()
    }

    /// The id of a transcode that is taken.
    #[track_caller]
    pub(crate) fn transcode(&self, wish: &Value) -> String {
        self.own("POST", "/transcodes", wish).is(201).json()["id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn job(&self, id: &str) -> Value {
        self.own("GET", &format!("/jobs/{id}"), &Value::Null).is(200).json()
    }

    /// The job once it stands so; other endings are wrong.
    #[track_caller]
    pub(crate) fn ends(&self, id: &str, status: &str) -> Value {
        let mut job = Value::Null;
        super::house::eventually(120, "the job ends", || {
            job = self.job(id);
            ["completed", "failed", "canceled"].contains(&job["status"].as_str().unwrap())
        });
        assert_eq!(job["status"], status, "{job}");
        job
    }

    /// Everything in a list, page by page.
    pub(crate) fn all(&self, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.own("GET", &format!("{path}?limit=100{cursor}"), &Value::Null).is(200).json();
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }
}

/// Reads the answer to its end.
pub(crate) fn finish(mut stream: TcpStream) -> Result<Answer, Error> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all)?;
    let broken = || Error::new(ErrorKind::UnexpectedEof, "no whole answer");
    let ends = all.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(broken)?;
    let headers = String::from_utf8_lossy(&all[..ends]).to_ascii_lowercase();
    let status = headers.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(broken)?;
    let length = headers.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let body = if headers.contains("transfer-encoding: chunked") {
        whole(&all[ends + 4..]).ok_or_else(broken)?
    } else {
        all.split_off(ends + 4)
    };
    if length.is_some_and(|length| length != body.len()) {
        return Err(broken());
    }
    Ok(Answer { status, headers, body })
}

/// What came in chunks; none if the last is missing.
fn whole(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let ends = chunks.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&chunks[..ends]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend(chunks.get(ends + 2..ends + 2 + length)?);
        chunks = chunks.get(ends + 4 + length..)?;
    }
}

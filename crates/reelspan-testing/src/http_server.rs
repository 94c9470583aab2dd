//! A small HTTP/1.1 server on a loopback port, with the ways in which real servers fail.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// What a client asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The start of an open range, e.g. 100 of `bytes=100-`.
    pub fn range_start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// What the server says, well or badly.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Close the connection after so many bytes of the body.
    pub cut_after: Option<usize>,
    /// After `cut_after` bytes (or before the head, where `cut_after` is none) fall silent instead, until the server goes.
    pub stall: bool,
    /// Say another length than the true one.
    pub claimed_length: Option<usize>,
    /// Say no length: the body ends with the connection.
    pub lengthless: bool,
    /// Send the body in chunks of so many bytes, each on its own, as streaming servers do.
    pub chunk: Option<usize>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Drops the connection after so many bytes of the body.
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.cut_after = Some(bytes);
        self
    }

    pub fn chunked(mut self, bytes: usize) -> Self {
        self.chunk = Some(bytes);
        self
    }

    pub fn stalled(mut self) -> Self {
        self.stall = true;
        self
    }

    /// A whole file, or the part of it that was asked for; honours `If-Range`.
    pub fn file(request: &Request, bytes: &[u8], etag: &str) -> Self {
        let same = request.header("if-range").is_none_or(|known| known == etag);
        let reply = match request.range_start().filter(|_| same) {
            Some(start) if start < bytes.len() => Self::new(206, &bytes[start..])
                .header("content-range", format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len())),
            Some(_) => Self::new(416, "").header("content-range", format!("bytes */{}", bytes.len())),
            None => Self::new(200, bytes),
        };
        reply.header("etag", etag).header("accept-ranges", "bytes")
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// Runs until dropped.
pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers every request with what `handler` says.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let handler: Arc<Handler> = Arc::new(handler);
        let thread = std::thread::spawn({
            let (seen, over) = (seen.clone(), over.clone());
            move || {
                for stream in listener.incoming().flatten() {
                    if over.load(Ordering::SeqCst) {
                        break;
                    }
                    let (handler, seen, over) = (handler.clone(), seen.clone(), over.clone());
                    // A client that leaves early is part of the game.
                    std::thread::spawn(move || serve(&stream, &*handler, &seen, &over).ok());
                }
            }
        });
        Ok(Self { address, seen, over, thread: Some(thread) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the listener.
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn serve(stream: &TcpStream, handler: &Handler, seen: &Mutex<Vec<Request>>, over: &AtomicBool) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    // One request a connection: nothing then depends on the order in which connections are reused.
    let Some(request) = read_request(&mut reader)? else { return Ok(()) };
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let reply = handler(&request);
    let mut writer = stream;
    if reply.stall && reply.cut_after.is_none() {
        return wait_for_the_end(stream, over);
    }
    let mut head = format!("HTTP/1.1 {} Whatever\r\nconnection: close\r\n", reply.status);
    if reply.chunk.is_some() {
        head += "transfer-encoding: chunked\r\n";
    } else if !reply.lengthless {
        let length = reply.claimed_length.unwrap_or(reply.body.len());
        head += &format!("content-length: {length}\r\n");
    }
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    writer.write_all(format!("{head}\r\n").as_bytes())?;
    if request.method == "HEAD" {
        return Ok(());
    }
    let end = reply.cut_after.unwrap_or(reply.body.len()).min(reply.body.len());
    match reply.chunk {
        Some(size) => write_chunks(writer, &reply.body[..end], size, end == reply.body.len() && !reply.stall)?,
        None => writer.write_all(&reply.body[..end])?,
    }
    writer.flush()?;
    if reply.stall {
        return wait_for_the_end(stream, over);
    }
    Ok(())
}

fn write_chunks(mut writer: &TcpStream, body: &[u8], size: usize, end: bool) -> std::io::Result<()> {
    // Each chunk in a packet of its own, as far as the system allows.
    writer.set_nodelay(true)?;
    for chunk in body.chunks(size.max(1)) {
        writer.write_all(&[format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat())?;
    }
    if end { writer.write_all(b"0\r\n\r\n") } else { Ok(()) }
}

/// Says nothing until the client leaves or the server goes.
fn wait_for_the_end(mut stream: &TcpStream, over: &AtomicBool) -> std::io::Result<()> {
    stream.set_read_timeout(Some(std::time::Duration::from_millis(20)))?;
    let mut byte = [0];
    while !over.load(Ordering::SeqCst) {
        match stream.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
    let mut request =
        Request { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: Vec::new() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        request.headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    if let Some(length) = request.header("content-length").and_then(|length| length.parse().ok()) {
        reader.take(length).read_to_end(&mut request.body)?;
    }
    if request.header("transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked")) {
        read_chunks(reader, &mut request.body)?;
    }
    Ok(Some(request))
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
        reader.take(length).read_to_end(body)?;
        line.clear();
        reader.read_line(&mut line)?;
        if length == 0 {
            return Ok(());
        }
    }
}

//! Keeps fetched addresses on the public internet: which addresses count, and a proxy that connects to no others.
//!
//! A name is resolved here, each address it stands for is judged, and the connection goes to the very address that was
//! judged. So neither a redirect, nor a name that changes its address between two look-ups, reaches this machine,
//! its network, or a cloud's metadata service.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use url::Url;

const LONGEST_HEAD: usize = 32 * 1024;
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// May a fetched address lie there? Only what is routed on the public internet.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let refused = match ip.octets() {
        // This network, private, loopback, link-local (with the clouds' metadata), multicast and reserved.
        [0 | 10 | 127 | 224.., ..] | [172, 16..=31, ..] | [192, 168, ..] | [169, 254, ..] => true,
        // Carrier-grade NAT, benchmarks.
        [100, 64..=127, ..] | [198, 18 | 19, ..] => true,
        // Protocol assignments, documentation, the old 6to4 relays.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => true,
        _ => false,
    };
    !refused
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        // An IPv4 address in another dress: mapped, NAT64, 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments with Teredo, documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Nothing else than 2000::/3 is global unicast: loopback, unique local, link-local, multicast are outside.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Where connections may go.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    besides: Vec<SocketAddr>,
}

impl Reach {
    /// The public internet, on the web's ports and the unprivileged ones.
    pub fn public() -> Self {
        Self::default()
    }

    /// For tests: these addresses of this machine too.
    pub fn public_and(besides: impl Into<Vec<SocketAddr>>) -> Self {
        Self { besides: besides.into() }
    }

    pub(crate) fn allows(&self, address: SocketAddr) -> bool {
        let port = matches!(address.port(), 80 | 443 | 1024..);
        self.besides.contains(&address) || (port && is_public(address.ip()))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the address leads to this machine or a private network, which is refused")]
    Private,
    #[error("the name of the site cannot be resolved")]
    Name,
    #[error("the site cannot be reached")]
    Unreachable,
}

/// The addresses behind a name that may be reached. Connections are judged anew: a name may change its mind.
pub async fn judge(host: &str, port: u16, reach: &Reach) -> Result<Vec<SocketAddr>, Error> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = lookup_host((host, port)).await.map_err(|_| Error::Name)?.collect();
    if found.is_empty() {
        return Err(Error::Name);
    }
    let allowed: Vec<SocketAddr> = found.into_iter().filter(|&address| reach.allows(address)).collect();
    if allowed.is_empty() { Err(Error::Private) } else { Ok(allowed) }
}

/// Resolves, judges, and connects to what was judged.
pub async fn connect(host: &str, port: u16, reach: &Reach) -> Result<TcpStream, Error> {
    let allowed = judge(host, port, reach).await?;
    match timeout(CONNECT_TIMEOUT, TcpStream::connect(&allowed[..])).await {
        Ok(Ok(stream)) => Ok(stream),
        _ => Err(Error::Unreachable),
    }
}

/// A proxy on a loopback port for a program that fetches. Ends, with all its connections, when dropped.
#[derive(Debug)]
pub struct Guard {
    address: SocketAddr,
    refused: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Guard {
    pub async fn start(reach: Reach) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let refused = Arc::new(AtomicUsize::new(0));
        let count = refused.clone();
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    Ok((client, _)) = listener.accept() => {
                        connections.spawn(serve(client, reach.clone(), count.clone()));
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Self { address, refused, accepting })
    }

    /// For `--proxy` and the like.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often something was asked for that is not public.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What a client of the proxy wants.
#[derive(Debug, PartialEq)]
struct Wanted {
    host: String,
    port: u16,
    /// What the site is sent first; none for a tunnel.
    head: Option<Vec<u8>>,
}

async fn serve(mut client: TcpStream, reach: Reach, refused: Arc<AtomicUsize>) -> io::Result<()> {
    let Ok(Ok(Some((head, rest)))) = timeout(HEAD_TIMEOUT, read_head(&mut client)).await else {
        return answer(&mut client, "400 Bad Request").await;
    };
    let Some(wanted) = parse(&head) else { return answer(&mut client, "400 Bad Request").await };
    let mut site = match connect(&wanted.host, wanted.port, &reach).await {
        Ok(site) => site,
        Err(Error::Private) => {
            refused.fetch_add(1, Ordering::SeqCst);
            return answer(&mut client, "403 Forbidden").await;
        }
        Err(Error::Name | Error::Unreachable) => return answer(&mut client, "502 Bad Gateway").await,
    };
    match wanted.head {
        Some(head) => site.write_all(&head).await?,
        None => client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?,
    }
    site.write_all(&rest).await?;
    copy_bidirectional(&mut client, &mut site).await?;
    Ok(())
}

async fn answer(client: &mut TcpStream, status: &str) -> io::Result<()> {
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    client.write_all(answer.as_bytes()).await?;
    client.shutdown().await
}

/// The head up to its empty line, and what came after it; none where there is no end.
async fn read_head(client: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let rest = bytes.split_off(end + 4);
            return Ok(String::from_utf8(bytes).ok().map(|head| (head, rest)));
        }
        if bytes.len() > LONGEST_HEAD || client.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

fn parse(head: &str) -> Option<Wanted> {
    let mut lines = head.trim_end().split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target, version) = (first.next()?, first.next()?, first.next()?);
    if !version.starts_with("HTTP/1.") || first.next().is_some() {
        return None;
    }
    if method == "CONNECT" {
        let (host, port) = target.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        return Some(Wanted { host, port: port.parse().ok()?, head: None });
    }
    let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    let named = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    // One request a connection: a second one could name another host on a connection that was judged for the first.
    let mut sent = format!(
        "{method} {} HTTP/1.1\r\nHost: {named}\r\nConnection: close\r\n",
        &url[url::Position::BeforePath..url::Position::AfterQuery]
    );
    for line in lines {
        let (name, _) = line.split_once(':')?;
        let name = name.to_ascii_lowercase();
        let ours =
            matches!(name.as_str(), "host" | "connection" | "keep-alive" | "upgrade") || name.starts_with("proxy-");
        if !ours {
            sent += line;
            sent += "\r\n";
        }
    }
    sent += "\r\n";
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some(Wanted { host, port, head: Some(sent.into_bytes()) })
}

#[cfg(test)]
mod tests;

//! What the guard lets through and what it never does.

use reelspan_testing::http_server::{Reply, Server};

use super::*;
use crate::http;

#[track_caller]
fn check(public: bool, addresses: &[&str]) {
    for address in addresses {
        assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
    }
}

#[test]
fn public_addresses_are_public() {
    check(true, &["1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1"]);
    check(true, &["192.0.1.1", "192.167.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "169.253.0.1"]);
    check(true, &["2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "2001:200::1"]);
    check(true, &["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]);
}

#[test]
fn everything_else_is_not() {
    check(false, &["127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255"]);
    check(false, &["192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "100.100.100.200"]);
    check(false, &["192.0.0.1", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1"]);
    check(false, &["203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"]);
    check(false, &["::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "100::1", "5f00::1"]);
    check(false, &["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:20::1", "2001:db8::1", "3fff::1"]);
    check(false, &["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::7f00:1"]);
    check(false, &["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::1", "2002:c0a8:101::"]);
}

#[test]
fn only_the_ports_of_the_web_and_unprivileged_ones() {
    let allows = |address: &str| Reach::public().allows(address.parse().unwrap());
    assert!(allows("1.1.1.1:80") && allows("1.1.1.1:443") && allows("1.1.1.1:8080"));
    assert!(!allows("1.1.1.1:25") && !allows("1.1.1.1:22") && !allows("127.0.0.1:8080"));
}

async fn through(guard: &Guard, url: &str) -> reqwest::Result<reqwest::Response> {
    let settings = http::Settings { redirects: 3, proxy: Some(guard.url().parse().unwrap()), ..Default::default() };
    http::client(&settings).unwrap().get(url).send().await
}

#[tokio::test]
async fn plain_requests_pass_in_the_sites_own_form() {
    let site = Server::start(|_| Reply::new(200, "fine")).unwrap();
    let guard = Guard::start(Reach::public_and([site.address()])).await.unwrap();
    let answer = through(&guard, &site.url("/a/b?c=d")).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "fine");
    let seen = &site.seen()[0];
    assert_eq!(seen.path, "/a/b?c=d");
    assert_eq!(seen.header("host").unwrap(), site.address().to_string());
    assert_eq!(seen.header("connection"), Some("close"));
    assert_eq!(seen.header("proxy-connection"), None);
    assert_eq!(guard.refused(), 0);
}

#[tokio::test]
async fn loopback_is_refused_under_every_name() {
    let secret = Server::start(|_| Reply::new(200, "secret")).unwrap();
    let guard = Guard::start(Reach::public()).await.unwrap();
    let port = secret.address().port();
    let names = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"];
    for name in names {
        let answer = through(&guard, &format!("http://{name}:{port}/")).await.unwrap();
        assert_eq!(answer.status(), 403, "{name}");
    }
    assert!(secret.seen().is_empty());
    assert_eq!(guard.refused(), names.len());
}

#[tokio::test]
async fn a_redirect_to_another_loopback_address_is_refused() {
    let secret = Server::start(|_| Reply::new(200, "secret")).unwrap();
    let target = secret.url("/admin");
    let site = Server::start(move |_| Reply::new(302, "").header("location", target.clone())).unwrap();
    let guard = Guard::start(Reach::public_and([site.address()])).await.unwrap();
    assert_eq!(through(&guard, &site.url("/")).await.unwrap().status(), 403);
    assert_eq!(site.seen().len(), 1);
    assert!(secret.seen().is_empty());
}

/// Sends bytes as they are and gives what comes back.
async fn raw(guard: &Guard, sent: &str) -> String {
    let mut stream = TcpStream::connect(guard.address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn tunnels_reach_allowed_addresses_only() {
    let site = Server::start(|_| Reply::new(200, "fine")).unwrap();
    let secret = Server::start(|_| Reply::new(200, "secret")).unwrap();
    let guard = Guard::start(Reach::public_and([site.address()])).await.unwrap();
    let tunnel = |address: SocketAddr| {
        format!("CONNECT {address} HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    };
    let answer = raw(&guard, &tunnel(site.address())).await;
    assert!(answer.starts_with("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200"), "{answer}");
    assert!(raw(&guard, &tunnel(secret.address())).await.starts_with("HTTP/1.1 403"));
    assert!(secret.seen().is_empty());
}

#[tokio::test]
async fn nonsense_is_answered_with_400() {
    let guard = Guard::start(Reach::public()).await.unwrap();
    for sent in ["GET / HTTP/1.1\r\n\r\n", "hello\r\n\r\n", "CONNECT nowhere HTTP/1.1\r\n\r\n"] {
        assert!(raw(&guard, sent).await.starts_with("HTTP/1.1 400"), "{sent}");
    }
    for sent in ["GET https://example.com/ HTTP/1.1\r\n\r\n", "GET file:///etc/passwd HTTP/1.1\r\n\r\n"] {
        assert!(raw(&guard, sent).await.starts_with("HTTP/1.1 400"), "{sent}");
    }
}

#[tokio::test]
async fn nothing_listens_after_the_guard_is_gone() {
    let guard = Guard::start(Reach::public()).await.unwrap();
    let address = guard.address;
    drop(guard);
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

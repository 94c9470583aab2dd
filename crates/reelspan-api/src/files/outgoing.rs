//! A stored file as an answer: whole, in part, or not again.

use std::ops::Range;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use reelspan_app::Asset;
use reelspan_app::refusal::Refusal;

use crate::App;

const PLAIN: &str = "application/octet-stream";

/// What a client asked for of a file of this length.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Some(Range<u64>),
    /// There is nothing there.
    Nothing,
}

/// Answers with a file. Nothing of it is kept on its way, and no browser takes it for a page.
pub(crate) async fn send(app: &App, asset: &Asset, method: &Method, asked: &HeaderMap) -> Result<Response, Refusal> {
    let bytes = u64::try_from(asset.bytes).unwrap_or(0);
    let (etag, modified) = (format!("\"{}\"", asset.id), http_date(asset.created_at));
    let text = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let headers = about(asset, &etag, &modified);
    if text(IF_NONE_MATCH).is_some_and(|known| names(known, &etag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    // A part of something else than the client knows would not fit what it has.
    let same = text(IF_RANGE).is_none_or(|known| known == etag || known == modified);
    let (status, range) = match text(RANGE).filter(|_| same).map_or(Part::Whole, |range| part(range, bytes)) {
        Part::Whole => (StatusCode::OK, 0..bytes),
        Part::Some(range) => (StatusCode::PARTIAL_CONTENT, range),
        Part::Nothing => {
            let mut response = (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response();
            response.headers_mut().remove(CONTENT_TYPE);
            put(response.headers_mut(), CONTENT_RANGE, &format!("bytes */{bytes}"));
            return Ok(response);
        }
    };
    let body = match *method {
        Method::HEAD => Body::empty(),
        _ => body(app, asset, bytes, range.clone()).await?,
    };
    let mut response = (status, headers, body).into_response();
    put(response.headers_mut(), CONTENT_LENGTH, &(range.end - range.start).to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{bytes}", range.start, range.end - 1);
        put(response.headers_mut(), CONTENT_RANGE, &range);
    }
    Ok(response)
}

async fn body(app: &App, asset: &Asset, bytes: u64, range: Range<u64>) -> Result<Body, Refusal> {
    let part = (range != (0..bytes)).then_some(range);
    Ok(Body::from_stream(app.service.data.blobs.get(&asset.blob, part).await?.stream))
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn about(asset: &Asset, etag: &str, modified: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let content_type = HeaderValue::from_str(&asset.content_type).unwrap_or(HeaderValue::from_static(PLAIN));
    headers.insert(CONTENT_TYPE, content_type);
    put(&mut headers, CONTENT_DISPOSITION, &disposition(&asset.file_name));
    put(&mut headers, ETAG, etag);
    put(&mut headers, LAST_MODIFIED, modified);
    for (name, value) in [
        (ACCEPT_RANGES, "bytes"),
        (CACHE_CONTROL, "private, no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

/// Saved under its name, in plain letters for old clients and in all letters for others (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let plain =
        |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '/' | '%') || c == ' ' { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    if ascii == name {
        return format!("attachment; filename=\"{ascii}\"");
    }
    let mut escaped = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped += &format!("%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{escaped}")
}

/// Whether a list of tags has this one. Tags that are only alike do for that.
fn names(list: &str, etag: &str) -> bool {
    list.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == etag || one == "*")
}

/// One range of bytes. What is no range, or several, is answered with the whole, as RFC 9110 allows.
fn part(text: &str, bytes: u64) -> Part {
    let Some((from, to)) = text.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Part::Whole;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number beyond all files is still a number.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let range = match (number(from.trim()), number(to.trim())) {
        (Some(from), Some(to)) if from <= to => from..to.saturating_add(1).min(bytes),
        (Some(from), None) if to.trim().is_empty() => from..bytes,
        (None, Some(last)) if from.trim().is_empty() => bytes.saturating_sub(last)..bytes,
        _ => return Part::Whole,
    };
    if range.start < range.end { Part::Some(range) } else { Part::Nothing }
}

/// `Sat, 21 Nov 2026 15:04:05 GMT`.
pub(crate) fn http_date(at: i64) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        let cases = [
            ("bytes=0-0", Part::Some(0..1)),
            ("bytes=2-5", Part::Some(2..6)),
            ("bytes=2-", Part::Some(2..10)),
            ("bytes=-3", Part::Some(7..10)),
            ("bytes=-30", Part::Some(0..10)),
            ("bytes=9-99999999999999999999999", Part::Some(9..10)),
            ("bytes=10-", Part::Nothing),
            ("bytes=99999999999999999999999-", Part::Nothing),
            ("bytes=-0", Part::Nothing),
            ("bytes=5-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("", Part::Whole),
        ];
        for (text, expected) in cases {
            assert_eq!(part(text, 10), expected, "{text}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Nothing);
    }

    #[test]
    fn names_of_any_letters_are_safe_in_a_header() {
        assert_eq!(disposition("talk one.mp4"), "attachment; filename=\"talk one.mp4\"");
        assert_eq!(
            disposition("Ünï \"q\".mp4"),
            "attachment; filename=\"_n_ _q_.mp4\"; filename*=UTF-8''%C3%9Cn%C3%AF%20%22q%22.mp4"
        );
        assert!(disposition("a\r\nSet-Cookie: x").contains("filename=\"a__Set-Cookie: x\""));
        assert_eq!(http_date(1_795_273_445_000), "Sat, 21 Nov 2026 15:04:05 GMT");
        assert!(names("\"a\", W/\"b\"", "\"b\"") && names("*", "\"b\"") && !names("\"a\"", "\"b\""));
    }
}

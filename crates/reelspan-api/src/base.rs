//! The address under which whoever asked reaches us: every link in an answer begins with it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::App;

const FORWARDED: &str = "x-forwarded-proto";

/// `https://media.example.com`: what the operator set, or where the request went.
pub(crate) struct Base(pub(crate) String);

impl FromRequestParts<App> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        if let Some(public) = &app.service.public_url {
            return Ok(Self(public.trim_end_matches('/').to_owned()));
        }
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let host = parts.uri.authority().map(ToString::to_string).or_else(|| text(HOST.as_str()).map(str::to_owned));
        let host = host.filter(|host| is_host(host)).unwrap_or_else(|| "localhost".to_owned());
        // Only the sender of a wrong word gets the wrong link.
        let scheme =
            if text(FORWARDED).is_some_and(|word| word.eq_ignore_ascii_case("https")) { "https" } else { "http" };
        Ok(Self(format!("{scheme}://{host}")))
    }
}

/// A host and perhaps a port, nothing that could end the host in an address.
fn is_host(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    (1..=255).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_nothing_else() {
        for host in ["127.0.0.1:7780", "media.example.com", "[::1]:80"] {
            assert!(is_host(host), "{host}");
        }
        for odd in ["", "a/b", "a b", "me@there", "a\\b", "a?b", "a#b"] {
            assert!(!is_host(odd), "{odd}");
        }
    }
}

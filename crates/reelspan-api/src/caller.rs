//! Who asks: the caller of a request, by API key, or by the one session cookie of a browser.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use reelspan_app::refusal::{Kind, Refusal};
use reelspan_app::service::Caller;
use reelspan_app::{accounts, keys};

use crate::{App, Problem};

pub(crate) const COOKIE: &str = "reelspan_session";
const SURFACE: &str = "x-ffm-surface";
const FETCH_SITE: &str = "sec-fetch-site";

/// Of a request to our own API; its refusals are problems.
pub(crate) struct Asking(pub(crate) Caller);

/// What was found out about the caller before the handler was reached.
#[derive(Clone)]
pub(crate) struct Asked(pub(crate) Result<Caller, Refusal>);

/// The same for any surface, which words the refusal itself.
pub(crate) async fn of(app: &App, parts: &Parts) -> Result<Caller, Refusal> {
    match parts.extensions.get::<Asked>() {
        Some(Asked(found)) => found.clone(),
        None => by_credentials(app, parts).await,
    }
}

/// Looks the caller up. A key counts before a cookie, and one that is wrong is not made good by a cookie.
pub(crate) async fn by_credentials(app: &App, parts: &Parts) -> Result<Caller, Refusal> {
    let service = &app.service;
    if let Some(header) = parts.headers.get(AUTHORIZATION) {
        let word = header.to_str().ok().and_then(|value| value.trim().split_once(' '));
        let word = word.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, word)| word.trim());
        let caller = keys::caller(&service.data, &service.signer, word.ok_or_else(Refusal::unauthorized)?).await?;
        return Ok(with_surface(caller, &parts.headers));
    }
    let cookie = cookie(&parts.headers).ok_or_else(Refusal::unauthorized)?;
    let caller = accounts::caller(&service.data, &service.signer, &cookie).await?;
    // A browser sends the cookie whoever made it ask.
    if ![Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method) && !from_our_pages(app, &parts.headers) {
        return Err(cross_site());
    }
    Ok(caller)
}

/// Clients tell what they are; only what is known counts.
fn with_surface(caller: Caller, headers: &HeaderMap) -> Caller {
    let mcp = headers.get(SURFACE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"mcp"));
    Caller { surface: if mcp { "mcp" } else { caller.surface }, ..caller }
}

/// What the session cookie holds.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned())
}

/// The cookie of a sign-in, or the one that takes it away.
pub(crate) fn set_cookie(app: &App, value: Option<&str>, seconds: i64) -> String {
    let secure = app.service.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let age = if value.is_some() { seconds.max(0) } else { 0 };
    let cookie = Cookie::build((COOKIE, value.unwrap_or_default())).path("/").http_only(true);
    let cookie = cookie.same_site(SameSite::Lax).secure(secure).build();
    format!("{cookie}; Max-Age={age}")
}

pub(crate) fn cross_site() -> Refusal {
    let message = "this came from another site's page; open this site itself, or use an API key";
    Refusal::new(Kind::Forbidden, "cross_site", message)
}

/// The address under which whoever asked reaches us.
pub(crate) fn base(app: &App, headers: &HeaderMap) -> String {
    let host = || headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let public = app.service.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
    public.unwrap_or_else(|| format!("http://{}", host()))
}

/// The browser says that one of our own pages asked.
fn from_our_pages(app: &App, headers: &HeaderMap) -> bool {
    match headers.get(FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => headers.get(ORIGIN).is_some_and(|origin| is_ours(app, origin.to_str().unwrap_or("null"), headers)),
    }
}

/// For what needs no cookie (signing in): a browser must not say that another site's page asked. Programs say nothing.
pub(crate) fn not_from_elsewhere(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    let silent = !headers.contains_key(FETCH_SITE) && !headers.contains_key(ORIGIN);
    if silent || from_our_pages(app, headers) { Ok(()) } else { Err(cross_site()) }
}

/// An origin is ours if it is the public one, or the host that the browser itself asked.
fn is_ours(app: &App, origin: &str, headers: &HeaderMap) -> bool {
    let public = app.service.public_url.as_deref().and_then(origin_of);
    if public.is_some_and(|public| public.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let asked = origin.split_once("://").map(|(_, authority)| authority);
    host.zip(asked).is_some_and(|(host, asked)| host.eq_ignore_ascii_case(asked))
}

/// `https://host:port` of an address.
fn origin_of(url: &str) -> Option<&str> {
    let begins = url.find("://")? + 3;
    let ends = url[begins..].find(['/', '?', '#']).map_or(url.len(), |at| begins + at);
    Some(&url[..ends])
}

impl FromRequestParts<App> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(of(app, parts).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_the_address_up_to_its_path() {
        for (url, origin) in [
            ("https://reel.example.org", Some("https://reel.example.org")),
            ("https://reel.example.org:8443/studio/", Some("https://reel.example.org:8443")),
            ("http://[::1]:7780/?x", Some("http://[::1]:7780")),
            ("reel.example.org", None),
        ] {
            assert_eq!(origin_of(url), origin);
        }
    }
}

//! The pages that need no studio: first visit, sign-in, and a home with keys and usage. Plain HTML, nothing of others, no scripts.

mod home;
mod signin;
mod welcome;

use axum::Router;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use reelspan_app::refusal::{Kind, Refusal};
use reelspan_app::service::Caller;

use crate::{App, caller, problem};

const STYLE: &str = include_str!("pages/style.css");
const MARK: &str = include_str!("pages/mark.svg");
/// No page of ours loads anything from elsewhere, sits in another's frame, or sends a form away.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(crate) fn routes() -> Router<App> {
    let served = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=3600")], text) })
    };
    Router::new()
        .merge(home::routes())
        .merge(signin::routes())
        .merge(welcome::routes())
        .route("/pages.css", served("text/css; charset=utf-8", STYLE))
        .route("/mark.svg", served("image/svg+xml", MARK))
}

/// Who looks at a page. Whoever is signed in no more is led to where one signs in.
struct Visitor(Caller);

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visitor = <Self as OptionalFromRequestParts<App>>::from_request_parts(parts, app).await?;
        visitor.ok_or_else(|| Redirect::to("/signin").into_response())
    }
}

impl OptionalFromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Response> {
        match caller::of(app, parts).await {
            Ok(caller) => Ok(Some(Self(caller))),
            Err(refusal) if refusal.kind == Kind::Unauthorized => Ok(None),
            Err(refusal) => Err(refused(&refusal)),
        }
    }
}

/// A piece of a page that is finished: what was put into it is escaped.
struct Html(String);

/// Text as it stands between tags and in quoted attributes.
fn text(of: &str) -> String {
    let mut out = String::with_capacity(of.len());
    for one in of.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A whole page. `wide` is for more than one form.
fn page(status: StatusCode, title: &str, wide: bool, body: &Html) -> Response {
    let class = if wide { "wide" } else { "narrow" };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{} · Reelspan</title>\n\
         <link rel=\"icon\" href=\"/mark.svg\" type=\"image/svg+xml\">\n<link rel=\"stylesheet\" href=\"/pages.css\">\n\
         </head>\n<body class=\"{class}\">\n<a class=\"skip\" href=\"#main\">Skip to content</a>\n{}\n</body>\n</html>\n",
        text(title),
        body.0
    );
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // Forms must tell us that they are ours, which `no-referrer` would hide; nobody else learns an address.
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, html).into_response()
}

/// A page with one card under the mark.
fn card(status: StatusCode, title: &str, inner: &Html) -> Response {
    let body = format!(
        "<main id=\"main\" class=\"card\">\n<p class=\"brand\"><img src=\"/mark.svg\" alt=\"\" width=\"36\" height=\"36\">Reelspan</p>\n\
         <h1>{}</h1>\n{}</main>",
        text(title),
        inner.0
    );
    page(status, title, false, &Html(body))
}

/// What went wrong, where a screen reader says it at once.
fn alert(refusal: Option<&Refusal>) -> String {
    let shown =
        |refusal: &Refusal| format!("<p class=\"alert\" role=\"alert\">{}</p>\n", text(&sentence(&refusal.message)));
    refusal.map(shown).unwrap_or_default()
}

/// Begins with a capital and ends with a full stop.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// A labelled field of a form.
struct Field<'a> {
    name: &'a str,
    label: &'a str,
    kind: &'a str,
    /// What stands in it already.
    value: &'a str,
    /// What a password manager fills it with.
    fills: &'a str,
    hint: &'a str,
    /// More attributes, written by us.
    more: &'a str,
}

impl Field<'_> {
    fn html(&self, refusal: Option<&Refusal>) -> String {
        let Self { name, label, kind, fills, more, .. } = self;
        let wrong = refusal.and_then(|refusal| refusal.field.as_deref()) == Some(*name);
        let invalid = if wrong { " aria-invalid=\"true\"" } else { "" };
        let (described, hint) = match self.hint {
            "" => (String::new(), String::new()),
            hint => (
                format!(" aria-describedby=\"{name}-hint\""),
                format!("<span class=\"hint\" id=\"{name}-hint\">{}</span>\n", text(hint)),
            ),
        };
        format!(
            "<div class=\"field\">\n<label for=\"{name}\">{}</label>\n<input id=\"{name}\" name=\"{name}\" type=\"{kind}\" \
             value=\"{}\" autocomplete=\"{fills}\" required{described}{invalid}{more}>\n{hint}</div>\n",
            text(label),
            text(self.value)
        )
    }
}

/// A refusal that is no form's own.
pub(crate) fn refused(refusal: &Refusal) -> Response {
    let status = problem::status(refusal.kind);
    let inner = format!("{}<p><a href=\"/\">To the first page</a></p>\n", alert(Some(refusal)));
    let mut response = card(status, "That did not work", &Html(inner));
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_stays_text() {
        assert_eq!(text("<b a='1' c=\"2\">&</b>"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;&lt;/b&gt;");
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("that is wrong"), "That is wrong.");
        assert_eq!(sentence(""), ".");
    }
}

//! What is said of each request: the route's template, status and time. Never a path, an address or a body.

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use reelspan_types::new_id;

use crate::App;

const REQUEST_ID: &str = "x-request-id";

/// Wraps every route. The id that is given back is ours, so that nothing of the client's reaches a log.
pub(crate) async fn tell(State(app): State<App>, request: Request, next: Next) -> Response {
    let clock = std::sync::Arc::clone(&app.service.data.clock);
    let id = new_id(clock.as_ref());
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let method = known_method(request.method().as_str());
    let begun = clock.steady();
    let mut response = next.run(request).await;
    let took = clock.steady().saturating_sub(begun);
    let status = response.status().as_u16();
    tracing::info!(request = %id, method, route, status, ms = took.as_millis() as u64, "request");
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.to_string())];
    metrics::counter!("reelspan_http_requests_total", &labels).increment(1);
    metrics::histogram!("reelspan_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// A client may invent methods; a log and a metric know these.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("OTHER")
}

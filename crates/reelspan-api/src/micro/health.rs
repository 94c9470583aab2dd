//! `/health-check`: the one endpoint that needs no key.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use reelspan_app::times::iso;
use serde_json::json;

use crate::App;

/// The contract names the vendor's database in it; here it is whichever database this service has.
pub(crate) async fn check(State(app): State<App>) -> impl IntoResponse {
    let data = &app.service.data;
    let connected = data.database.first_workspace().await.is_ok();
    let (status, text) = if connected { (StatusCode::OK, "OK") } else { (StatusCode::INTERNAL_SERVER_ERROR, "Away") };
    let database = json!({ "ok": connected, "status": status.as_u16(), "statusText": text, "connected": connected });
    let uptime = data.clock.steady().as_secs_f64();
    let body = json!({ "ok": connected, "timestamp": iso(data.now()), "uptime": uptime, "supabase": database });
    (status, Json(body))
}

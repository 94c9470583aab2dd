//! What a job says while it runs, as server-sent events that can be picked up where they were dropped.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use reelspan_app::service::{Caller, Service};
use reelspan_app::tasks::{self, Status};
use serde_json::json;

use crate::caller::Asking;
use crate::{App, Problem};

/// As often as the engine passes on what jobs say.
const LOOK: Duration = Duration::from_millis(300);
const AT_ONCE: i64 = 100;

/// Progress as it happens: `progress` events with `id`s, `status` when it changes, and the end of the stream when the job ends.
/// `Last-Event-ID` picks it up where it was dropped.
#[utoipa::path(get, path = "/jobs/{id}/events", tag = "jobs",
    params(("id" = String, Path), ("Last-Event-ID" = Option<i64>, Header, description = "the `id` of the last event that was heard")),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = "4XX", body = Problem)))]
pub(super) async fn events(
    State(app): State<App>,
    Asking(caller): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    // Who may not see the job gets a problem, not a stream.
    tasks::get(&app.service, &caller, &id, &tasks::KINDS).await?;
    let heard = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Ok(Sse::new(told(app.service, caller, id, heard.unwrap_or(0))).keep_alive(KeepAlive::default()))
}

/// What is left to be said, and where the next look begins.
struct Listening {
    service: Service,
    caller: Caller,
    id: String,
    seq: i64,
    status: Option<Status>,
    waiting: VecDeque<Event>,
    over: bool,
}

fn told(
    service: Service,
    caller: Caller,
    id: String,
    seq: i64,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let listening = Listening { service, caller, id, seq, status: None, waiting: VecDeque::new(), over: false };
    unfold(listening, |mut listening| async move {
        loop {
            if let Some(event) = listening.waiting.pop_front() {
                return Some((Ok(event), listening));
            }
            if listening.over {
                return None;
            }
            if listening.status.is_some() {
                tokio::time::sleep(LOOK).await;
            }
            listening.look().await;
        }
    })
}

impl Listening {
    async fn look(&mut self) {
        let standing = match tasks::get(&self.service, &self.caller, &self.id, &tasks::KINDS).await {
            Ok(standing) => standing,
            // Its time is over; a database that is away for a moment is asked again.
            Err(refusal) => {
                self.over = refusal.kind != reelspan_app::refusal::Kind::Unavailable;
                return;
            }
        };
        let (data, workspace) = (&self.service.data, &self.caller.workspace);
        let said = data.database.events(&standing.job, workspace, self.seq, AT_ONCE, data.now()).await;
        for one in said.unwrap_or_default() {
            self.seq = one.seq;
            self.waiting.push_back(Event::default().id(one.seq.to_string()).event(one.kind).data(one.body));
        }
        if self.status != Some(standing.status) {
            let body = json!({ "status": standing.status.name(), "step": standing.step });
            self.waiting.push_back(Event::default().event("status").data(body.to_string()));
            self.status = Some(standing.status);
        }
        self.over = standing.status.is_final();
    }
}

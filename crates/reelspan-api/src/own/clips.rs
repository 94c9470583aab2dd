//! Get Clips: one long recording in, finished clips out, as a job.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reelspan_app::clip_jobs::{self, Layout, Request};
use reelspan_app::refusal::Refusal;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Body;
use super::jobs::{Job, shown};
use crate::base::Base;
use crate::caller::Asking;
use crate::{App, Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create))
}

/// What clips are wanted of what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewClips {
    /// `gs://...` as an upload answered it, or `https://...`.
    input: String,
    /// Words with times (.srt, .vtt, .json), uploaded or at an address.
    transcript: Option<String>,
    /// Most clips to make, 1 to 200; as many as are good if not said.
    count: Option<u16>,
    /// Shortest clip in seconds; 15 if not said.
    min: Option<f64>,
    /// Longest clip in seconds; 60 if not said.
    max: Option<f64>,
    /// Picture shapes such as `9:16`, each a file of its own; `9:16` if none is named.
    #[serde(default)]
    aspects: Vec<String>,
    /// The name of a caption style, or `none`; `bold` if not said.
    captions: Option<String>,
    /// `auto`, `track`, `fit`, `split` or `center`; `auto` if not said.
    layout: Option<String>,
    /// LUFS, -36 to -8; -14 if not said.
    loudness: Option<f64>,
    /// A line of text over the picture.
    watermark: Option<String>,
    /// Write the plan, render nothing.
    #[serde(default)]
    plan_only: bool,
}

/// Make clips of a recording.
#[utoipa::path(post, path = "/clips", tag = "clips", request_body = NewClips,
    responses((status = 201, body = Job), (status = "4XX", body = Problem)))]
async fn create(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Body(new): Body<NewClips>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    let standing = clip_jobs::create(&app.service, &caller, new.read()?).await?;
    Ok((StatusCode::CREATED, Json(shown(&app.service, &base, standing).await?)))
}

impl NewClips {
    fn read(self) -> Result<Request, Refusal> {
        let aspects = self.aspects.iter().enumerate().map(|(at, text)| {
            text.parse()
                .map_err(|_| Refusal::invalid(&format!("aspects[{at}]"), "an aspect is written 9:16, 1:1, 4:5 or 16:9"))
        });
        Ok(Request {
            aspects: aspects.collect::<Result<_, _>>()?,
            address: self.input,
            transcript: self.transcript,
            count: self.count,
            min: self.min.unwrap_or(15.0),
            max: self.max.unwrap_or(60.0),
            captions: self.captions.unwrap_or_else(|| "bold".to_owned()),
            layout: layout(self.layout.as_deref())?,
            loudness: self.loudness.unwrap_or(-14.0),
            watermark: self.watermark,
            plan_only: self.plan_only,
        })
    }
}

fn layout(name: Option<&str>) -> Result<Option<Layout>, Refusal> {
    match name {
        None | Some("auto") => Ok(None),
        Some("track") => Ok(Some(Layout::Track)),
        Some("fit") => Ok(Some(Layout::Fit)),
        Some("split") => Ok(Some(Layout::Split)),
        Some("center") => Ok(Some(Layout::Center)),
        Some(_) => Err(Refusal::invalid("layout", "a layout is auto, track, fit, split or center")),
    }
}

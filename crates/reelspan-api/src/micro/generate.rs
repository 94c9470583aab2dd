//! `/v1/generate`: scenes of a script and translations, by whatever language model is set up. Pictures, voices and moving
//! pictures need providers that this service does not have yet, and say so in the contract's shape.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reelspan_app::refusal::{Kind, Refusal};
use reelspan_app::scenes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::Asking;
use super::body::{Body, Fields, Id, Object};
use super::refused::{Answer, Refused};
use crate::App;

/// How often one caller may ask in a minute.
const A_MINUTE: u32 = 60;

#[derive(Deserialize)]
pub(crate) struct Scenes {
    script: Option<String>,
    max_scenes: Option<i64>,
}

impl Fields for Scenes {
    const FIELDS: &'static [&'static str] = &["script", "max_scenes"];
}

pub(crate) async fn scenes(State(app): State<App>, Asking(caller): Asking, body: Body<Scenes>) -> Answer<Json<Value>> {
    app.limits.per_minute("scenes", A_MINUTE, &caller)?;
    let (script, most) = (body.asked.script.unwrap_or_default(), body.asked.max_scenes);
    let scenes = scenes::scenes(&app.service, &caller, &script, most).await.map_err(worded)?;
    let scenes: Vec<Value> =
        scenes.iter().map(|scene| json!({ "text": scene.text, "image_prompt": scene.image_prompt })).collect();
    Ok(Json(json!({ "scenes": scenes, "tokens_charged": 0 })))
}

#[derive(Deserialize)]
pub(crate) struct Translate {
    texts: Option<Vec<String>>,
    language: Option<String>,
}

impl Fields for Translate {
    const FIELDS: &'static [&'static str] = &["texts", "language"];
}

pub(crate) async fn translate(
    State(app): State<App>,
    Asking(caller): Asking,
    body: Body<Translate>,
) -> Answer<Json<Value>> {
    app.limits.per_minute("translate", A_MINUTE, &caller)?;
    let (texts, language) = (body.asked.texts.unwrap_or_default(), body.asked.language.unwrap_or_default());
    let translated = scenes::translate(&app.service, &caller, &texts, &language).await.map_err(worded)?;
    Ok(Json(json!({ "texts": translated, "language": language, "tokens_charged": 0 })))
}

/// A model that gave no usable answer is the contract's 502.
fn worded(refusal: Refusal) -> Refused {
    let failed = refusal.code == scenes::FAILED;
    let refused = Refused::from(refusal);
    if !failed {
        return refused;
    }
    let refused = refused.named("generation_failed", "detail").and("tokens_charged", 0);
    Refused { status: StatusCode::BAD_GATEWAY, ..refused }
}

pub(crate) async fn image(Asking(_): Asking, Object(_): Object) -> Refused {
    away("pictures")
}

pub(crate) async fn speech(Asking(_): Asking, Object(_): Object) -> Refused {
    away("speech")
}

pub(crate) async fn animate(Asking(_): Asking, Object(_): Object) -> Refused {
    away("moving pictures")
}

fn away(what: &str) -> Refused {
    let message = format!("no provider that makes {what} is set up here");
    let refused = Refused::from(Refusal::new(Kind::Unavailable, "generative_temporarily_unavailable", message));
    refused
        .named("generative_temporarily_unavailable", "detail")
        .and("retry_after_minutes", 60)
        .and("tokens_charged", 0)
}

/// None was ever accepted, so none is there.
pub(crate) async fn animated(Asking(_): Asking, Id(_): Id) -> Refused {
    Refused::from(Refusal::missing("animation"))
}

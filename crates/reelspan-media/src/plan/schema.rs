//! The JSON schema of all kinds of plan, made from the types themselves, so that it cannot say anything else.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::{CutPlan, MusicEdit, Plan, SCHEMA};

/// How an aspect is written in a plan.
pub(super) struct AspectText;

impl JsonSchema for AspectText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Aspect".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[1-9][0-9]{0,2}:[1-9][0-9]{0,2}$" })
    }
}

/// The schema as JSON (draft 2020-12). It says which fields there are and what they hold; what must fit together (shots in
/// order, layouts without gaps) is for [`super::Document::parse`].
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let kinds = [
        generator.subschema_for::<Plan>(),
        generator.subschema_for::<MusicEdit>(),
        generator.subschema_for::<CutPlan>(),
    ];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "description": "A plan of Reelspan: clips, an edit to music, or a cut.",
        "oneOf": kinds,
        "$defs": generator.take_definitions(true),
    })
}

/// The schema as it is printed and kept in `docs/plan.schema.json`.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_in_the_docs_is_that_of_the_types() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plan.schema.json");
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == text(), "stale; run: reelspan plan schema > docs/plan.schema.json");
    }

    #[test]
    fn a_field_that_is_not_in_the_types_is_not_in_the_schema() {
        let schema = schema();
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            let fields = definition["properties"].is_object();
            // Words of a recogniser may carry more than we read.
            assert!(!fields || name == "Word" || definition["additionalProperties"] == json!(false), "{name}");
        }
        let kinds: Vec<_> =
            ["Plan", "MusicEdit", "CutPlan"].map(|kind| &schema["$defs"][kind]["properties"]["kind"]["const"]).into();
        assert_eq!(kinds, [&json!("clips"), &json!("music-edit"), &json!("cut")]);
    }
}

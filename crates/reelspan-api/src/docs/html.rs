//! The pages themselves: plain HTML of the OpenAPI document, readable without scripts.

use std::fmt::Write as _;

use serde_json::Value;

use super::codes::Code;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1c2024;background:#fff}\
 h1{font-size:1.6rem}h2{margin-top:2.5rem;text-transform:capitalize}code,pre{font:14px/1.45 ui-monospace,monospace;background:#f3f4f6;\
 border-radius:4px}code{padding:.1em .3em}pre{padding:.8rem;overflow:auto}details{border:1px solid #d9dce1;border-radius:8px;margin:.6rem 0;\
 padding:.4rem .8rem}summary{cursor:pointer}.m{display:inline-block;min-width:4.2rem;font-weight:600}table{border-collapse:collapse;width:100%}\
 td,th{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-top:1px solid #e6e8eb}a{color:#0b57d0}\
 @media(prefers-color-scheme:dark){body{background:#111417;color:#e6e8eb}code,pre{background:#1d2126}details,td,th{border-color:#32373d}a{color:#8ab4f8}}";

/// Text as HTML shows it.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
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

/// The same with `words` between backticks as code.
fn prose(words: &str) -> String {
    let mut out = String::new();
    for (nth, part) in words.split('`').enumerate() {
        let part = text(part);
        out.push_str(&if nth % 2 == 1 { format!("<code>{part}</code>") } else { part });
    }
    out
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{0}</title><style>{STYLE}</style><h1>{0}</h1>{body}</html>",
        text(title)
    )
}

pub(super) fn errors(codes: &[Code]) -> String {
    let mut body = String::new();
    for one in codes {
        let (means, mend) = (prose(one.means), prose(one.mend));
        let _ = write!(
            body,
            "<h2 id={0} style=\"text-transform:none\"><code>{0}</code></h2><p>{means}</p><p><b>What to do:</b> {mend}</p>",
            one.code
        );
    }
    if codes.is_empty() {
        body.push_str("<p>There is no such error code.</p>");
    }
    body.push_str("<p><a href=/docs>All operations</a> · <a href=/docs/errors>all error codes</a></p>");
    page("Errors", &body)
}

/// Every operation of the document, by tag.
pub(super) fn operations(document: &Value) -> String {
    let mut tags: Vec<(String, String)> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let Some(tag) = operation["tags"][0].as_str() else { continue };
            let shown = operation_html(document, path, method, operation);
            match tags.iter_mut().find(|(name, _)| name == tag) {
                Some((_, all)) => all.push_str(&shown),
                None => tags.push((tag.to_owned(), shown)),
            }
        }
    }
    tags.sort();
    let about = prose(document["info"]["description"].as_str().unwrap_or_default());
    let mut body =
        format!("<p>{about}</p><p><a href=/openapi.json>openapi.json</a> · <a href=/docs/errors>error codes</a></p>");
    for (tag, shown) in tags {
        let _ = write!(body, "<h2>{}</h2>{shown}", text(&tag));
    }
    page("Reelspan API", &body)
}

fn operation_html(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let summary = operation["summary"].as_str().or(operation["description"].as_str()).unwrap_or_default();
    let mut out = format!(
        "<details><summary><span class=m>{}</span><code>{}</code> {}</summary>",
        text(&method.to_uppercase()),
        text(path),
        prose(summary)
    );
    if let Some(more) = operation["description"].as_str().filter(|more| *more != summary) {
        let _ = write!(out, "<p>{}</p>", prose(more));
    }
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        out.push_str("<table><tr><th>parameter<th>in<th>");
        for one in parameters {
            let (name, place) = (one["name"].as_str().unwrap_or_default(), one["in"].as_str().unwrap_or_default());
            let about = one["description"].as_str().unwrap_or_default();
            let _ = write!(out, "<tr><td><code>{}</code><td>{}<td>{}", text(name), text(place), prose(about));
        }
        out.push_str("</table>");
    }
    for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let _ = write!(out, "<p>Body: <code>{}</code></p>{}", text(kind), fields(document, &content["schema"]));
    }
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let about = answer["description"].as_str().unwrap_or_default();
        let _ = write!(out, "<p>Answer <code>{}</code> {}</p>", text(status), prose(about));
        if !status.starts_with('4') && !status.starts_with('5') {
            for content in answer["content"].as_object().into_iter().flatten().map(|(_, content)| content) {
                out.push_str(&fields(document, &content["schema"]));
            }
        }
    }
    out.push_str("</details>");
    out
}

/// The fields of a schema, with what is said of each.
fn fields(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    let (list, schema) = match schema["items"] {
        Value::Null => (false, schema),
        ref items => (true, resolved(document, items)),
    };
    let Some(properties) = schema["properties"].as_object() else { return String::new() };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut out = String::from(if list { "<p>A list of:</p><table>" } else { "<table>" });
    for (name, field) in properties {
        let about = field["description"].as_str().unwrap_or_default();
        let mark = if required.contains(&name.as_str()) { "" } else { " (may be left out or null)" };
        let kind = type_of(document, field);
        let _ = write!(out, "<tr><td><code>{}</code><td>{}{mark}<td>{}", text(name), text(&kind), prose(about));
    }
    out.push_str("</table>");
    out
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/components/schemas/")) {
        Some(name) => &document["components"]["schemas"][name],
        None => schema,
    }
}

fn type_of(document: &Value, field: &Value) -> String {
    let field = resolved(document, field);
    if let Some(one) = field["oneOf"].as_array().or(field["anyOf"].as_array()) {
        let kinds: Vec<String> = one.iter().map(|each| type_of(document, each)).filter(|kind| kind != "null").collect();
        return kinds.join(" or ");
    }
    match &field["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", type_of(document, &field["items"])),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect();
            kinds.join(" or ")
        }
        _ => "any".to_owned(),
    }
}

//! The page that a run leaves: the edit beside its timeline, and why each shot is where it is. Self-contained.

use reelspan_media::plan::MusicEdit;
use serde_json::json;

use super::Made;

const TEMPLATE: &str = include_str!("page.html");

/// `timeline` is the SVG that stands in the page as it is: this program wrote it.
pub(super) fn page(plan: &MusicEdit, made: &[Made], timeline: &str) -> String {
    let data = json!({ "plan": plan, "made": made }).to_string();
    // Inside a script element only these can end it or change how it is read.
    let safe = data.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let (before, after) = TEMPLATE.split_once("\"DATA\"").unwrap_or((TEMPLATE, ""));
    let (head, body) = before.split_once("<!--TIMELINE-->").unwrap_or((before, ""));
    [head, timeline, body, &safe, after].concat()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_template_has_one_place_for_each_part_and_asks_nobody_for_anything() {
        for part in ["\"DATA\"", "<!--TIMELINE-->"] {
            assert_eq!(super::TEMPLATE.matches(part).count(), 1);
        }
        assert!(!super::TEMPLATE.contains("http:") && !super::TEMPLATE.contains("https:"));
        assert!(!super::TEMPLATE.contains("innerHTML"));
    }
}

//! The page that a run leaves: every clip to watch and compare, with why it was chosen. Self-contained.

use reelspan_media::plan::Plan;
use serde_json::json;

use super::Made;

const TEMPLATE: &str = include_str!("page.html");

pub(super) fn page(plan: &Plan, made: &[Made]) -> String {
    let data = json!({ "plan": plan, "made": made }).to_string();
    // Inside a script element only these can end it or change how it is read.
    let safe = data.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    TEMPLATE.replacen("\"DATA\"", &safe, 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_template_has_one_place_for_the_data_and_asks_nobody_for_anything() {
        assert_eq!(super::TEMPLATE.matches("\"DATA\"").count(), 1);
        assert!(!super::TEMPLATE.contains("http:") && !super::TEMPLATE.contains("https:"));
        assert!(!super::TEMPLATE.contains("innerHTML"));
    }
}

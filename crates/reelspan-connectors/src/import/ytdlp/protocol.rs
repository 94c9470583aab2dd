//! What yt-dlp says: lines of a two-letter mark and JSON. Everything else it prints is passed over.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What is known about a recording before it is fetched.
#[derive(Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
pub struct Info {
    pub id: Option<String>,
    pub title: Option<String>,
    /// Seconds.
    pub duration: Option<f64>,
    pub ext: Option<String>,
    pub filesize_approx: Option<f64>,
    /// The site, e.g. `youtube`.
    pub extractor: Option<String>,
    pub webpage_url: Option<String>,
    pub is_live: Option<bool>,
}

/// A title and an address are content.
impl std::fmt::Debug for Info {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Info({:?}, {:?} s)", self.extractor, self.duration)
    }
}

/// How far the fetching is. Sound and picture may come one after the other, each from 0 to its own total.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    pub bytes: u64,
    pub total: Option<u64>,
    /// Bytes a second.
    pub speed: Option<f64>,
    /// Seconds.
    pub eta: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Found(Info),
    Fetching(Progress),
    /// Fetched; now yt-dlp joins picture and sound or moves the file.
    Finishing,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) duration: Option<f64>,
    pub(super) is_live: Option<bool>,
    pub(super) live_status: Option<String>,
}

#[derive(Deserialize)]
struct RawProgress {
    status: String,
    downloaded_bytes: Option<f64>,
    total_bytes: Option<f64>,
    total_bytes_estimate: Option<f64>,
    speed: Option<f64>,
    eta: Option<f64>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// Before the filters decide.
    Asked(Asked),
    Event(Event),
    File(PathBuf),
    Complaint(String),
}

pub(super) fn parse(line: &str) -> Option<Line> {
    if let Some(complaint) = line.strip_prefix("ERROR: ") {
        return Some(Line::Complaint(complaint.to_owned()));
    }
    let (mark, json) = line.split_at_checked(3)?;
    match mark {
        "RQ " => read(json).map(Line::Asked),
        "RI " => read(json).map(|info| Line::Event(Event::Found(info))),
        "RF " => read::<PathBuf>(json).map(Line::File),
        "RS " => read(json).and_then(progress).map(Line::Event),
        "RP " => Some(Line::Event(Event::Finishing)),
        _ => None,
    }
}

fn read<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json).ok()
}

fn progress(raw: RawProgress) -> Option<Event> {
    let total = raw.total_bytes.or(raw.total_bytes_estimate).map(|total| total as u64);
    let bytes = raw.downloaded_bytes.unwrap_or_default() as u64;
    let known = raw.status == "downloading" || raw.status == "finished";
    known.then_some(Event::Fetching(Progress { bytes, total, speed: raw.speed, eta: raw.eta }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_lines_are_understood() {
        let found = parse(
            r#"RI {"id": "x", "title": "x", "ext": "mp4", "extractor": "generic", "webpage_url": "http://127.0.0.1:8765/x.mp4"}"#,
        );
        let Some(Line::Event(Event::Found(info))) = found else { panic!("{found:?}") };
        assert_eq!((info.id.as_deref(), info.duration, info.extractor.as_deref()), (Some("x"), None, Some("generic")));

        let running = r#"RS {"status": "downloading", "downloaded_bytes": 1024, "total_bytes": 29890, "tmpfilename": "job/src.mp4.part", "filename": "job/src.mp4", "eta": null, "speed": null, "elapsed": 0.003, "ctx_id": null, "_eta_str": "Unknown", "_percent": 3.42}"#;
        let expected = Progress { bytes: 1024, total: Some(29890), speed: None, eta: None };
        assert_eq!(parse(running), Some(Line::Event(Event::Fetching(expected))));

        let estimated = r#"RS {"status": "downloading", "downloaded_bytes": 10, "total_bytes_estimate": 99.6, "speed": 7191816.57, "eta": 4}"#;
        let expected = Progress { bytes: 10, total: Some(99), speed: Some(7_191_816.57), eta: Some(4.0) };
        assert_eq!(parse(estimated), Some(Line::Event(Event::Fetching(expected))));

        assert_eq!(
            parse(
                r#"RP {"status": "started", "postprocessor": "MoveFiles", "_default_template": "MoveFiles started"}"#
            ),
            Some(Line::Event(Event::Finishing))
        );
        assert_eq!(parse(r#"RF "/jobs/a b/src.mp4""#), Some(Line::File("/jobs/a b/src.mp4".into())));
        let live = Asked { duration: None, is_live: Some(true), live_status: Some("is_live".into()) };
        assert_eq!(parse(r#"RQ {"is_live": true, "live_status": "is_live"}"#), Some(Line::Asked(live)));
        assert_eq!(parse("RQ {}"), Some(Line::Asked(Asked::default())));
        assert_eq!(parse("ERROR: Unsupported URL: x"), Some(Line::Complaint("Unsupported URL: x".into())));
    }

    #[test]
    fn other_lines_are_passed_over() {
        for line in [
            "",
            "R",
            "RX {}",
            "RI",
            "RI {",
            "RS null",
            "RF 3",
            r#"RS {"status": "error"}"#,
            "[download] 3% of 29KiB",
            "é\u{301}é",
            "WARNING: [generic] Falling back on generic information extractor",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn titles_are_not_printed() {
        let info = Info { title: Some("my secret film".into()), duration: Some(3.0), ..Info::default() };
        assert_eq!(format!("{info:?}"), "Info(None, Some(3.0) s)");
    }
}

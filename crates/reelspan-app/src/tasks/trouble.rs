//! Why a task came to nothing, in words for the one who asked. Jobs keep a code and plain values; the sentence is made here.

use serde_json::Value;

use super::Status;

/// What kind of trouble it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// It was stopped at a limit of one job.
    ProcessingLimit,
    FileSize,
    Quota,
    /// An input could not be had.
    Upload,
    Storage,
    /// An input or option is not what it has to be.
    Validation,
    Processing,
    /// Another try may work.
    Transient,
    Unknown,
}

impl Category {
    const ALL: [Self; 9] = [
        Self::ProcessingLimit,
        Self::FileSize,
        Self::Quota,
        Self::Upload,
        Self::Storage,
        Self::Validation,
        Self::Processing,
        Self::Transient,
        Self::Unknown,
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::ProcessingLimit => "processing_limit",
            Self::FileSize => "file_size",
            Self::Quota => "quota",
            Self::Upload => "upload",
            Self::Storage => "storage",
            Self::Validation => "validation",
            Self::Processing => "processing",
            Self::Transient => "transient",
            Self::Unknown => "unknown",
        }
    }
}

/// What went wrong, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub code: String,
    pub category: Category,
    pub message: String,
}

/// A code, its category, and the sentence that it stands for.
type Row = (&'static str, Category, &'static str);

const ROWS: &[Row] = &[
    (
        "quota",
        Category::Quota,
        "the plan's minutes for this period are used up; wait for the next period or choose a larger plan",
    ),
    (
        "file_size",
        Category::FileSize,
        "an input is larger than the plan allows; send a smaller file or choose a larger plan",
    ),
    ("speech_failed", Category::Transient, "the speech could not be recognised just now; try again"),
    (
        "not_decodable",
        Category::Validation,
        "the sound of the recording cannot be decoded; it may be damaged or cut short",
    ),
    (
        "request_unreadable",
        Category::Unknown,
        "the request was written by another version of this service; send it again",
    ),
    ("task_gone", Category::Unknown, "the request was gone before its work began; send it again"),
    ("disk_full", Category::Storage, "there was no room to work in or for the finished file; try again later"),
    ("blobs_away", Category::Storage, "files could not be stored or read just now; try again"),
    ("broken_off", Category::Storage, "storing the finished file broke off; try again"),
    ("scratch_unwritable", Category::Storage, "there was no place to work in; the operator has to look"),
    ("database_away", Category::Transient, "the database was away; try again"),
    (
        "worker_lost",
        Category::Transient,
        "the work was lost several times, each time with the program that did it; another file may do better",
    ),
    ("panicked", Category::Processing, "the work ended unexpectedly; another file or other options may do better"),
];

impl Trouble {
    /// Of a task that stands so; `error` is what its job left.
    pub(super) fn of(status: Status, error: Option<&str>) -> Option<Self> {
        match status {
            Status::Canceled => Some(Self {
                code: "cancelled".to_owned(),
                category: Category::Unknown,
                message: "Job canceled by user".to_owned(),
            }),
            Status::Failed => {
                let error: Value = error.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
                Some(Self::read(error["code"].as_str().unwrap_or("unknown"), &error["detail"]))
            }
            _ => None,
        }
    }

    /// The media crate says its own sentences, which name no content; all others are here.
    fn read(code: &str, detail: &Value) -> Self {
        if let Some(message) = detail["message"].as_str() {
            let category = detail["category"].as_str().and_then(Category::parse).unwrap_or(Category::Processing);
            return Self { code: code.to_owned(), category, message: message.to_owned() };
        }
        let row = ROWS.iter().find(|(known, _, _)| *known == code);
        match row {
            Some((_, category, sentence)) => {
                Self { code: code.to_owned(), category: *category, message: (*sentence).to_owned() }
            }
            None => Self {
                code: code.to_owned(),
                category: Category::Unknown,
                message: format!("the work failed ({code})"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_code_has_a_sentence_and_an_unknown_one_says_its_name() {
        for (code, category, _) in ROWS {
            let trouble = Trouble::read(code, &Value::Null);
            assert_eq!(trouble.category, *category);
            assert!(trouble.message.len() > 20 && !trouble.message.contains(code), "{}", trouble.message);
        }
        let unknown = Trouble::of(Status::Failed, Some(r#"{"code":"odd","detail":null}"#)).unwrap();
        assert_eq!((unknown.category, unknown.message.as_str()), (Category::Unknown, "the work failed (odd)"));
        assert_eq!(Trouble::of(Status::Failed, None).unwrap().code, "unknown");
        assert_eq!(Trouble::of(Status::Completed, Some("{}")), None);
    }

    #[test]
    fn the_media_crates_own_sentence_is_passed_on_with_its_category() {
        let detail = json!({ "category": "validation", "message": "`-crf` is not for copies" });
        let trouble = Trouble::read("option_unfit", &detail);
        assert_eq!((trouble.category, trouble.message.as_str()), (Category::Validation, "`-crf` is not for copies"));
        let odd = Trouble::read("x", &json!({ "category": "new", "message": "m" }));
        assert_eq!(odd.category, Category::Processing);
    }
}

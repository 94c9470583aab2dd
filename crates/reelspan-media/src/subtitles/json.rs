//! Reads the JSON that speech recognisers write.
//!
//! One lenient shape covers whisper.cpp (`transcription`, `tokens`), OpenAI (`words`, `segments`), faster-whisper and
//! WhisperX (`segments[].words[]`), Deepgram (`results.channels`), AssemblyAI (`words` in milliseconds), ElevenLabs and
//! Reelspan's own transcripts.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::{SubtitleError, markup, split, timing};
use crate::transcript::{Timing, Transcript, Word};

mod whisper;

#[derive(Deserialize, Default)]
#[serde(default)]
struct File {
    #[serde(deserialize_with = "lenient")]
    language: Text,
    #[serde(deserialize_with = "lenient")]
    language_code: Text,
    #[serde(deserialize_with = "lenient")]
    text: Text,
    timing: Option<Timing>,
    words: Option<Vec<Item>>,
    segments: Option<Vec<Item>>,
    utterances: Option<Vec<Item>>,
    transcription: Option<Vec<whisper::Segment>>,
    result: Option<Language>,
    results: Option<Results>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Language {
    #[serde(deserialize_with = "lenient")]
    language: Text,
}

/// Deepgram's answer.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Results {
    channels: Vec<Channel>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Channel {
    alternatives: Vec<Alternative>,
    #[serde(deserialize_with = "lenient")]
    detected_language: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Alternative {
    words: Vec<Item>,
}

/// A word, or a line with words.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    #[serde(deserialize_with = "lenient")]
    word: Text,
    #[serde(deserialize_with = "lenient")]
    punctuated_word: Text,
    #[serde(deserialize_with = "lenient")]
    text: Text,
    #[serde(rename = "type", deserialize_with = "lenient")]
    kind: Text,
    #[serde(deserialize_with = "lenient")]
    start: Text,
    #[serde(deserialize_with = "lenient")]
    end: Text,
    #[serde(deserialize_with = "lenient")]
    duration: Text,
    #[serde(deserialize_with = "lenient")]
    confidence: Text,
    #[serde(deserialize_with = "lenient")]
    score: Text,
    #[serde(deserialize_with = "lenient")]
    probability: Text,
    #[serde(deserialize_with = "lenient")]
    speaker: Text,
    #[serde(deserialize_with = "lenient")]
    speaker_id: Text,
    words: Option<Vec<Item>>,
}

/// A number or a string, whichever the writer chose.
type Text = Option<Scalar>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(f64),
    String(String),
    Other(IgnoredAny),
}

fn lenient<'de, D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
    Option::<Scalar>::deserialize(from)
}

impl Scalar {
    fn number(&self) -> Option<f64> {
        let number = match self {
            Self::Number(number) => Some(*number),
            Self::String(text) => {
                text.trim().trim_end_matches('s').parse().ok().or_else(|| super::cues::time(text.trim()))
            }
            Self::Other(_) => None,
        };
        number.filter(|number: &f64| number.is_finite())
    }

    fn string(&self) -> Option<String> {
        match self {
            Self::Number(number) => Some(number.to_string()),
            Self::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Self::Other(_) => None,
        }
    }
}

fn number(value: &Text) -> Option<f64> {
    value.as_ref().and_then(Scalar::number)
}

fn string(value: &Text) -> Option<String> {
    value.as_ref().and_then(Scalar::string)
}

pub(super) fn parse(text: &str) -> Result<Transcript, SubtitleError> {
    let text = text.trim_start_matches('\u{FEFF}');
    let file: File = if text.trim_start().starts_with('[') {
        let items: Vec<Item> = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        let lines = items.iter().any(|item| {
            item.words.is_some() || string(&item.text).is_some_and(|text| text.contains(char::is_whitespace))
        });
        if lines {
            File { segments: Some(items), ..File::default() }
        } else {
            File { words: Some(items), ..File::default() }
        }
    } else {
        serde_json::from_str(text).map_err(|error| malformed(&error))?
    };
    let language = language(&file);
    let (words, timing) = content(file).ok_or_else(|| SubtitleError::Malformed {
        line: 1,
        what: "this JSON holds no `words`, `segments` or `transcription` with times; write it with word timestamps"
            .to_owned(),
    })?;
    Ok(Transcript { language, timing, words })
}

/// The parser's own message may quote what was said, so only its kind and place are told.
fn malformed(error: &serde_json::Error) -> SubtitleError {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early; the file was cut off",
        serde_json::error::Category::Data => {
            "a value is not of the expected kind; `words` and `segments` are lists of objects with `start` and `end`"
        }
        _ => "this is not valid JSON",
    };
    SubtitleError::Malformed { line: error.line().max(1), what: what.to_owned() }
}

/// A BCP 47 tag; recognisers also write English names.
fn language(file: &File) -> Option<String> {
    let nested = file.result.as_ref().and_then(|result| string(&result.language));
    let detected = file.results.as_ref().and_then(|results| string(&results.channels.first()?.detected_language));
    let name = string(&file.language)
        .or_else(|| string(&file.language_code))
        .or(nested)
        .or(detected)?
        .to_lowercase()
        .replace('_', "-");
    const NAMES: &[(&str, &str)] = &[
        ("english", "en"),
        ("german", "de"),
        ("french", "fr"),
        ("spanish", "es"),
        ("italian", "it"),
        ("portuguese", "pt"),
        ("dutch", "nl"),
        ("russian", "ru"),
        ("ukrainian", "uk"),
        ("polish", "pl"),
        ("greek", "el"),
        ("turkish", "tr"),
        ("arabic", "ar"),
        ("hebrew", "he"),
        ("hindi", "hi"),
        ("chinese", "zh"),
        ("japanese", "ja"),
        ("korean", "ko"),
        ("thai", "th"),
        ("vietnamese", "vi"),
        ("swedish", "sv"),
    ];
    if let Some((_, tag)) = NAMES.iter().find(|(full, _)| *full == name) {
        return Some((*tag).to_owned());
    }
    let sound = (2..=12).contains(&name.len())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        && name.split('-').next().is_some_and(|p| p.len() <= 3);
    sound.then_some(name)
}

fn content(file: File) -> Option<(Vec<Word>, Timing)> {
    if let Some(segments) = file.transcription {
        return Some(whisper::words(&segments));
    }
    if let Some(results) = file.results {
        let words = results.channels.into_iter().next()?.alternatives.into_iter().next()?.words;
        return Some((timed_words(&words, 1.0, None), Timing::Word));
    }
    let segments = file.segments.or(file.utterances).unwrap_or_default();
    // Bare words beside segments that have words of their own only repeat them, unless they alone know the speakers.
    let alone = segments.iter().all(|segment| segment.words.is_none());
    if let Some(items) =
        file.words.filter(|words| !words.is_empty() && (alone || words.iter().any(|item| item.speaker.is_some())))
    {
        let mut words = timed_words(&items, scale(&items), None);
        let spoken: Vec<String> = match segments.is_empty() {
            true => string(&file.text).into_iter().collect(),
            false => segments.iter().filter_map(|segment| string(&segment.text)).collect(),
        };
        punctuate(&mut words, &spoken);
        return Some((words, file.timing.unwrap_or(Timing::Word)));
    }
    (!segments.is_empty()).then(|| lines(&segments))
}

fn lines(segments: &[Item]) -> (Vec<Word>, Timing) {
    let scale = scale(segments);
    let (mut words, mut timed) = (Vec::new(), 0);
    for segment in segments {
        let speaker = string(&segment.speaker).or_else(|| string(&segment.speaker_id));
        match &segment.words {
            Some(items) if !items.is_empty() => {
                let found = timed_words(items, scale, speaker.as_deref());
                timed += found.len();
                words.extend(found);
            }
            _ => {
                let Some(start) = number(&segment.start) else { continue };
                let end = number(&segment.end)
                    .or_else(|| number(&segment.duration).map(|seconds| start + seconds))
                    .unwrap_or(start);
                let text = markup::without_noises(&string(&segment.text).unwrap_or_default());
                split::spread(&text, start * scale, end * scale, speaker.as_deref(), &mut words);
            }
        }
    }
    let timing = timing(timed, words.len());
    (words, timing)
}

/// Seconds for one unit of time: no middling word lasts ten seconds, so such numbers are milliseconds.
fn scale(items: &[Item]) -> f64 {
    let is_line = |item: &&Item| item.words.is_some() || string(&item.text).is_some_and(|text| text.contains(' '));
    let limit = if items.iter().take(20).any(|item| is_line(&item)) { 400.0 } else { 20.0 };
    let mut lengths: Vec<f64> =
        items.iter().take(500).filter_map(|item| Some(number(&item.end)? - number(&item.start)?)).collect();
    lengths.sort_by(f64::total_cmp);
    if lengths.get(lengths.len() / 2).is_some_and(|middle| *middle >= limit) { 0.001 } else { 1.0 }
}

fn timed_words(items: &[Item], scale: f64, speaker: Option<&str>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::with_capacity(items.len());
    let mut untimed = Vec::new();
    for item in items {
        if string(&item.kind).is_some_and(|kind| matches!(kind.as_str(), "spacing" | "audio_event")) {
            continue;
        }
        let text = string(&item.punctuated_word).or_else(|| string(&item.word)).or_else(|| string(&item.text));
        let Some(text) = text.map(|text| markup::without_noises(&text)).filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        let speaker = string(&item.speaker).or_else(|| string(&item.speaker_id)).or_else(|| speaker.map(str::to_owned));
        let confidence = number(&item.confidence)
            .or_else(|| number(&item.score))
            .or_else(|| number(&item.probability))
            .map(|p| p.clamp(0.0, 1.0) as f32);
        // WhisperX leaves numbers without times: they get the room between their neighbours.
        let start = number(&item.start).map(|start| start * scale);
        if start.is_none() {
            untimed.push(words.len());
        }
        let start = start.unwrap_or_else(|| words.last().map_or(0.0, |word| word.end));
        let end = number(&item.end).map_or(start, |end| end * scale);
        let first = words.len();
        split::spread(&text, start, end.max(start), speaker.as_deref(), &mut words);
        for word in &mut words[first..] {
            word.confidence = confidence;
        }
        // Spreading keeps lines short; a word's own end stands.
        if let Some(last) = words[first..].last_mut() {
            last.end = end.max(start);
        }
    }
    for index in untimed {
        let next = words.get(index + 1).map_or(f64::INFINITY, |next| next.start);
        if let Some(word) = words.get_mut(index) {
            word.end = next.min(word.start + 0.5).max(word.start);
        }
    }
    words
}

/// OpenAI's words come bare; the running text beside them has the capitals and the punctuation.
fn punctuate(words: &mut [Word], spoken: &[String]) {
    if words.iter().any(|word| word.text.ends_with(['.', '?', '!', ',', '。', '，'])) {
        return;
    }
    let bare =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let tokens: Vec<String> = spoken.iter().flat_map(|text| split::words(&markup::without_noises(text))).collect();
    let mut at = 0;
    for word in words {
        let plain = bare(&word.text);
        let ahead = tokens[at..].iter().take(6).position(|token| bare(token) == plain);
        if let Some(skipped) = ahead {
            word.text.clone_from(&tokens[at + skipped]);
            at += skipped + 1;
        }
    }
}

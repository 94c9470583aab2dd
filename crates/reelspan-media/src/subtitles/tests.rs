//! Checks every dialect that is read, and what is refused.

use proptest::prelude::*;

use super::*;

/// The words as `start-end text`, speaker in front where there is one.
fn shown(transcript: &Transcript) -> Vec<String> {
    let line = |word: &crate::transcript::Word| {
        let speaker = word.speaker.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        format!("{speaker}{:.2}-{:.2} {}", word.start, word.end, word.text)
    };
    transcript.words.iter().map(line).collect()
}

#[track_caller]
fn check(text: &str, extension: &str, timing: Timing, expected: &[&str]) {
    let found = parse(text.as_bytes(), extension).unwrap();
    assert_eq!(shown(&found), expected);
    assert_eq!(found.timing, timing);
}

#[track_caller]
fn refuse(text: &str, extension: &str, message: &str) {
    let error = parse(text.as_bytes(), extension).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
    assert!(!error.contains("secret"), "content leaks: {error}");
}

#[test]
fn srt_is_read_as_people_write_it() {
    check(
        "1\n00:00:01,000 --> 00:00:02,000\nab cd\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>ef</i>\n",
        "srt",
        Timing::Line,
        &["1.00-1.39 ab", "1.39-1.77 cd", "3.00-3.39 ef"],
    );
    // CRLF, a dot, no hours, no blank line, no number, X coordinates, text behind a blank line.
    check(
        "\u{FEFF}00:01.000 --> 00:01.300 X1:1\r\nab\r\n00:02,0 --> 00:02,3\r\ncd\r\n\r\nef\r\n",
        ".SRT",
        Timing::Line,
        &["1.00-1.30 ab", "2.00-2.15 cd", "2.15-2.30 ef"],
    );
}

#[test]
fn webvtt_blocks_speakers_and_word_times() {
    let text = "WEBVTT - title\nKind: captions\nLanguage: en\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnothing said\n\nREGION\nid:a\n\n\
        intro\n00:01.000 --> 00:03.000 align:start position:0%\n<v Ann>Hi<00:01.500><c> there</c></v>\n\n00:00:04.000 --> 00:00:05.000\n<v Bob>yes\nno\n";
    let found = parse(text.as_bytes(), "vtt").unwrap();
    assert_eq!(found.language.as_deref(), Some("en"));
    assert_eq!(shown(&found), ["Ann: 1.00-1.39 Hi", "Ann: 1.50-2.21 there", "Bob: 4.00-4.50 yes", "Bob: 4.50-4.88 no"]);
}

#[test]
fn rolling_captions_are_said_once() {
    let text = "WEBVTT\n\n00:00.000 --> 00:02.000\n \nhello<00:00.500><c> everyone</c>\n\n00:02.000 --> 00:02.010\nhello everyone\n \n\n\
        00:02.010 --> 00:04.000\nhello everyone\nwelcome<00:02.500><c> back</c>\n\n00:04.000 --> 00:04.010\nwelcome back\n \n\n\
        00:04.010 --> 00:06.000\nwelcome back\nfriends\n";
    let found = parse(text.as_bytes(), "vtt").unwrap();
    assert_eq!(
        found.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(),
        ["hello", "everyone", "welcome", "back", "friends"]
    );
    assert_eq!(found.timing, Timing::Word);
    // Someone who says "No." twice is not rolling.
    let twice = "1\n00:01,0 --> 00:02,0\nNo.\n\n2\n00:02,0 --> 00:03,0\nNo.\n\n3\n00:03,0 --> 00:04,0\nYes.\n";
    assert_eq!(parse(twice.as_bytes(), "srt").unwrap().words.len(), 3);
}

#[test]
fn overlapping_cues_stay_in_order() {
    let text = "1\n00:00:01,000 --> 00:00:05,000\none two\n\n2\n00:00:02,000 --> 00:00:03,000\nthree\n";
    let found = parse(text.as_bytes(), "srt").unwrap();
    assert!(found.words.windows(2).all(|pair| pair[0].end <= pair[1].start + 1e-9));
}

#[test]
fn whisper_cpp_lines_and_tokens() {
    check(
        r#"{"result":{"language":"en"},"transcription":[{"offsets":{"from":1000,"to":1500},"text":" Good day","timestamps":{"from":"00:00:01,000"}}]}"#,
        "json",
        Timing::Line,
        &["1.00-1.27 Good", "1.27-1.50 day"],
    );
    let full = r#"{"transcription":[{"offsets":{"from":0,"to":2000},"text":" Good days.","tokens":[
        {"text":"[_BEG_]","offsets":{"from":0,"to":0},"id":50364,"p":0.9},{"text":" Good","offsets":{"from":100,"to":500},"p":0.8},
        {"text":" day","offsets":{"from":500,"to":900},"p":1.0},{"text":"s","offsets":{"from":900,"to":1000},"p":0.5},{"text":".","offsets":{"from":1000,"to":1100},"p":0.9},
        {"text":"[_TT_100]","offsets":{"from":2000,"to":2000}}]}]}"#;
    check(full, "json", Timing::Word, &["0.10-0.50 Good", "0.50-1.10 days."]);
    assert_eq!(parse(full.as_bytes(), "").unwrap().words[1].confidence, Some(0.8));
}

#[test]
fn openai_words_get_their_punctuation_back() {
    check(
        r#"{"task":"transcribe","language":"english","duration":2.0,"text":"Well, it works. Yes!","words":[{"word":"Well","start":0.1,"end":0.3},{"word":"it","start":0.4,"end":0.5},{"word":"works","start":0.5,"end":0.9},{"word":"yes","start":1.2,"end":1.5}],
        "segments":[{"id":0,"start":0.0,"end":2.0,"text":" Well, it works. Yes!"}]}"#,
        "json",
        Timing::Word,
        &["0.10-0.30 Well,", "0.40-0.50 it", "0.50-0.90 works.", "1.20-1.50 Yes!"],
    );
}

#[test]
fn faster_whisper_and_whisperx_segments() {
    check(
        r#"{"language":"en","segments":[{"start":0.0,"end":2.0,"text":" In 2024 we","speaker":"SPEAKER_00","words":[{"word":" In","start":0.1,"end":0.3,"score":0.9,"speaker":"SPEAKER_00"},{"word":"2024"},{"word":"we","start":0.9,"end":1.0,"probability":0.7}]}]}"#,
        "json",
        Timing::Word,
        &["SPEAKER_00: 0.10-0.30 In", "SPEAKER_00: 0.30-0.80 2024", "SPEAKER_00: 0.90-1.00 we"],
    );
}

#[test]
fn deepgram_assemblyai_and_elevenlabs() {
    check(
        r#"{"metadata":{"request_id":"x"},"results":{"channels":[{"detected_language":"en","alternatives":[{"transcript":"hello there","confidence":0.9,"words":[{"word":"hello","start":0.08,"end":0.32,"confidence":0.99,"punctuated_word":"Hello,","speaker":0},{"word":"there","start":0.4,"end":0.72,"confidence":0.9,"punctuated_word":"there.","speaker":1}]}]}]}}"#,
        "json",
        Timing::Word,
        &["0: 0.08-0.32 Hello,", "1: 0.40-0.72 there."],
    );
    check(
        r#"{"id":"a","status":"completed","language_code":"en_us","text":"Hi you.","audio_duration":3,"words":[{"text":"Hi","start":250,"end":650,"confidence":0.97,"speaker":"A"},{"text":"you.","start":730,"end":1022,"confidence":0.9,"speaker":"B"}],
        "utterances":[{"start":250,"end":650,"text":"Hi","speaker":"A","words":[{"text":"Hi","start":250,"end":650}]}]}"#,
        "json",
        Timing::Word,
        &["A: 0.25-0.65 Hi", "B: 0.73-1.02 you."],
    );
    check(
        r#"{"language_code":"en","words":[{"text":"Hi","start":0.1,"end":0.3,"type":"word","speaker_id":"speaker_0"},{"text":" ","start":0.3,"end":0.4,"type":"spacing"},{"text":"(laughs)","start":0.4,"end":0.9,"type":"audio_event"}]}"#,
        "json",
        Timing::Word,
        &["speaker_0: 0.10-0.30 Hi"],
    );
}

#[test]
fn plain_lists_and_our_own_transcripts() {
    check(
        r#"[{"text":"one two","start":1.0,"duration":0.5}]"#,
        "json",
        Timing::Line,
        &["1.00-1.25 one", "1.25-1.50 two"],
    );
    let ours = parse(b"1\n00:01,0 --> 00:02,0\nab cd\n", "srt").unwrap();
    let back = parse(serde_json::to_string(&ours).unwrap().as_bytes(), "json").unwrap();
    assert_eq!(back, ours);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    refuse("1\n00:00:01,000 --> 00:00:0x,000\nsecret\n", "srt", "line 2: the end time cannot be read; write it as");
    refuse("1\n00:99:01,000 --> 00:00:02,000\nsecret\n", "srt", "line 2: the start time");
    refuse("secret text only", "srt", "line 1: no cue found");
    refuse("{\n\"words\": [\n{\"word\": \"secret\"", "json", "line 3: the JSON ends too early");
    refuse("{\n\"words\": \"secret\"}", "json", "line 2: a value is not of the expected kind");
    refuse("{\"secret\": 1}", "json", "no `words`");
    refuse("1\n00:01,0 --> 00:02,0\n[music]\n", "srt", "there are no words");
    refuse("", "srt", "there are no words");
    refuse("x", "docx", "`docx` is not a transcript format");
    assert!(matches!(parse(&vec![b' '; LARGEST + 1], "srt"), Err(SubtitleError::TooLarge { megabytes: 50 })));
}

#[test]
fn large_hostile_files_are_read_in_linear_time() {
    // Each of these takes minutes where reading is quadratic.
    for unit in ["<", "<a", "{\\", "[", "&", "<v A>b", "00:01,0 --> 00:02,0\nx\n", "x ", "\n", "<00:00:01.000>a"] {
        let body = unit.repeat(400_000 / unit.len());
        let _ = parse(format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{body}").as_bytes(), "vtt");
    }
    let _ = parse("[".repeat(100_000).as_bytes(), "json");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), extension in "(srt|vtt|json|)") {
        let _ = parse(&bytes, &extension);
    }

    #[test]
    fn no_markup_makes_it_panic(text in r#"(WEBVTT\n\n)?(00:0[0-9][,.][0-9]{1,3} --> 00:[0-9]{2},0\n|<v |<|>|\{\\|\}|&amp;|&#x?[0-9a-f]*;|\[|\]|\(|♪|[a-zé我ก]{1,5}|\n| |<00:0[0-9].[0-9]>){0,60}"#) {
        for extension in ["srt", "vtt", ""] {
            if let Ok(found) = parse(text.as_bytes(), extension) {
                prop_assert!(found.words.iter().all(|word| word.start.is_finite() && word.end >= word.start && !word.text.trim().is_empty()));
            }
        }
    }
}

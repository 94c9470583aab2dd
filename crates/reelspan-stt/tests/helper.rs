//! The helper as a program: real loading and decoding on a small model that is made here.

#![expect(clippy::unwrap_used, reason = "a test may fall")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use reelspan_testing::whisper_model::{Language, Said, write};
use reelspan_types::speech::{FailureCode, Line, Speech};
use tempfile::TempDir;

const SENTENCE: [Said; 8] = [
    Said::At(0.0),
    Said::Text(" Hel"),
    Said::Text("lo"),
    Said::Text(","),
    Said::Text(" gr"),
    Said::Bytes(b"\xc3"),
    Said::Bytes(b"\xbcn"),
    Said::At(2.0),
];

struct Case {
    _folder: TempDir,
    model: PathBuf,
}

impl Case {
    fn new(language: Language, sentence: &[Said]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("model.bin");
        let mut file = std::io::BufWriter::new(std::fs::File::create(&model).unwrap());
        write(&mut file, language, sentence).unwrap();
        file.flush().unwrap();
        Self { _folder: folder, model }
    }

    fn hear(&self, more: &[&str], sound: &[u8]) -> (Output, Vec<Line>) {
        run(&self.model, more, sound)
    }
}

#[expect(clippy::disallowed_methods, reason = "the program under test")]
fn run(model: &Path, more: &[&str], sound: &[u8]) -> (Output, Vec<Line>) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_reelspan-stt"));
    command.arg("--model").arg(model).args(["--input", "-", "--threads", "1"]).args(more);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let sound = sound.to_vec();
    // It may stop listening early.
    let feeding = std::thread::spawn(move || stdin.write_all(&sound).ok());
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output, lines)
}

/// A tone as bare 32-bit samples.
fn tone(seconds: f64) -> Vec<u8> {
    let samples = (0..(seconds * 16_000.0) as u32).map(|at| (f64::from(at) * 0.17).sin() as f32 * 0.5);
    samples.flat_map(f32::to_le_bytes).collect()
}

#[track_caller]
fn answer(lines: &[Line]) -> &Speech {
    match lines.last() {
        Some(Line::Answer(speech)) => speech,
        other => panic!("{other:?}"),
    }
}

fn texts(speech: &Speech) -> Vec<&str> {
    speech.words.iter().map(|word| word.text.as_str()).collect()
}

#[track_caller]
fn fails(output: &Output, lines: &[Line], code: FailureCode) -> String {
    assert_eq!(output.status.code(), Some(code.exit_code().into()), "{lines:?}");
    match lines.last() {
        Some(Line::Failure { error }) if error.code == code => error.message.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn says_the_words_with_times_and_the_language() {
    let case = Case::new(Language::German, &SENTENCE);
    let (output, lines) = case.hear(&["--seconds", "2"], &tone(2.0));
    assert!(output.status.success());
    let speech = answer(&lines);
    assert_eq!(texts(speech), ["Hello,", "grün"]);
    assert_eq!(speech.language.as_deref(), Some("de"));
    for pair in speech.words.windows(2) {
        assert!(pair[0].end <= pair[1].start + 1e-9, "{:?}", speech.words);
    }
    for word in &speech.words {
        assert!(0.0 <= word.start && word.start < word.end && word.end <= 2.0, "{word:?}");
        assert!(word.confidence.unwrap() > 0.5, "{:?}", word.confidence);
    }
    let shares: Vec<f64> = lines
        .iter()
        .filter_map(|line| if let Line::Progress { progress } = line { Some(*progress) } else { None })
        .collect();
    assert!(shares.is_sorted() && shares.first() == Some(&0.0) && shares.last() == Some(&1.0), "{shares:?}");
}

#[test]
fn a_given_language_is_kept() {
    let case = Case::new(Language::German, &SENTENCE);
    let (_, lines) = case.hear(&["--language", "en"], &tone(2.0));
    assert_eq!(answer(&lines).language.as_deref(), Some("en"));
}

#[test]
fn chinese_words_are_not_one_long_word() {
    let sentence = [Said::At(0.0), Said::Text("你好"), Said::Text("，"), Said::Text("世界"), Said::At(2.0)];
    let (_, lines) = Case::new(Language::Chinese, &sentence).hear(&[], &tone(2.0));
    assert_eq!(texts(answer(&lines)), ["你好，", "世界"]);
}

#[test]
fn pieces_of_a_long_recording_follow_one_another() {
    let sentence = [Said::At(0.0), Said::Text(" tick"), Said::At(30.0)];
    let (output, lines) = Case::new(Language::English, &sentence).hear(&["--seconds", "330"], &tone(330.0));
    assert!(output.status.success());
    let words = &answer(&lines).words;
    assert!((11..=12).contains(&words.len()), "{words:?}");
    assert!(words.iter().all(|word| word.text == "tick"));
    assert!(words.is_sorted_by(|one, next| one.start < next.start), "{words:?}");
    assert!(words.last().unwrap().start > 285.0, "{words:?}");
}

#[test]
fn silence_and_nothing_are_no_failure() {
    let case = Case::new(Language::English, &SENTENCE);
    let (output, lines) = case.hear(&[], &[]);
    assert!(output.status.success());
    assert!(answer(&lines).words.is_empty());
    let (output, _) = case.hear(&["--format", "s16"], &[0; 3200]);
    assert!(output.status.success());
}

#[test]
fn bad_models_and_sound_are_said() {
    let case = Case::new(Language::English, &SENTENCE);
    let whole = std::fs::read(&case.model).unwrap();
    for bytes in [&b"no model"[..], &whole[..700_000], &whole[..whole.len() - 10]] {
        std::fs::write(&case.model, bytes).unwrap();
        let (output, lines) = case.hear(&[], &tone(0.1));
        fails(&output, &lines, FailureCode::BadModel);
    }
    // Every part fits, and one is missing: only whisper.cpp's own loader can know.
    let last = whole.len() - (64 * 4 + 12 + 4 + "decoder.blocks.0.cross_attn.out.bias".len());
    std::fs::write(&case.model, &whole[..last]).unwrap();
    let (output, lines) = case.hear(&[], &tone(0.1));
    fails(&output, &lines, FailureCode::BadModel);

    std::fs::write(&case.model, &whole).unwrap();
    let (output, lines) = case.hear(&[], b"RIFF\0\0\0\0WAVEdata\0\0\0\0");
    fails(&output, &lines, FailureCode::BadInput);
    let (output, lines) = case.hear(&["--input", "/nonexistent.wav"], &[]);
    fails(&output, &lines, FailureCode::Usage);
    let (output, lines) = run(Path::new("/nonexistent.bin"), &[], &[]);
    fails(&output, &lines, FailureCode::BadModel);
    let (output, lines) = case.hear(&["--language", "klingon"], &[]);
    assert!(fails(&output, &lines, FailureCode::Usage).contains("language"));
    let (output, lines) = case.hear(&["--nonsense"], &[]);
    fails(&output, &lines, FailureCode::Usage);
}

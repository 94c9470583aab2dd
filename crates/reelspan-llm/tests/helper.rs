//! The helper as a program: real loading, tokenising and sampling on a small model that is made here.

#![expect(clippy::unwrap_used, reason = "a test may fall")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use reelspan_testing::gguf_model::{Model, Said};
use reelspan_types::dialogue::{End, FailureCode, Line, Message, Request, Role, Template, Why};
use serde_json::{Value, json};
use tempfile::TempDir;

/// "She says: grün." and its end.
const SENTENCE: [Said; 8] = [
    Said::Word("▁She"),
    Said::Word("▁says"),
    Said::Word(":"),
    Said::Word("▁gr"),
    Said::Byte(0xc3),
    Said::Byte(0xbc),
    Said::Word("n."),
    Said::End,
];

struct Case {
    _folder: TempDir,
    model: PathBuf,
}

impl Case {
    fn new(model: &Model) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small.gguf");
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        model.write(&mut file).unwrap();
        file.flush().unwrap();
        Self { _folder: folder, model: path }
    }

    fn request(&self, told: &[(Role, &str)]) -> Request {
        let messages = told.iter().map(|(role, text)| Message { role: *role, content: (*text).into() }).collect();
        Request {
            model: self.model.clone(),
            messages,
            max_tokens: 50,
            schema: None,
            grammar: None,
            context: None,
            threads: Some(1),
            seed: None,
            temperature: None,
        }
    }
}

/// A running helper that waits for its request, or works on it.
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    out: BufReader<std::process::ChildStdout>,
}

#[expect(clippy::disallowed_methods, reason = "the program under test")]
fn start(arguments: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reelspan-llm"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (stdin, out) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
    Running { child, stdin, out }
}

impl Running {
    fn ask(&mut self, request: &str) {
        // A helper that has refused already has stopped listening.
        self.stdin.as_mut().unwrap().write_all(format!("{request}\n").as_bytes()).ok();
    }

    fn line(&mut self) -> Option<Line> {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
    }

    /// The rest of its lines, and how it ended. Nothing may stand on standard error.
    fn rest(mut self) -> (Vec<Line>, ExitStatus) {
        let lines = std::iter::from_fn(|| self.line()).collect();
        let mut noise = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut noise).unwrap();
        assert_eq!(noise, "");
        (lines, self.child.wait().unwrap())
    }
}

fn run(request: &Request) -> (Vec<Line>, ExitStatus) {
    run_text(&serde_json::to_string(request).unwrap())
}

fn run_text(request: &str) -> (Vec<Line>, ExitStatus) {
    let mut running = start(&[]);
    running.ask(request);
    running.rest()
}

fn pieces(lines: &[Line]) -> Vec<&str> {
    lines.iter().filter_map(|line| if let Line::Piece(piece) = line { Some(piece.expose()) } else { None }).collect()
}

#[track_caller]
fn answer(request: &Request) -> (String, End) {
    let (lines, status) = run(request);
    assert!(status.success(), "{status} {lines:?}");
    match lines.last() {
        Some(Line::End(end)) => (pieces(&lines).concat(), *end),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn fails(request: &str, code: FailureCode, words: &str) {
    let (lines, status) = run_text(request);
    assert_eq!(status.code(), Some(code.exit_code().into()), "{lines:?}");
    match lines.last() {
        Some(Line::Error(error)) if error.code == code => assert!(error.message.contains(words), "{}", error.message),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn fails_over(request: &Request, code: FailureCode, words: &str) {
    fails(&serde_json::to_string(request).unwrap(), code, words);
}

fn speaking() -> Case {
    Case::new(&Model::default().says("<|assistant|>", &SENTENCE))
}

/// Never ends: after `b` comes `a` again.
fn endless() -> Case {
    let round = [Said::Word("▁a"), Said::Word("▁b"), Said::Word("▁a")];
    Case::new(&Model::default().context(1 << 16).says("<|assistant|>", &round))
}

#[test]
fn an_answer_comes_in_pieces_of_whole_characters() {
    let request = speaking().request(&[(Role::User, "Hi")]);
    let case = speaking();
    let (lines, status) = run(&Request { model: case.model.clone(), ..request });
    assert!(status.success());
    assert_eq!(pieces(&lines), ["She", " says", ":", " gr", "ü", "n."]);
    let Some(Line::End(end)) = lines.last() else { panic!("{:?}", lines.last()) };
    // <s>, <|user|>, two letters, <|end|>, <|assistant|>
    let expected = End { why: Why::Stop, prompt_tokens: 6, answer_tokens: 7, template: Some(Template::Own) };
    assert_eq!(*end, expected);
    let loading: Vec<f64> =
        lines.iter().filter_map(|line| if let Line::Loading(share) = line { Some(*share) } else { None }).collect();
    let reading: Vec<f64> =
        lines.iter().filter_map(|line| if let Line::Reading(share) = line { Some(*share) } else { None }).collect();
    for shares in [loading, reading] {
        assert!(shares.is_sorted() && shares.first() == Some(&0.0) && shares.last() == Some(&1.0), "{shares:?}");
    }
}

#[test]
fn every_message_is_read_by_the_models_own_template() {
    let case = speaking();
    let told = [(Role::System, "Be brief."), (Role::User, "Who?"), (Role::Assistant, "She."), (Role::User, "Grün? 😀")];
    let (said, end) = answer(&case.request(&told));
    assert_eq!(said, "She says: grün.");
    let letters: usize = told.iter().map(|(_, text)| text.replace(' ', "_").len()).sum();
    // <s>, a mark before and after each message, <|assistant|>; every byte is a token of its own.
    assert_eq!(end.prompt_tokens as usize, letters + 2 + 2 * told.len());
    // More than one step of reading.
    let long = "word ".repeat(400);
    let (said, end) = answer(&case.request(&[(Role::User, &long)]));
    assert_eq!((said.as_str(), end.prompt_tokens), ("She says: grün.", 2004));
}

#[test]
fn words_that_look_like_marks_stay_words() {
    let case = speaking();
    let (said, end) = answer(&case.request(&[(Role::User, "a<|end|><|user|>b")]));
    assert_eq!(said, "She says: grün.");
    // As marks they would be 8 tokens in all.
    assert_eq!(end.prompt_tokens as usize, 4 + "a<|end|><|user|>b".len());
}

#[test]
fn a_model_that_knows_no_system_is_told_all_the_same() {
    let strict = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}\
                  <|user|>{{ m.content }}<|end|>{% endfor %}<|assistant|>";
    let case = Case::new(&Model::default().template(Some(strict)).says("<|assistant|>", &SENTENCE));
    let (said, end) = answer(&case.request(&[(Role::System, "ab"), (Role::User, "cd")]));
    assert_eq!((said.as_str(), end.template), ("She says: grün.", Some(Template::Own)));
    assert_eq!(end.prompt_tokens, 1 + 1 + 2 + 2 + 2 + 1 + 1);
}

#[test]
fn without_a_usable_template_there_is_another_way() {
    let plain =
        Model::default().template(None).says(":", &[Said::Word("▁Plain"), Said::Word("\nUser"), Said::Byte(b':')]);
    let (said, end) = answer(&Case::new(&plain).request(&[(Role::User, "Hi")]));
    // What the model goes on with is the next question, which nobody asked.
    assert_eq!((said.as_str(), end.why, end.template), ("Plain", Why::Stop, Some(Template::Plain)));

    let marks = Model::default().template(None).mark("<|im_start|>").mark("<|im_end|>");
    let chat = marks.says("\n", &[Said::Word("▁Chat"), Said::Word("<|im_end|>")]);
    let (said, end) = answer(&Case::new(&chat).request(&[(Role::User, "Hi")]));
    assert_eq!((said.as_str(), end.why, end.template), ("Chat", Why::Stop, Some(Template::ChatMl)));

    // Broken Jinja that llama.cpp knows by its marks.
    let broken = "{% nonsense %}<|im_start|>{{ message['role'] }}<|im_end|>";
    let known = Model::default().template(Some(broken)).mark("<|im_start|>").mark("<|im_end|>");
    let known = known.says("\n", &[Said::Word("▁Known"), Said::End]);
    let (said, end) = answer(&Case::new(&known).request(&[(Role::User, "Hi")]));
    assert_eq!((said.as_str(), end.template), ("Known", Some(Template::Known)));
}

#[test]
fn an_answer_is_no_longer_than_asked() {
    let case = endless();
    for most in [1, 7, 300] {
        let (said, end) = answer(&Request { max_tokens: most, ..case.request(&[(Role::User, "Hi")]) });
        assert_eq!((end.why, end.answer_tokens), (Why::Length, most));
        assert_eq!(said.split_whitespace().count(), most as usize);
    }
    // Where the context ends before, that is the end.
    let small = Case::new(&Model::default().context(256).says("<|assistant|>", &SENTENCE[..2]));
    let letters = "x".repeat(240);
    let (_, end) = answer(&Request { max_tokens: 4000, ..small.request(&[(Role::User, &letters)]) });
    assert_eq!((end.why, end.prompt_tokens, end.answer_tokens), (Why::Length, 244, 12));
}

fn wanted() -> Value {
    json!({
        "type": "object",
        "properties": {
            "found": {"type": "boolean"},
            "kind": {"enum": ["edit", "answer"]},
            "ids": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 99}, "minItems": 1, "maxItems": 3}
        },
        "required": ["found", "kind", "ids"],
        "additionalProperties": false
    })
}

#[track_caller]
fn keeps_to_it(text: &str) {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let fields = value.as_object().unwrap();
    assert_eq!(fields.len(), 3, "{value}");
    assert!(value["found"].is_boolean(), "{value}");
    assert!(["edit", "answer"].contains(&value["kind"].as_str().unwrap()), "{value}");
    let ids = value["ids"].as_array().unwrap();
    assert!((1..=3).contains(&ids.len()) && ids.iter().all(|id| id.as_u64().is_some_and(|id| id < 100)), "{value}");
}

#[test]
fn a_schema_is_kept_to_by_a_model_that_would_say_something_else() {
    let case = speaking();
    let told = case.request(&[(Role::User, "Hi")]);
    let strict = Request { schema: Some(wanted().to_string()), max_tokens: 400, ..told };
    let (text, end) = answer(&strict);
    assert_eq!(end.why, Why::Stop);
    keeps_to_it(&text);
    assert!(!text.contains(['\n', '\t']), "line breaks take time: {text}");
    // And by chance, another way each time.
    let drawn: Vec<String> = (1..=3)
        .map(|seed| {
            let (text, _) = answer(&Request { temperature: Some(2.0), seed: Some(seed), ..strict.clone() });
            keeps_to_it(&text);
            text
        })
        .collect();
    assert!(drawn[0] != drawn[1] || drawn[1] != drawn[2], "{drawn:?}");
    let (again, _) = answer(&Request { temperature: Some(2.0), seed: Some(1), ..strict });
    assert_eq!(again, drawn[0], "the same seed says the same");
}

#[test]
fn a_grammar_is_kept_to() {
    let case = speaking();
    let told = case.request(&[(Role::User, "Hi")]);
    let (text, end) = answer(&Request { grammar: Some(r#"root ::= "no" | "grün""#.into()), ..told.clone() });
    assert!(text == "no" || text == "grün", "{text}");
    assert_eq!(end.why, Why::Stop);
    fails_over(&Request { grammar: Some("root ::= (".into()), ..told.clone() }, FailureCode::BadSchema, "grammar");
    fails_over(&Request { schema: Some("no json".into()), ..told.clone() }, FailureCode::BadSchema, "schema");
    let both = Request { schema: Some("{}".into()), grammar: Some("root ::= \"a\"".into()), ..told };
    fails_over(&both, FailureCode::BadRequest, "not both");
}

#[test]
fn the_end_of_the_input_stops_it() {
    let case = endless();
    let mut running = start(&[]);
    let request = Request { max_tokens: 60_000, ..case.request(&[(Role::User, "Hi")]) };
    running.ask(&serde_json::to_string(&request).unwrap());
    while !matches!(running.line(), Some(Line::Piece(_))) {}
    running.stdin.take();
    let (lines, status) = running.rest();
    let Some(Line::End(end)) = lines.last() else { panic!("{status} {:?}", lines.last()) };
    assert_eq!(end.why, Why::Cancelled);
    assert!(end.answer_tokens < 60_000);
}

#[test]
fn sigterm_stops_it() {
    let case = endless();
    let mut running = start(&[]);
    let request = Request { max_tokens: 60_000, ..case.request(&[(Role::User, "Hi")]) };
    running.ask(&serde_json::to_string(&request).unwrap());
    while !matches!(running.line(), Some(Line::Piece(_))) {}
    let id = rustix::process::Pid::from_child(&running.child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    let (lines, status) = running.rest();
    assert!(matches!(lines.last(), Some(Line::End(End { why: Why::Cancelled, .. }))), "{status} {:?}", lines.last());
}

#[test]
fn nobody_else_learns_what_was_asked() {
    let case = endless();
    let mut running = start(&[]);
    let request = Request { max_tokens: 60_000, ..case.request(&[(Role::User, "where is the treasure")]) };
    running.ask(&serde_json::to_string(&request).unwrap());
    while !matches!(running.line(), Some(Line::Piece(_))) {}
    let about = |name: &str| std::fs::read(Path::new("/proc").join(running.child.id().to_string()).join(name)).unwrap();
    for name in ["cmdline", "environ"] {
        // Root may read what others may not.
        assert!(!String::from_utf8_lossy(&about(name)).contains("treasure"), "{name}");
    }
    let status = String::from_utf8(about("status")).unwrap();
    assert!(status.contains("Seccomp:\t2") && status.contains("NoNewPrivs:\t1"), "{status}");
    let limits = String::from_utf8(about("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
    // Its files: the model, pipes, and nothing that could be written to.
    let open = Path::new("/proc").join(running.child.id().to_string()).join("fd");
    for file in std::fs::read_dir(open).unwrap() {
        let target = std::fs::read_link(file.unwrap().path()).unwrap_or_default();
        let target = target.to_string_lossy();
        let known = target.starts_with("pipe:") || target == "/dev/null" || target.ends_with("small.gguf");
        assert!(known || target.is_empty(), "{target}");
    }
    running.stdin.take();
    running.rest();
}

#[test]
fn bad_files_are_explained() {
    let case = speaking();
    let told = case.request(&[(Role::User, "Hi")]);
    let whole = std::fs::read(&case.model).unwrap();
    let write = |bytes: &[u8]| std::fs::write(&case.model, bytes).unwrap();
    write(b"no model");
    fails_over(&told, FailureCode::BadModel, "not a GGUF");
    write(&whole[..whole.len() - 1000]);
    fails_over(&told, FailureCode::Truncated, "ends too early");
    write(&whole[..5000]);
    fails_over(&told, FailureCode::Truncated, "ends too early");
    fails_over(&Request { model: "/nonexistent.gguf".into(), ..told.clone() }, FailureCode::BadModel, "no model file");
    // Every part fits, and a name is wrong: only llama.cpp's own loader can know.
    let place = whole.windows(11).position(|window| window == b"output_norm").unwrap();
    let mut renamed = whole.clone();
    renamed[place] = b'X';
    write(&renamed);
    fails_over(&told, FailureCode::BadModel, "cannot load");
    let mut no_numbers = whole;
    let start = no_numbers.len() - 3_000_000;
    no_numbers[start..].fill(0xff);
    write(&no_numbers);
    fails_over(&told, FailureCode::BadModel, "damaged");
}

#[test]
fn other_kinds_of_models_are_named() {
    for (kind, words) in [("klingon", "does not know models of the kind `klingon`"), ("bert", "does not write answers")]
    {
        let case = Case::new(&Model::default().architecture(kind));
        fails_over(&case.request(&[(Role::User, "Hi")]), FailureCode::Unsupported, words);
    }
}

#[test]
fn what_does_not_fit_is_said_with_its_size() {
    let case = Case::new(&Model::default().context(256).says("<|assistant|>", &SENTENCE));
    let told = case.request(&[(Role::User, &"x".repeat(300))]);
    fails_over(&told, FailureCode::TooLong, "304 tokens long and the model sees 256 at once; ask about less");
    let case = speaking();
    let told = Request { context: Some(256), ..case.request(&[(Role::User, &"x".repeat(300))]) };
    fails_over(&told, FailureCode::TooLong, "allow a larger context");
    // A context of a billion tokens is more than any machine has memory for.
    let huge = Case::new(&Model::default().context(2_000_000_000).says("<|assistant|>", &SENTENCE));
    let told = Request { max_tokens: 1_900_000_000, ..huge.request(&[(Role::User, "Hi")]) };
    fails_over(&told, FailureCode::NoMemory, "smaller context");
}

#[test]
fn bad_requests_are_refused_and_not_quoted() {
    for request in
        ["", "treasure", "{\"model\":1}", "{\"model\":\"m\",\"messages\":[],\"max_tokens\":1,\"treasure\":2}"]
    {
        let (lines, status) = run_text(request);
        assert_eq!(status.code(), Some(2));
        let Some(Line::Error(error)) = lines.last() else { panic!("{lines:?}") };
        assert!(!error.message.contains("treasure"), "{}", error.message);
    }
    let case = speaking();
    fails_over(&case.request(&[]), FailureCode::BadRequest, "at least one message");
    let told = case.request(&[(Role::User, "Hi")]);
    fails_over(&Request { max_tokens: 0, ..told }, FailureCode::BadRequest, "at least one token");
    let (lines, status) = start(&["--prompt", "treasure"]).rest();
    assert_eq!(status.code(), Some(2));
    assert!(matches!(lines.last(), Some(Line::Error(error)) if !error.message.contains("treasure")));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the program under test")]
fn a_request_in_a_file_is_answered() {
    let case = speaking();
    let path = case.model.with_extension("json");
    std::fs::write(&path, serde_json::to_string(&case.request(&[(Role::User, "Hi")])).unwrap() + "\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_reelspan-llm"));
    let output = command.stdin(std::fs::File::open(path).unwrap()).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains(r#"{"piece":" says"}"#));
}

#[test]
fn a_request_by_hand_needs_no_open_input() {
    let case = speaking();
    let mut running = start(&[]);
    let request = serde_json::to_string(&case.request(&[(Role::User, "Hi")])).unwrap();
    running.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let (lines, status) = running.rest();
    assert!(status.success());
    assert_eq!(pieces(&lines).concat(), "She says: grün.");
}

//! Questions about the whole, about who is there and about a time, without a model.

use super::*;

const ABOUT: [&str; 8] = [
    "What is the talk about?",
    "Summarise this",
    "Give me an overview of the video, please",
    "What are the main topics?",
    "Worum geht es in dem Vortrag?",
    "Fasse das Gespräch zusammen",
    "De quoi parle cette vidéo ?",
    "¿De qué trata la grabación?",
];

#[test]
fn what_it_is_about_is_answered_with_an_outline_of_what_was_said() {
    let mut session = search_only();
    let said: Vec<String> = session.index.lines.iter().map(|line| line.text.clone()).collect();
    for question in ABOUT {
        let (answer, _) = ask(&mut session, question);
        assert_eq!(answer.kind, Kind::Outline, "{question}");
        assert!(!answer.passages.is_empty() && answer.passages.len() <= 5, "{question}");
        for topic in &answer.passages {
            let words = topic.words.reveal();
            assert!(said.iter().any(|line| words.starts_with(line.as_str())), "not verbatim: {words}");
            assert!(topic.span.overlap(topic.moment) > 0.0);
        }
        assert_eq!(answer.facts[0].text.reveal(), "the recording is known up to 0:27.0");
    }
    // A word like "talk" that someone says is not what such a question looks for.
    let lines = [line("", "Let us talk."), line("", "Bread rises in the oven."), line("", "The oven bakes the bread.")];
    let mut session = Session::of(vec![project("talk.srt", &lines)], None, &SystemClock::new());
    assert_eq!(ask(&mut session, "What is the talk about?").0.kind, Kind::Outline);
}

#[test]
fn an_outline_covers_every_recording_and_says_what_it_leaves_out() {
    let recordings = |count: usize| -> Vec<Recording> {
        (0..count).map(|n| project(&format!("{n}.srt"), &[line("", "The bees live here and they like it.")])).collect()
    };
    let mut session = Session::of(recordings(3), None, &SystemClock::new());
    let (answer, _) = ask(&mut session, "summary");
    assert_eq!(answer.passages.iter().map(|topic| topic.recording).collect::<Vec<_>>(), [0, 1, 2]);
    let (answer, _) = ask(&mut session, "What is 1.srt about?");
    assert_eq!(answer.passages.iter().map(|topic| topic.recording).collect::<Vec<_>>(), [1]);
    let mut session = Session::of(recordings(7), None, &SystemClock::new());
    let (answer, _) = ask(&mut session, "summary");
    assert_eq!((answer.passages.len(), answer.notes[0].starts_with("2 more recording(s)")), (5, true));
}

#[test]
fn who_speaks_is_told_by_name_else_where_names_are_said_else_honestly_not() {
    let mut session = search_only();
    for question in ["Who speaks?", "Who is the speaker?", "Wer spricht?", "Qui parle ?", "¿Quién habla?"] {
        let (answer, _) = ask(&mut session, question);
        assert_eq!(answer.kind, Kind::Facts, "{question}");
        let told: Vec<&str> = answer.facts.iter().map(|fact| fact.text.reveal()).collect();
        assert!(told[0].starts_with("2 speaker(s)") && told[1].starts_with("Anna speaks"), "{told:?}");
    }
    let (answer, _) = ask(&mut session, "Who speaks at 0:07?");
    assert!(answer.facts.iter().all(|fact| fact.text.reveal().contains("speaks for about")), "{:?}", answer.kind);
    let unnamed = |text: &str| {
        let lines = [line("", text), line("", "The bees are well.")];
        Session::of(vec![project("talk.srt", &lines)], None, &SystemClock::new())
    };
    let (answer, _) = ask(&mut unnamed("Hello, my name is Ruth."), "Who speaks?");
    assert_eq!((answer.kind, answer.passages[0].words.reveal()), (Kind::Passages, "Hello, my name is Ruth."));
    let (answer, _) = ask(&mut unnamed("Hello."), "Who speaks?");
    assert!(answer.kind == Kind::Nothing && answer.notes[0].starts_with("no speaker is named"), "{:?}", answer.notes);
}

#[test]
fn a_time_is_answered_with_what_is_said_there_whatever_was_asked_before() {
    let mut session = search_only();
    ask(&mut session, "What is the price?");
    for question in ["What happens at 0:16?", "Was passiert bei 0:16?", "Que se passe-t-il à 0:16 ?"] {
        let (answer, _) = ask(&mut session, question);
        assert_eq!((answer.kind, answer.passages.len()), (Kind::Passages, 1), "{question}");
        assert_eq!(answer.passages[0].moment.start, 15.0, "{question}");
        assert!(answer.passages[0].words.reveal().contains("Smoke calms them"));
    }
    let (answer, _) = ask(&mut session, "What happens at 1:30:00?");
    assert!(answer.kind == Kind::Nothing && answer.notes[0].contains("is over at 0:27.0"), "{:?}", answer.notes);
}

#[test]
fn a_question_that_names_something_is_still_searched_for_it() {
    let mut session = search_only();
    let (answer, _) = ask(&mut session, "Summarise what the talk says about the price");
    assert_eq!(answer.kind, Kind::Passages);
    assert!(answer.passages[0].words.reveal().contains("forty dollars"));
    for question in ["What does the video say about the moon landing?", "Is the recording about submarines?"] {
        assert_eq!(ask(&mut session, question).0.kind, Kind::Nothing, "{question}");
    }
}

#[test]
fn a_model_is_given_what_each_topic_says() {
    let (mut session, told) = with_model(&[Ok("The price of a jar is forty dollars because the wax is rare [s1].")]);
    let (answer, _) = ask(&mut session, "What is the talk about?");
    assert_eq!(answer.kind, Kind::Model);
    assert!(told.lock().unwrap()[0].contains("[s"), "sentences are given");
}

//! Flags that would change nothing are refused by name. What stands in the environment is for all commands and never is.

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::{Command, SpeechFlags, ask::AskModel, is_url};

/// A command's flags as they were given.
struct Given<'a>(&'a ArgMatches);

impl Given<'_> {
    fn source(&self, id: &str) -> Option<ValueSource> {
        self.0.try_contains_id(id).ok().filter(|given| *given).and_then(|_| self.0.value_source(id))
    }

    /// Named on the command line.
    fn named(&self, id: &str) -> bool {
        self.source(id) == Some(ValueSource::CommandLine)
    }

    /// Named anywhere; a default is no name.
    fn known(&self, id: &str) -> bool {
        matches!(self.source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    }

    /// The first of these on the command line, as it is written there.
    fn first(&self, ids: &[&str]) -> Option<String> {
        ids.iter().find(|id| self.named(id)).map(|id| format!("--{}", id.replace('_', "-")))
    }
}

/// All that only a recogniser reads.
const RECOGNISER: &[&str] = &["stt_model", "stt", "transcribe_url", "transcribe_model", "language"];
const CHOOSER: &[&str] = &["llm_url", "llm_model"];

/// The sentence for the first flag that has nothing to do; none where all have.
pub(crate) fn idle(matches: &ArgMatches) -> Option<String> {
    let (command, matches) = matches.subcommand()?;
    let given = Given(matches);
    let refused =
        |ids: &[&str], why: &str| given.first(ids).map(|flag| format!("{flag} has nothing to do here: {why}"));
    let found = match command {
        "cut" => cut(&given, &refused),
        "clips" => clips(&given, &refused),
        "ask" => ask(&given, &refused),
        _ => None,
    };
    found.or_else(|| recogniser(&given, &refused)).or_else(|| {
        let only_planned = given.named("plan_only").then(|| refused(&["hardware"], "--plan-only encodes nothing"));
        only_planned.flatten()
    })
}

type Refuse<'a> = &'a dyn Fn(&[&str], &str) -> Option<String>;

fn cut(given: &Given<'_>, refused: Refuse<'_>) -> Option<String> {
    if given.named("remove_fillers") {
        return None;
    }
    refused(RECOGNISER, "words are only recognised for --remove-fillers")
}

fn clips(given: &Given<'_>, refused: Refuse<'_>) -> Option<String> {
    if given.named("from_plan") {
        let planned = refused(RECOGNISER, "the plan holds the words");
        return planned.or_else(|| refused(CHOOSER, "the plan holds the choice"));
    }
    let input = given.0.get_one::<String>("input");
    let file = input.is_some_and(|input| !is_url(input));
    file.then(|| refused(&["yt_dlp", "cookies"], "it is for URLs, and the input is a file")).flatten()
}

fn ask(given: &Given<'_>, refused: Refuse<'_>) -> Option<String> {
    let file = given.named("llm_file");
    if file && given.named("llm_url") {
        return Some("--llm-file and --llm-url are two models, and one answers; leave one out".to_owned());
    }
    if file || (given.known("llm_file") && !given.known("llm_url")) {
        return refused(&["llm_model"], "--llm-file is the model; --llm-model names one of --llm-url");
    }
    let runs = given.known("llm_file") && !given.named("llm_url");
    (!runs).then(|| refused(&["llm"], "it is the program that runs --llm-file, and there is none")).flatten()
}

fn recogniser(given: &Given<'_>, refused: Refuse<'_>) -> Option<String> {
    if given.named("transcript") {
        return refused(RECOGNISER, "--transcript holds the words, so none are recognised");
    }
    if given.named("transcribe_url") {
        return refused(&["stt_model", "stt"], "--transcribe-url recognises, on another machine or in another program");
    }
    // A model that is named here is meant before an endpoint that is configured for all commands.
    if !given.known("transcribe_url") || given.named("stt_model") {
        return refused(&["transcribe_model"], "it names the model of an endpoint; name that with --transcribe-url");
    }
    refused(&["stt"], "the endpoint of REELSPAN_TRANSCRIBE_URL recognises; name --stt-model to hear with a local model")
}

/// What is named on the command line is meant before what stands in the environment: a local model that is named is never
/// passed over for an endpoint that is configured.
pub(crate) fn settle(command: &mut Command, matches: &ArgMatches) {
    let Some((_, matches)) = matches.subcommand() else { return };
    let given = Given(matches);
    let local = given.named("stt_model") && !given.named("transcribe_url");
    let forget_endpoint = |speech: &mut SpeechFlags| {
        if local {
            speech.transcribe_url = None;
        }
    };
    match command {
        Command::Clips(flags) => forget_endpoint(&mut flags.speech),
        Command::Cut(flags) => forget_endpoint(&mut flags.speech),
        Command::Ask(flags) => one_model(&given, &mut flags.model),
        _ => {}
    }
}

fn one_model(given: &Given<'_>, model: &mut AskModel) {
    if given.named("llm_url") {
        model.llm_file = None;
    } else if model.llm_file.is_some() {
        (model.llm_url, model.llm_model) = (None, None);
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::super::Cli;
    use super::*;

    fn told(line: &str) -> Option<String> {
        idle(&Cli::command().try_get_matches_from(line.split(' ')).unwrap())
    }

    #[test]
    fn a_flag_that_changes_nothing_is_refused_by_name() {
        for (line, flag) in [
            ("reelspan cut a.mp4 --keep 0-1 --transcribe-model x", "--transcribe-model"),
            ("reelspan cut a.mp4 --keep 0-1 --stt-model x", "--stt-model"),
            ("reelspan cut a.mp4 --remove-silence --stt x", "--stt"),
            ("reelspan cut a.mp4 --keep 0-1 --transcribe-url http://127.0.0.1/v1", "--transcribe-url"),
            ("reelspan cut a.mp4 --keep 0-1 --language de", "--language"),
            ("reelspan cut --from-plan a.cut.json --transcribe-model x", "--transcribe-model"),
            ("reelspan cut a.mp4 --remove-fillers --transcribe-model x", "--transcribe-model"),
            ("reelspan cut a.mp4 --remove-fillers --transcript a.srt --stt-model x", "--stt-model"),
            ("reelspan cut a.mp4 --remove-fillers --transcribe-url http://127.0.0.1/v1 --stt-model x", "--stt-model"),
            ("reelspan clips a.mp4 --transcribe-model x", "--transcribe-model"),
            ("reelspan clips a.mp4 --transcript a.srt --language de", "--language"),
            ("reelspan clips a.mp4 --yt-dlp x", "--yt-dlp"),
            ("reelspan clips a.mp4 --cookies x", "--cookies"),
            ("reelspan clips --from-plan a.json --stt-model x", "--stt-model"),
            ("reelspan clips --from-plan a.json --llm-url http://127.0.0.1/v1 --llm-model x", "--llm-url"),
            ("reelspan clips a.mp4 --plan-only --hardware", "--hardware"),
            ("reelspan music-edit a.mp4 --music b.mp3 --plan-only --hardware", "--hardware"),
            ("reelspan ask a.mp4 --llm x", "--llm"),
            ("reelspan ask a.mp4 --llm-file x --llm-model y", "--llm-model"),
            ("reelspan ask a.mp4 --llm-file x --llm-url http://127.0.0.1/v1 --llm-model y", "--llm-url"),
            ("reelspan ask a.mp4 --transcript a.srt --stt-model y", "--stt-model"),
        ] {
            let why = told(line).unwrap_or_else(|| panic!("accepted: {line}"));
            assert!(why.split([' ', ':', ';']).any(|word| word == flag), "{line}: {why}");
        }
    }

    #[test]
    fn a_flag_that_does_something_is_taken() {
        for line in [
            "reelspan cut a.mp4 --remove-fillers --transcribe-url http://127.0.0.1/v1 --transcribe-model x",
            "reelspan cut a.mp4 --remove-fillers --stt-model base --stt x --language de",
            "reelspan cut a.mp4 --keep 0-1 --transcript a.srt",
            "reelspan clips a.mp4 --transcript a.srt --llm-url http://127.0.0.1/v1 --llm-model x",
            "reelspan clips https://a.example/v --yt-dlp x --cookies y",
            "reelspan clips --from-plan a.json --hardware",
            "reelspan ask a.mp4 --llm-file x --llm y",
            "reelspan ask a.mp4 --llm-url http://127.0.0.1/v1 --llm-model y --stt-model base",
            "reelspan beats a.mp3 --read-as double",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }

    #[test]
    fn one_language_model_answers_the_one_that_was_named() {
        let line = "reelspan ask a.mp4 --llm-file x";
        let matches = Cli::command().try_get_matches_from(line.split(' ')).unwrap();
        let mut cli = Cli::from_arg_matches(&matches).unwrap();
        if let Command::Ask(flags) = &mut cli.command {
            // As if it stood in the environment.
            flags.model.llm_url = Some("http://127.0.0.1:1/v1".to_owned());
        }
        settle(&mut cli.command, &matches);
        let Command::Ask(flags) = cli.command else { panic!("another command") };
        assert!(flags.model.llm_url.is_none() && flags.model.llm_file.is_some());
    }
}

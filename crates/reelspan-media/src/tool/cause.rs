//! Turns what ffmpeg prints on failure into fixed sentences: its own text may hold names and content.

use super::ToolError;

/// What ffmpeg prints, and what it means. The first that is found counts, so the surest come first.
const SIGNS: &[(&str, &str)] = &[
    ("Permission denied", "it asked for a file or an address that it may not use"),
    ("Operation not permitted", "it asked for a file or an address that it may not use"),
    ("not on whitelist", "it asked for a file or an address that it may not use"),
    ("Unsafe file name", "it asked for a file or an address that it may not use"),
    ("Cannot allocate memory", "it needed more memory than it may have"),
    ("Error writing trailer of ", "the end of its output could not be written"),
    ("Error closing file ", "the end of its output could not be written"),
    ("moov atom not found", "the file is damaged or cut short"),
    ("Invalid data found when processing input", "the file is damaged, cut short or of another kind than it says"),
    ("Error while decoding", "the file is damaged or cut short"),
    ("could not find codec parameters", "the file is damaged or cut short"),
    ("Could not find codec parameters", "the file is damaged or cut short"),
    ("Decoder not found", "this ffmpeg has no decoder for it"),
    ("Decoder (codec none) not found", "this ffmpeg has no decoder for it"),
    ("no decoder found for", "this ffmpeg has no decoder for it"),
    ("Unknown encoder", "this ffmpeg lacks an encoder that is needed; install a full build"),
    ("No such filter", "this ffmpeg lacks a filter that is needed; install a full build"),
    ("Unknown input format", "this ffmpeg lacks a format that is needed; install a full build"),
    ("matches no streams", "the file lacks a stream that was asked for"),
    ("does not contain any stream", "there is nothing to write"),
    ("Output file is empty", "nothing was decoded"),
    ("Error while opening encoder", "the encoder refused its settings"),
    ("Error initializing output stream", "the encoder refused its settings"),
    ("Error reinitializing filters", "the picture or sound changes in a way that cannot be followed"),
    ("Error initializing complex filters", "it refused the filters that it was given"),
    ("Error initializing filter", "it refused the filters that it was given"),
    ("Invalid too big or non positive size", "a filter was told to cut out more than the picture has"),
    ("not divisible by 2", "the picture's sides must be even for this encoder"),
    ("Could not find tag for codec", "the output's format cannot hold a codec that was asked for"),
    ("codec not currently supported in container", "the output's format cannot hold a codec that was asked for"),
    ("Cannot find a matching stream", "a filter lacks the stream that it needs"),
    ("was expected to have exactly 1 input and 1 output", "a filter graph has more than one input or output"),
    ("Undefined constant or missing", "it cannot read an expression that it was given"),
    ("Unable to parse option value", "it cannot read the value of an option"),
    ("Option not found", "it does not know an option that it was given"),
    ("Unrecognized option", "it does not know an option that it was given"),
    ("Broken pipe", "its output was no longer read"),
    ("No such file or directory", "a file is missing"),
    ("Invalid argument", "something that it was told does not fit what it was given"),
    ("error while loading shared libraries", "its own libraries could not be read"),
];

/// Whether the last bytes of an output are missing, whatever the exit code says.
pub(super) fn unfinished(stderr: &str) -> bool {
    ["Error writing trailer of ", "Error closing file "].iter().any(|sign| stderr.contains(sign))
}

/// The error for a run that ended badly.
pub(super) fn failed(program: &'static str, code: Option<i32>, signal: Option<i32>, stderr: &str) -> ToolError {
    if stderr.contains("No space left on device") || stderr.contains("Disk quota exceeded") {
        return ToolError::DiskFull;
    }
    let (status, cause) = match (code, signal) {
        (_, Some(signal)) => (format!("signal {signal}"), by_signal(signal)),
        (code, None) => (code.map_or("no status".into(), |code| format!("exit code {code}")), by_text(stderr)),
    };
    ToolError::Failed { program, status, cause: cause.to_owned() }
}

fn by_signal(signal: i32) -> &'static str {
    match signal {
        libc::SIGXFSZ => "it wrote more than one file may have",
        libc::SIGXCPU => "it used more computing time than it may",
        libc::SIGKILL => "it was killed, perhaps because memory ran out",
        libc::SIGTERM | libc::SIGINT | libc::SIGHUP => "it was told to stop by another program",
        libc::SIGPIPE => "its output was no longer read",
        libc::SIGSEGV | libc::SIGABRT | libc::SIGBUS | libc::SIGILL | libc::SIGFPE => "it crashed on this file",
        libc::SIGSYS => "it asked for something that the jail forbids",
        _ => "it was stopped from outside",
    }
}

fn by_text(stderr: &str) -> &'static str {
    SIGNS.iter().find(|(sign, _)| stderr.contains(sign)).map_or("it gave no reason that is known", |(_, cause)| cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stderr: &str, sentence: &str) {
        let error = failed("ffmpeg", Some(1), None, stderr).to_string();
        assert!(error.contains(sentence), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn known_failures_become_sentences_and_names_stay_out() {
        check("file:/secret.mp4: Permission denied", "may not use");
        check("[mov] moov atom not found\nfile:/secret.mp4: Invalid data found when processing input", "cut short");
        check("Unknown encoder 'secret'", "install a full build");
        check("/secret: something new", "no reason that is known");
        check("file:/secret: No space left on device", "the disk is full");
    }

    #[test]
    fn a_signal_says_what_it_means() {
        let error = failed("ffmpeg", None, Some(libc::SIGXFSZ), "x: Permission denied").to_string();
        assert_eq!(error, "ffmpeg ended with signal 25: it wrote more than one file may have");
    }
}

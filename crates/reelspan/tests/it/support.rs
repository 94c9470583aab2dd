//! One user's machine for one test: its own folders, the real program.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub(crate) struct Machine {
    folder: tempfile::TempDir,
}

pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A scene that changes every three seconds with a voice-like sound over it; `seconds` long.
    pub(crate) fn talk(&self, seconds: u32) -> PathBuf {
        let file = self.path("talk.mp4");
        let picture = format!("testsrc2=s=640x360:r=25:d={seconds},hue=H=floor(t/3)*2:s=1+mod(floor(t/3)\\,3)");
        // Bursts of a buzzing tone with pauses: enough for loudness, speech-like spans and silences.
        let sound =
            format!("aevalsrc='0.3*sin(2*PI*140*t)*(0.6+0.4*sin(2*PI*4*t))*lt(mod(t\\,3)\\,2.2)':s=48000:d={seconds}");
        let encode = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"];
        let mut args = vec!["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound];
        args.extend(encode);
        reelspan_testing::make_media(&args, &file);
        file
    }

    /// The same with a voice: what is said is known, and speech is found in it.
    pub(crate) fn spoken(&self) -> PathBuf {
        let file = self.path("talk.mp4");
        let said = "flite=voice=slt:text='Why does bread rise at all. Because tiny creatures eat the sugar in it. \
                    Nobody told the baker how they do it. They only need a warm and quiet place. That is all of it.'";
        let picture = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=25", "-f", "lavfi", "-i", said, "-shortest"];
        let encode = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"];
        reelspan_testing::make_media(&[&picture[..], &encode[..]].concat(), &file);
        file
    }

    /// Sentences of about three seconds each for [`Machine::talk`].
    pub(crate) fn words(&self, seconds: u32) -> PathBuf {
        const SAID: [&str; 6] = [
            "Why does bread rise at all?",
            "Because tiny creatures eat the sugar in it.",
            "But 90 percent of us stop too early.",
            "Bees know nothing of bread, they build with wax.",
            "The best hive is the one you leave alone.",
            "And that is the whole secret.",
        ];
        let mut text = String::new();
        for (index, from) in (0..seconds).step_by(3).enumerate() {
            let line = SAID[index % SAID.len()];
            let (m, s) = (from / 60, from % 60);
            text += &format!("{}\n00:{m:02}:{s:02},100 --> 00:{m:02}:{s:02},999\n{line}\n\n", index + 1)
                .replace(&format!("{s:02},999"), &format!("{:02},200", s + 2));
        }
        let file = self.path("words.srt");
        std::fs::write(&file, text).unwrap();
        file
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        self.command_within(&[], args)
    }

    /// The program, started by another one: `within` is that one with its arguments.
    #[expect(clippy::disallowed_methods, reason = "starts the program under test")]
    pub(crate) fn command_within<A: AsRef<OsStr>>(&self, within: &[&str], args: &[A]) -> Command {
        let words = [within, &[env!("CARGO_BIN_EXE_reelspan")]].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(args).current_dir(self.folder.path());
        command.env("REELSPAN_CACHE", self.path("cache")).env("REELSPAN_MODELS", self.path("models"));
        command.env("REELSPAN_DATA", self.path("data"));
        for unset in ["REELSPAN_TRANSCRIBE_URL", "REELSPAN_LLM_URL", "REELSPAN_STT_MODEL", "REELSPAN_NO_JAIL"] {
            command.env_remove(unset);
        }
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: &[A]) -> Run {
        let output = self.command(args).output().unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn start<A: AsRef<OsStr>>(&self, args: &[A]) -> Child {
        self.command(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl Run {
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {}", self.stdout))
    }
}

/// The names in a folder, sorted; a folder that is not there has none.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = found.map(|item| item.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

pub(crate) fn read_json(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "sends a signal as a terminal would")]
pub(crate) fn interrupt(pid: u32) {
    let sent = Command::new("kill").args(["-INT", &pid.to_string()]).status().unwrap();
    assert!(sent.success());
}

//! What yt-dlp is told.

use std::ffi::OsString;
use std::path::Path;

use url::Url;

use super::Limits;

/// Files that need no site's extractor.
const MEDIA: [&str; 22] = [
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts", "mts", "wmv", "flv", "3gp", "ogv", "mp3", "m4a",
    "aac", "wav", "flac", "ogg", "opus", "m3u8",
];

/// Does the address name a media file itself?
pub(super) fn is_direct(url: &Url) -> bool {
    let extension =
        url.path().rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    extension.is_some_and(|extension| MEDIA.contains(&extension.to_ascii_lowercase().as_str()))
}

/// Where one run works.
pub(super) struct Places<'a> {
    pub(super) job: &'a Path,
    /// The private copy.
    pub(super) cookies: Option<&'a Path>,
    pub(super) guard: &'a str,
    pub(super) node: Option<&'a Path>,
}

pub(super) fn arguments(url: &Url, limits: &Limits, places: &Places<'_>) -> Vec<OsString> {
    let mut told: Vec<OsString> = Vec::new();
    let mut say = |words: &[&str]| told.extend(words.iter().map(OsString::from));
    // Nothing from the user's own configuration, no code from elsewhere, nothing kept.
    say(&[
        "--ignore-config",
        "--no-plugin-dirs",
        "--no-remote-components",
        "--no-cache-dir",
        "--no-exec",
        "--no-update",
    ]);
    say(&["--no-playlist", "--playlist-items", "1", "--max-downloads", "1"]);
    // A page of an unknown site is not searched for videos; a file is a file.
    say(&["--use-extractors", if is_direct(url) { "generic" } else { "default,-generic" }]);
    say(&["--match-filters", &format!("!is_live & duration<?{}", limits.seconds)]);
    say(&["--max-filesize", &limits.bytes.to_string()]);
    say(&["--proxy", places.guard, "--socket-timeout", "20", "--retries", "3"]);
    let height = limits.height;
    say(&[
        "-f",
        &format!("bv*[height<={height}][ext=mp4]+ba[ext=m4a]/b[height<={height}][ext=mp4]/bv*[height<={height}]+ba/b"),
    ]);
    say(&["--merge-output-format", "mp4", "--restrict-filenames", "--no-mtime", "--no-overwrites"]);
    say(&["-q", "--progress", "--newline", "--no-color", "--progress-delta", "0.5"]);
    say(&["--progress-template", "download:RS %(progress)j", "--progress-template", "postprocess:RP %(progress)j"]);
    // Before the filters, so that a refusal can say why.
    say(&["--print", "pre_process:RQ %(.{duration,is_live,live_status})j"]);
    say(&["--print", "before_dl:RI %(.{id,title,duration,ext,filesize_approx,extractor,webpage_url,is_live})j"]);
    say(&["--print", "after_move:RF %(filepath)j", "--no-simulate"]);
    say(&["-o", "src.%(ext)s"]);
    told.extend(["-P".into(), places.job.into()]);
    if let Some(cookies) = places.cookies {
        told.extend(["--cookies".into(), cookies.into()]);
    }
    if let Some(node) = places.node {
        let mut runtime = OsString::from("node:");
        runtime.push(node);
        told.extend(["--js-runtimes".into(), runtime]);
    }
    // What follows is an address, whatever it looks like.
    told.extend(["--".into(), url.as_str().into()]);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_exactly_this() {
        let url = Url::parse("https://videos.example/watch?v=abc").unwrap();
        let places = Places {
            job: Path::new("/jobs/import-1"),
            cookies: Some(Path::new("/jobs/import-1/cookies.txt")),
            guard: "http://127.0.0.1:4000",
            node: Some(Path::new("/usr/bin/node")),
        };
        let told = arguments(&url, &Limits::default(), &places);
        let told: Vec<_> = told.iter().map(|word| word.to_string_lossy()).collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn cookies_and_runtimes_only_where_named() {
        let url = Url::parse("https://videos.example/a.MP4?token=1").unwrap();
        let places = Places { job: Path::new("/j"), cookies: None, guard: "http://127.0.0.1:1", node: None };
        let told = arguments(&url, &Limits::default(), &places);
        assert!(!told.iter().any(|word| word == "--cookies" || word == "--js-runtimes"));
        assert!(told.iter().any(|word| word == "generic"));
        assert_eq!(told[told.len() - 2], "--");
    }

    #[test]
    fn files_are_told_from_pages() {
        for (url, direct) in [
            ("https://a.example/x.mp4", true),
            ("https://a.example/x.MOV?sig=1#t=3", true),
            ("https://a.example/stream/index.m3u8", true),
            ("https://a.example/watch?v=x.mp4", false),
            ("https://a.example/x.mp4/", false),
            ("https://a.mp4/", false),
        ] {
            assert_eq!(is_direct(&Url::parse(url).unwrap()), direct, "{url}");
        }
    }
}

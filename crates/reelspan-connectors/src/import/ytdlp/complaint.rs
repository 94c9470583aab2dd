//! From yt-dlp's complaints to what a person can do about them.

use super::Error;

type Meaning = (&'static [&'static str], fn() -> Error);

/// Words (lower case) and what they mean; the first row that fits counts, so the particular stand before the general.
const MEANINGS: &[Meaning] = &[
    (&["not a bot"], || Error::BotWall),
    (&["confirm your age", "age-restricted", "age restricted", "inappropriate for some users"], || {
        Error::AgeRestricted
    }),
    (&["members-only", "members only", "join this channel", "available to this channel's members"], || Error::SignIn),
    (&["private video", "is private", "video is private"], || Error::PrivateVideo),
    (&["your country", "your location", "geo restrict", "geo-restrict"], || Error::Geo),
    (&["drm protected", "drm-protected", "known to use drm"], || Error::Drm),
    (&["will begin in", "premieres in", "premiere will begin", "not currently live", "offline"], || Error::NotYet),
    (&["unsupported url", "no suitable extractor", "is not a valid url"], || Error::Unsupported),
    (&["http error 429", "too many requests", "rate-limit", "rate limit"], || Error::RateLimited),
    (&["registered users", "login required", "log in", "login to", "use --cookies", "sign in", "password"], || {
        Error::SignIn
    }),
    (&["requested format is not available"], || Error::Outdated),
    (&["no space left"], || Error::DiskFull),
    (&["ffmpeg is not installed", "ffmpeg not found", "ffprobe and ffmpeg not found"], || Error::NeedsFfmpeg),
    (&["cookies file", "cookie file", "netscape format"], || Error::CookiesUnread),
    (
        &[
            "http error 404",
            "http error 410",
            "video unavailable",
            "no longer available",
            "been removed",
            "does not exist",
            "been terminated",
            "not available",
        ],
        || Error::Gone,
    ),
    (
        &[
            "getaddrinfo",
            "name or service not known",
            "timed out",
            "connection refused",
            "502 bad gateway",
            "http error 50",
            "connection reset",
            "network is unreachable",
            "unable to connect",
        ],
        || Error::Unreachable,
    ),
    // What is left is mostly a site that has changed since.
    (
        &[
            "unable to extract",
            "please report this issue",
            "signature",
            "nsig",
            "http error 403",
            "failed to parse",
            "js runtime",
            "javascript runtime",
        ],
        || Error::Outdated,
    ),
];

/// What a complaint means, or none where it is not known.
pub(super) fn meaning(complaint: &str) -> Option<Error> {
    let complaint = complaint.to_lowercase();
    let fits = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
    MEANINGS.iter().find(|(words, _)| fits(words)).map(|(_, error)| error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_become_what_to_do() {
        for (complaint, says) in [
            (
                "[youtube] abc: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the authentication.",
                "robot",
            ),
            ("[youtube] abc: Sign in to confirm your age. This video may be inappropriate for some users.", "age"),
            ("[youtube] abc: Private video. Sign in if you've been granted access to this video", "private"),
            ("[youtube] abc: Join this channel to get access to members-only content like this video", "sign-in"),
            ("[youtube] abc: The uploader has not made this video available in your country", "country"),
            ("[x] 1: This video is not available from your location due to geo restriction", "country"),
            ("[youtube] abc: This live event will begin in 3 hours.", "begun"),
            (
                "[youtube] abc: Video unavailable. This video is no longer available because the account has been terminated",
                "gone",
            ),
            (
                "[generic] nope: Unable to download webpage: HTTP Error 404: File not found (caused by <HTTPError 404: File not found>)",
                "gone",
            ),
            ("Unsupported URL: http://127.0.0.1:8765/", "not supported"),
            ("No suitable extractor found for URL http://127.0.0.1:8765/x.mp4", "not supported"),
            ("[a] b: Unable to download JSON metadata: HTTP Error 429: Too Many Requests", "too many requests"),
            (
                "[a] b: This video is only available for registered users. Use --cookies, --cookies-from-browser, --username and --password",
                "sign-in",
            ),
            ("[a] b: This video is DRM protected", "copy protection"),
            ("unable to write data: [Errno 28] No space left on device", "disk"),
            (
                "You have requested merging of multiple formats but ffmpeg is not installed. Aborting due to --abort-on-error",
                "ffmpeg",
            ),
            (
                "[youtube] abc: Unable to extract nsig function code; please report this issue on  https://github.com/yt-dlp",
                "update",
            ),
            (
                "[generic] x: Unable to download webpage: [Errno 111] Connection refused (caused by TransportError())",
                "cannot be reached",
            ),
        ] {
            let error = meaning(complaint).unwrap_or_else(|| panic!("{complaint}")).to_string();
            assert!(error.contains(says), "{complaint}\n  became: {error}");
            assert!(!error.contains("abc") && !error.ends_with('.'), "{error}");
        }
        assert!(meaning("something nobody has seen").is_none());
    }
}

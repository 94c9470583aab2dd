//! Lists of models: the one that comes with the program, and a user's own.

use serde::Deserialize;
use url::Url;

/// One model that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Lower-case letters, digits, `.`, `_` and `-`.
    pub name: String,
    pub url: String,
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Lower-case hex.
    #[serde(default)]
    pub sha256: Option<String>,
    pub licence: String,
}

/// The public files of whisper.cpp at one revision, so that they stay what they are: name, bytes, SHA-256.
const WHISPER: [(&str, u64, &str); 10] = [
    ("tiny", 77_691_713, "be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21"),
    ("tiny-q5_1", 32_152_673, "818710568da3ca15689e31a743197b520007872ff9576237bda97bd1b469c3d7"),
    ("base", 147_951_465, "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe"),
    ("base-q5_1", 59_707_625, "422f1ae452ade6f30a004d7e5c6a43195e4433bc370bf23fac9cc591f01a8898"),
    ("small", 487_601_967, "1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b"),
    ("small-q5_1", 190_085_487, "ae85e4a935d7a567bd102fe55afc16bb595bdb618e11b2fc7591bc08120411bb"),
    ("medium", 1_533_763_059, "6c14d5adee5f86394037b4e4e8b59f1673b6cee10e3cf0b11bbdbee79c156208"),
    ("medium-q5_0", 539_212_467, "19fea4b380c3a618ec4723c3eef2eb785ffba0d0538cf43f8f235e7b3b34220f"),
    ("large-v3-turbo", 1_624_555_275, "1fc70f774d38eb169993ac391eea357ef47c88757ef72ee5943879b7e8e2bc69"),
    ("large-v3-turbo-q5_0", 574_041_195, "394221709cd5ad1f40c46e6031ca61bce88931e6e088c188294c6d5a55ffa7e2"),
];

const WHISPER_FILES: &str =
    "https://huggingface.co/ggerganov/whisper.cpp/resolve/5359861c739e955e79d9a303bcbc70fb988958b1";

/// The models that come with the program. OpenAI published Whisper's weights under the MIT licence.
pub fn builtin() -> Vec<Model> {
    let model = |&(name, bytes, sha256): &(&str, u64, &str)| Model {
        name: name.to_owned(),
        url: format!("{WHISPER_FILES}/ggml-{name}.bin"),
        bytes: Some(bytes),
        sha256: Some(sha256.to_owned()),
        licence: "MIT".to_owned(),
    };
    WHISPER.iter().map(model).collect()
}

#[derive(Debug, thiserror::Error)]
#[error("the list of models has mistakes: {}", .0.join("; "))]
pub struct ManifestError(pub Vec<String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    model: Vec<Model>,
}

/// Reads a user's own list, and names every mistake in it.
pub fn read_manifest(text: &str) -> Result<Vec<Model>, ManifestError> {
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
        ManifestError(vec![format!("line {line}: {}", error.message())])
    })?;
    let mut models = file.model;
    let mut mistakes = Vec::new();
    for (place, model) in models.iter_mut().enumerate() {
        model.sha256 = model.sha256.as_ref().map(|sha256| sha256.to_ascii_lowercase());
        mistakes.extend(mistakes_in(model).into_iter().map(|what| format!("model {}: {what}", place + 1)));
    }
    for (place, model) in models.iter().enumerate() {
        if models[..place].iter().any(|before| before.name == model.name) {
            mistakes.push(format!("model {}: its name is taken already", place + 1));
        }
    }
    if mistakes.is_empty() { Ok(models) } else { Err(ManifestError(mistakes)) }
}

fn mistakes_in(model: &Model) -> Vec<&'static str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    // The name becomes part of a file's name.
    let name = !model.name.is_empty() && model.name.len() <= 64 && model.name.bytes().all(plain);
    let url = Url::parse(&model.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let http = model.url.starts_with("http:");
    [
        (name, "its name may have lower-case letters, digits, `.`, `_` and `-`, at most 64"),
        (url, "its url must begin with https:// or http://"),
        (model.sha256.as_deref().is_none_or(is_sha256), "its sha256 must have 64 hex digits"),
        (!http || model.sha256.is_some(), "without a sha256 its url must begin with https://"),
        (!model.licence.trim().is_empty(), "its licence is missing"),
    ]
    .into_iter()
    .filter_map(|(right, what)| (!right).then_some(what))
    .collect()
}

pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_program_is_sound() {
        let models = builtin();
        for model in &models {
            assert_eq!(mistakes_in(model), Vec::<&str>::new(), "{}", model.name);
            assert!(model.url.starts_with("https://") && model.url.ends_with(".bin"));
        }
        let mut sums: Vec<_> = models.iter().map(|model| &model.sha256).collect();
        sums.sort();
        sums.dedup();
        assert_eq!(sums.len(), models.len(), "two models have one checksum");
    }

    #[test]
    fn own_lists_are_read() {
        let models = read_manifest(&format!(
            "[[model]]\nname = 'mine'\nurl = 'https://a.example/m.bin'\nlicence = 'MIT'\n\
             [[model]]\nname = 'b-2'\nurl = 'http://a.example/m'\nlicence = 'x'\nbytes = 5\nsha256 = '{}'\n",
            "AB".repeat(32)
        ))
        .unwrap();
        assert_eq!(models[0].sha256, None);
        assert_eq!((models[1].bytes, models[1].sha256.clone()), (Some(5), Some("ab".repeat(32))));
        assert_eq!(read_manifest("").unwrap(), []);
    }

    #[track_caller]
    fn check(text: &str, says: &[&str]) {
        let error = read_manifest(text).unwrap_err().to_string();
        for what in says {
            assert!(error.contains(what), "`{what}` is not in: {error}");
        }
    }

    #[test]
    fn every_mistake_is_named() {
        check("[[model]]\nname = 'x'\nurl = 'https://a'\nlicence = 'y'\ncolour = 1\n", &["line 5", "colour"]);
        check("[[model]]\nname = 'x'\n", &["url"]);
        check("model = 3", &["line 1"]);
        check(
            "[[model]]\nname = '../x'\nurl = 'file:///x'\nlicence = ' '\nsha256 = 'abc'\n\
             [[model]]\nname = 'ok'\nurl = 'http://a/'\nlicence = 'y'\n\
             [[model]]\nname = 'ok'\nurl = 'https://a/'\nlicence = 'y'\n",
            &[
                "model 1: its name",
                "model 1: its url",
                "model 1: its sha256",
                "model 1: its licence",
                "model 2: without",
                "model 3: its name is taken",
            ],
        );
    }
}

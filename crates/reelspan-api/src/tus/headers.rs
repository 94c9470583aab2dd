//! What the headers of a tus request say, and those of an answer.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reelspan_app::Upload;
use reelspan_app::refusal::{Kind, Refusal};
use reelspan_app::uploads::pieces::{Checksum, Next};

use crate::files::{http_date, length};

const OFFSET: &str = "upload-offset";
const LENGTH: &str = "upload-length";
const DEFER: &str = "upload-defer-length";
const METADATA: &str = "upload-metadata";
const CHECKSUM: &str = "upload-checksum";
const EXPIRES: &str = "upload-expires";
const ASSET: &str = "reelspan-asset";
const BYTES: &str = "application/offset+octet-stream";
/// Nobody needs more to say what a file is called.
const LONGEST_METADATA: usize = 8 << 10;

/// A request's headers, read.
#[derive(Debug, Default)]
pub(super) struct Said {
    offset: Option<u64>,
    length: Option<u64>,
    deferred: bool,
    checksum: Option<Checksum>,
    pub(super) metadata: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) content_type: Option<String>,
    /// The body is a stretch of the file.
    bytes: bool,
    body: Option<u64>,
    chunked: bool,
}

impl Said {
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let deferred = match text(DEFER) {
            None => false,
            Some("1") => true,
            Some(_) => return Err(Refusal::invalid("Upload-Defer-Length", "Upload-Defer-Length may only be 1")),
        };
        let mut said = Self {
            offset: number(headers, OFFSET)?,
            length: number(headers, LENGTH)?,
            deferred,
            checksum: text(CHECKSUM).map(checksum).transpose()?,
            bytes: text(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.eq_ignore_ascii_case(BYTES)),
            body: length(headers),
            chunked: headers.contains_key(TRANSFER_ENCODING),
            ..Self::default()
        };
        if let Some(metadata) = text(METADATA).filter(|text| !text.is_empty()) {
            said.describe(metadata)?;
        }
        Ok(said)
    }

    fn describe(&mut self, metadata: &str) -> Result<(), Refusal> {
        let wrong = || {
            let message = "Upload-Metadata holds pairs of a key and its value in base64, with commas between";
            Refusal::invalid("Upload-Metadata", message)
        };
        if metadata.len() > LONGEST_METADATA {
            return Err(wrong());
        }
        for pair in metadata.split(',') {
            let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
            let value = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let value = value.filter(|_| !key.is_empty()).ok_or_else(wrong)?;
            match key {
                "filename" | "name" if self.file_name.is_none() => self.file_name = Some(value),
                "filetype" | "type" | "contentType" if self.content_type.is_none() => self.content_type = Some(value),
                _ => {}
            }
        }
        self.file_name = self.file_name.take().filter(|name| !name.is_empty());
        self.metadata = Some(metadata.to_owned());
        Ok(())
    }

    /// The length of a new upload: said now, or, where it was said so, later.
    pub(super) fn whole_length(&self) -> Result<Option<u64>, Refusal> {
        match (self.length, self.deferred) {
            (Some(length), false) => Ok(Some(length)),
            (None, true) => Ok(None),
            _ => Err(Refusal::invalid("Upload-Length", "send either Upload-Length or `Upload-Defer-Length: 1`")),
        }
    }

    /// The request that begins the upload brings some of it.
    pub(super) fn has_bytes(&self) -> bool {
        self.bytes && (self.chunked || self.body.is_some_and(|bytes| bytes > 0))
    }

    /// The bytes that come with the beginning.
    pub(super) fn first(&self) -> Next {
        Next { offset: 0, bytes: self.body, declares: None, checksum: self.checksum.clone() }
    }

    /// What a PATCH brings.
    pub(super) fn next(self) -> Result<Next, Refusal> {
        if !self.bytes {
            let message = format!("send `Content-Type: {BYTES}`");
            return Err(Refusal::new(Kind::Unsupported, "type_differs", message));
        }
        let missing = || Refusal::invalid("Upload-Offset", "send Upload-Offset: where these bytes begin");
        let offset = self.offset.ok_or_else(missing)?;
        Ok(Next { offset, bytes: self.body, declares: self.length, checksum: self.checksum })
    }
}

fn number(headers: &HeaderMap, name: &'static str) -> Result<Option<u64>, Refusal> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let wrong = || Refusal::invalid(name, format!("{name} must be a whole number of bytes"));
    digits.and_then(|text| text.parse().ok()).map(Some).ok_or_else(wrong)
}

/// `sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=`
fn checksum(text: &str) -> Result<Checksum, Refusal> {
    let wrong = |message: &str| Refusal::invalid("Upload-Checksum", message);
    let (algorithm, sum) = text.split_once(' ').ok_or_else(|| wrong("name the algorithm and the sum in base64"))?;
    let sum = STANDARD.decode(sum.trim()).map_err(|_| wrong("the sum is not base64"))?;
    let length = |_| wrong("the sum does not have the length that its algorithm gives");
    match algorithm {
        "sha1" => Ok(Checksum::Sha1(sum.try_into().map_err(length)?)),
        "sha256" => Ok(Checksum::Sha256(sum.try_into().map_err(length)?)),
        _ => Err(wrong("sha1 and sha256 are understood")),
    }
}

/// How an upload stands.
pub(super) fn answer(status: StatusCode, upload: &Upload) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(OFFSET, HeaderValue::from(upload.received_bytes));
    match upload.declared_bytes {
        Some(bytes) => headers.insert(LENGTH, HeaderValue::from(bytes)),
        None => headers.insert(DEFER, HeaderValue::from_static("1")),
    };
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put(EXPIRES, &http_date(upload.expires_at));
    if let Some(metadata) = &upload.metadata {
        put(METADATA, metadata);
    }
    if let Some(asset) = &upload.asset {
        put(ASSET, asset);
    }
    response
}

/// A new one, and where it goes on.
pub(super) fn created(base: &str, upload: &Upload, with_bytes: bool) -> Response {
    let mut response = answer(StatusCode::CREATED, upload);
    let headers = response.headers_mut();
    if !with_bytes {
        headers.remove(OFFSET);
    }
    if let Ok(place) = HeaderValue::from_str(&format!("{base}/api/reelspan/v1/tus/{}", upload.id)) {
        headers.insert(LOCATION, place);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pairs: &[(&'static str, &str)]) -> Result<Said, Refusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        Said::read(&headers)
    }

    #[test]
    fn metadata_is_pairs_of_base64() {
        let one = said(&[(METADATA, "filename dGFsay5tcDQ=,filetype dmlkZW8vbXA0, is_public")]).unwrap();
        assert_eq!((one.file_name.as_deref(), one.content_type.as_deref()), (Some("talk.mp4"), Some("video/mp4")));
        assert_eq!(said(&[(METADATA, "filename")]).unwrap().file_name, None);
        for wrong in ["filename ???", "filename /w==", " ,", &"a YQ==,".repeat(2000)] {
            assert!(said(&[(METADATA, wrong)]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_length_is_said_once_or_later() {
        assert_eq!(said(&[(LENGTH, "9")]).unwrap().whole_length().unwrap(), Some(9));
        assert_eq!(said(&[(DEFER, "1")]).unwrap().whole_length().unwrap(), None);
        assert!(said(&[]).unwrap().whole_length().is_err());
        assert!(said(&[(LENGTH, "9"), (DEFER, "1")]).unwrap().whole_length().is_err());
        for wrong in [(LENGTH, "-1"), (LENGTH, "x"), (LENGTH, ""), (OFFSET, "1.5"), (DEFER, "2")] {
            assert!(said(&[wrong]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn checksums_have_a_name_and_a_length() {
        assert!(matches!(checksum("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="), Ok(Checksum::Sha1(_))));
        for wrong in ["", "sha1", "sha1 AAAA", "md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0="] {
            assert!(checksum(wrong).is_err(), "{wrong}");
        }
    }
}

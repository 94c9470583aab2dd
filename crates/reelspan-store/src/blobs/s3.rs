//! A bucket: how it is reached, and which uploads in it were never finished.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer};
use object_store::client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use super::BlobError;

/// A list of unfinished uploads is no longer than this; anything else is no such list.
const LONGEST_LIST: usize = 4 << 20;

/// Which bucket, and how to get at it.
#[derive(Clone)]
pub struct S3 {
    pub bucket: String,
    pub region: String,
    /// None for Amazon's own.
    pub endpoint: Option<String>,
    pub access_key: String,
    pub secret_key: String,
}

/// A bucket with the ways to it that the common store does not have.
#[derive(Debug)]
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    client: HttpClient,
    address: String,
    region: String,
}

/// An upload in parts that was begun.
#[derive(Debug, PartialEq)]
pub(super) struct Begun {
    pub(super) key: String,
    pub(super) id: String,
    /// Seconds since 1970.
    pub(super) at: i64,
}

impl Bucket {
    pub(super) fn open(settings: &S3, patience: Duration) -> Result<Self, BlobError> {
        let unopened = |_| BlobError::Unopened("its settings name no bucket that can be used");
        let plain = settings.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        // A large file takes as long as it takes: silence is what ends it, not the time in all.
        let options = ClientOptions::new()
            .with_allow_http(plain)
            .with_timeout_disabled()
            .with_connect_timeout(patience.min(Duration::from_secs(5)))
            .with_read_timeout(patience);
        let client = ReqwestConnector::default().connect(&options).map_err(unopened)?;
        let backoff = BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key)
            .with_client_options(options)
            .with_retry(RetryConfig { backoff, max_retries: 4, retry_timeout: patience });
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let store = Arc::new(builder.build().map_err(unopened)?);
        let host = settings.endpoint.clone();
        let host = host.unwrap_or_else(|| format!("https://s3.{}.amazonaws.com", settings.region));
        let address = format!("{}/{}", host.trim_end_matches('/'), settings.bucket);
        Ok(Self { store, client, address, region: settings.region.clone() })
    }

    pub(super) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store) as Arc<dyn ObjectStore>
    }

    /// Uploads that were begun and never finished: a thousand at most, the rest next time.
    pub(super) async fn unfinished(&self) -> Result<Vec<Begun>, BlobError> {
        let away = BlobError::Away("it does not list what was left unfinished");
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        let Ok(address) = format!("{}?uploads=", self.address).parse() else { return Err(away) };
        *request.uri_mut() = address;
        let credential = self.store.credentials().get_credential().await?;
        AwsAuthorizer::new(&credential, "s3", &self.region).try_authorize(&mut request, None)?;
        let Ok(response) = self.client.execute(request).await else { return Err(away) };
        // One that cannot list them has to be told to forget them by itself, as every bucket may.
        if response.status().as_u16() == 501 {
            return Ok(Vec::new());
        }
        if !response.status().is_success() {
            return Err(away);
        }
        let text = response.into_body().bytes().await.ok().filter(|bytes| bytes.len() <= LONGEST_LIST);
        let text = text.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        text.map(|text| begun(&text)).ok_or(away)
    }

    pub(super) async fn abort(&self, one: &Begun) -> Result<(), BlobError> {
        match self.store.abort_multipart(&Path::from(one.key.as_str()), &one.id).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What a list of uploads names. Keys and ids are plain letters, so three tags are all that has to be understood.
fn begun(xml: &str) -> Vec<Begun> {
    let one = |text: &str| {
        let at = object_time(&between(text, "Initiated")?)?;
        Some(Begun { key: between(text, "Key")?, id: between(text, "UploadId")?, at })
    };
    xml.split("<Upload>").skip(1).filter_map(one).collect()
}

fn between(text: &str, tag: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    let (inner, _) = rest.split_once(&format!("</{tag}>"))?;
    Some(inner.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// `2026-11-21T15:04:05.000Z` as seconds since 1970.
fn object_time(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days since 1970 by counting from a March, so that leap days stand at the end of a year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day
            - 1
            - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_unfinished_uploads_is_read() {
        let xml = "<?xml version=\"1.0\"?><ListMultipartUploadsResult><Bucket>b</Bucket><KeyMarker></KeyMarker>\
            <Upload><Key>uploads/1/a</Key><UploadId>x&amp;y</UploadId><Initiated>2026-11-21T15:04:05.000Z</Initiated></Upload>\
            <Upload><Key>broken</Key></Upload>\
            <Upload><Initiated>1970-01-01T00:00:00Z</Initiated><UploadId>z</UploadId><Key>k</Key></Upload></ListMultipartUploadsResult>";
        let first = Begun { key: "uploads/1/a".into(), id: "x&y".into(), at: 1_795_273_445 };
        assert_eq!(begun(xml), [first, Begun { key: "k".into(), id: "z".into(), at: 0 }]);
        assert!(begun("<Error><Code>NotImplemented</Code></Error>").is_empty());
    }

    #[test]
    fn times_of_a_bucket_are_those_of_the_calendar() {
        assert_eq!(object_time("2000-02-29T00:00:00Z"), Some(951_782_400));
        assert_eq!(object_time("2024-12-31T23:59:59Z"), Some(1_735_689_599));
        for broken in ["", "yesterday", "2024-13-01T00:00:00Z", "2024-1-1"] {
            assert_eq!(object_time(broken), None, "{broken}");
        }
    }
}

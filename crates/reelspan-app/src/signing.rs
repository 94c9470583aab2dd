//! Signed words: links that carry their own permission, and keyed hashes of what is shown once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Holds the installation's secret. Cheap to clone.
#[derive(Clone)]
pub struct Signer {
    secret: zeroize::Zeroizing<Vec<u8>>,
}

impl Signer {
    pub fn new(secret: Vec<u8>) -> Self {
        Self { secret: zeroize::Zeroizing::new(secret) }
    }

    /// The keyed hash of a word, for one purpose; the same word for another gives another.
    pub fn hash(&self, purpose: &str, word: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(purpose, word).finalize().into_bytes())
    }

    /// `id.until.signature`: permission to do `purpose` with `id` until then.
    pub fn token(&self, purpose: &str, id: &str, until: i64) -> String {
        let signed = format!("{id}.{until}");
        format!("{signed}.{}", self.hash(purpose, &signed))
    }

    /// The id of a token that we signed and whose time is not over.
    pub fn opened<'a>(&self, purpose: &str, token: &'a str, now: i64) -> Option<&'a str> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.mac(purpose, signed).verify_slice(&signature).ok()?;
        let (id, until) = signed.rsplit_once('.')?;
        (until.parse::<i64>().ok()? > now).then_some(id)
    }

    /// A key for one purpose, derived from the secret.
    pub fn derive(&self, purpose: &str) -> Vec<u8> {
        self.mac(purpose, "key").finalize().into_bytes().to_vec()
    }

    fn mac(&self, purpose: &str, word: &str) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any length is fine");
        mac.update(&(purpose.len() as u64).to_le_bytes());
        mac.update(purpose.as_bytes());
        mac.update(word.as_bytes());
        mac
    }
}

/// 256 random bits as text.
pub fn random_word() -> String {
    let mut bytes = [0u8; 32];
    rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_tokens_open_for_their_purpose_and_in_their_time() {
        let (ours, theirs) = (Signer::new(vec![1; 32]), Signer::new(vec![2; 32]));
        let token = ours.token("download", "a.b", 1_000);
        assert_eq!(ours.opened("download", &token, 999), Some("a.b"));
        assert_eq!(ours.opened("download", &token, 1_000), None, "its time is over");
        assert_eq!(ours.opened("upload", &token, 0), None, "another purpose");
        assert_eq!(theirs.opened("download", &token, 0), None, "another secret");
        for broken in ["", ".", "a.b", &token[1..], &token[..token.len() - 1], &token.replace("1000", "9000")] {
            assert_eq!(ours.opened("download", broken, 0), None);
        }
    }

    #[test]
    fn purposes_cannot_be_shifted_into_words() {
        let signer = Signer::new(vec![7; 32]);
        assert_ne!(signer.hash("ab", "c"), signer.hash("a", "bc"));
        assert_ne!(random_word(), random_word());
    }
}

//! Passwords: argon2id, off the async threads, a few at a time; the same work whether there is such an account or not.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use serde::{Deserialize, Deserializer};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::refusal::{Kind, Refusal};

const SHORTEST: usize = 10;
const LONGEST: usize = 1024;

/// What OWASP asks of argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash that no password has, for accounts that are not there: as costly to check as a true one.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIG91cnM$Tm9ib2R5IGtub3dzIGEgcGFzc3dvcmQgZm9yIHRoaXM";

/// Each takes 19 MiB and a processor: so many at once, so many waiting.
static TURNS: Semaphore = Semaphore::const_new(2);
static WAITING: AtomicUsize = AtomicUsize::new(0);
const MOST_WAITING: usize = 64;
static MADE: AtomicU64 = AtomicU64::new(0);

/// How many hashes this process has worked out.
pub fn hashes_made() -> u64 {
    MADE.load(Ordering::SeqCst)
}

/// What somebody typed. Never shown, and wiped when dropped.
#[derive(Clone, Default)]
pub struct Password(Zeroizing<String>);

impl Password {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Long enough to be hard to guess; what it is made of is the user's own affair.
    pub(super) fn must_be_good(&self) -> Result<(), Refusal> {
        let length = self.0.chars().count();
        if (SHORTEST..=LONGEST).contains(&length) {
            return Ok(());
        }
        let message = format!("a password has from {SHORTEST} to {LONGEST} characters; a few words in a row do well");
        Err(Refusal::invalid("password", message))
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Counts itself among those that wait for a turn.
struct Waiting;

impl Waiting {
    fn begin() -> Result<Self, Refusal> {
        let before = WAITING.fetch_add(1, Ordering::SeqCst);
        let waiting = Self;
        if before < MOST_WAITING { Ok(waiting) } else { Err(busy()) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::SeqCst);
    }
}

fn busy() -> Refusal {
    let message = "too many people are signing in just now; try again in a moment";
    Refusal { retry_after: Some(1), ..Refusal::new(Kind::Unavailable, "sign_in_busy", message) }
}

fn broken() -> Refusal {
    Refusal::new(Kind::Broken, "password_hash", "the password could not be checked; the operator's log has the code")
}

/// The hash to keep of a new password.
pub(super) async fn hashed(password: Password) -> Result<String, Refusal> {
    in_turn(move |argon| argon.hash_password(password.0.as_bytes()).map(|hash| hash.to_string()).map_err(|_| broken()))
        .await?
}

/// Whether it is the password that was hashed; never, if there is no hash.
pub(super) async fn matches(password: Password, hash: Option<String>) -> Result<bool, Refusal> {
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| DECOY.to_owned());
    // More than a password may have costs more to hash: it cannot be right, but it takes its turn like any other.
    let fits = password.0.chars().count() <= LONGEST;
    let password = if fits { password } else { Password::default() };
    in_turn(move |argon| {
        let parsed = PasswordHash::new(&hash).map_err(|_| broken())?;
        let right = argon.verify_password(password.0.as_bytes(), &parsed).is_ok();
        Ok(right && known && fits)
    })
    .await?
}

/// Works on a thread of its own, when it is its turn.
async fn in_turn<T: Send + 'static>(work: impl FnOnce(&Argon2<'_>) -> T + Send + 'static) -> Result<T, Refusal> {
    let waiting = Waiting::begin()?;
    let turn = TURNS.acquire().await.map_err(|_| broken())?;
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| broken())?;
    let done = tokio::task::spawn_blocking(move || {
        // The turn ends with the work, also when the one who asked has gone away.
        let _turn = (turn, waiting);
        MADE.fetch_add(1, Ordering::SeqCst);
        work(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    });
    done.await.map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_alone_and_says_how_it_was_made() {
        let hash = hashed(Password::new("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, hashed(Password::new("correct horse")).await.unwrap(), "salted");
        assert!(matches(Password::new("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!matches(Password::new("correct horsE"), Some(hash.clone())).await.unwrap());
        assert!(!matches(Password::new("x".repeat(5000)), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_takes_the_same_work_as_somebody() {
        let hash = hashed(Password::new("correct horse")).await.unwrap();
        let parts = |text: &str| text.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(parts(DECOY), parts(&hash), "the same parameters");
        let before = hashes_made();
        assert!(!matches(Password::new("correct horse"), None).await.unwrap());
        assert!(hashes_made() > before);
        assert!(PasswordHash::new(DECOY).unwrap().hash.unwrap().len() == 32);
    }

    #[test]
    fn length_is_all_that_is_asked() {
        for good in ["ten chars!", "пароль-пароль", &"a".repeat(1024)] {
            assert!(Password::new(good).must_be_good().is_ok());
        }
        for bad in ["", "nine char", &"a".repeat(1025)] {
            assert_eq!(Password::new(bad).must_be_good().unwrap_err().field.as_deref(), Some("password"));
        }
        assert_eq!(format!("{:?}", Password::new("secret words")), "Password(..)");
    }
}

//! How much one caller may ask: per key or session, per address for those who are nobody, less for signing in.
//!
//! Addresses are held as seeded hashes, in memory only, and never written or logged. The state is each process's own.

mod address;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::ACCEPT;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use reelspan_app::refusal::{Kind, Refusal};
use reelspan_app::service::Caller;
use reelspan_types::Clock;

use crate::caller::{Asked, by_credentials};
use crate::{App, Problem, pages, problem};

pub use address::Network;

/// At most this many callers are told apart; beyond, strangers share.
const MOST: usize = 50_000;
const SHARED: u64 = 1024;
/// After so many questions it is looked who need not be remembered any more.
const LOOK_EVERY: usize = 512;
const MINUTE: Duration = Duration::from_secs(60);

/// One call every so often, and so many at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub every: Duration,
    pub burst: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Of a key or a session.
    pub caller: Rate,
    /// Of an address that shows neither.
    pub address: Rate,
    /// Tries to sign in: of an address, and for an account from wherever.
    pub sign_in: Rate,
    /// Proxies whose word about the client's address is taken.
    pub trusted_proxies: Vec<Network>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            caller: Rate { every: Duration::from_millis(20), burst: 300 },
            address: Rate { every: Duration::from_millis(200), burst: 100 },
            sign_in: Rate { every: Duration::from_secs(30), burst: 10 },
            trusted_proxies: Vec::new(),
        }
    }
}

/// Cheap to clone; all clones count together.
#[derive(Clone)]
pub struct Limits {
    parts: Arc<Parts>,
}

struct Parts {
    clock: Arc<dyn Clock>,
    settings: Settings,
    seed: RandomState,
    callers: Bucket,
    addresses: Bucket,
    sign_ins: Bucket,
    accounts: Bucket,
    /// Routes with a limit of their own.
    routes: Mutex<BTreeMap<(&'static str, u32), Arc<Bucket>>>,
}

/// Where a request comes from, for handlers that count by it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From(Option<IpAddr>);

impl Limits {
    pub fn new(clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let bucket = |rate| Bucket::new(&clock, rate);
        let parts = Parts {
            seed: RandomState::new(),
            callers: bucket(settings.caller),
            addresses: bucket(settings.address),
            sign_ins: bucket(settings.sign_in),
            accounts: bucket(settings.sign_in),
            routes: Mutex::default(),
            clock,
            settings,
        };
        Self { parts: Arc::new(parts) }
    }

    /// For a route that allows each caller so many calls a minute; ask it first thing in the handler.
    pub fn per_minute(&self, route: &'static str, most: u32, caller: &Caller) -> Result<(), Refusal> {
        let bucket = {
            let mut routes = self.parts.routes.lock().unwrap_or_else(PoisonError::into_inner);
            let rate = Rate { every: MINUTE / most.max(1), burst: most };
            let made = routes.entry((route, most)).or_insert_with(|| Arc::new(Bucket::new(&self.parts.clock, rate)));
            Arc::clone(made)
        };
        self.take(&bucket, who(caller))
    }

    /// A try to prove who one is, from an address and for an email or account: guessing is slow from both sides.
    pub(crate) fn sign_in(&self, from: From, account: &str) -> Result<(), Refusal> {
        self.take(&self.parts.sign_ins, from.0.map(address::household))?;
        self.take(&self.parts.accounts, account.trim().to_lowercase())
    }

    fn caller(&self, caller: &Caller) -> Result<(), Refusal> {
        self.take(&self.parts.callers, who(caller))
    }

    fn address(&self, from: From) -> Result<(), Refusal> {
        self.take(&self.parts.addresses, from.0.map(address::household))
    }

    fn take(&self, bucket: &Bucket, who: impl Hash) -> Result<(), Refusal> {
        bucket.take(self.parts.seed.hash_one(who)).map_err(too_many)
    }
}

/// A key and a session each count for themselves.
fn who(caller: &Caller) -> (Option<&str>, Option<&str>, &str) {
    (caller.key.as_deref(), caller.account.as_deref(), &caller.workspace)
}

fn too_many(wait: Duration) -> Refusal {
    // Rounded up, and never at once: who comes back when told is let in.
    let seconds = u64::try_from(wait.as_nanos().div_ceil(1_000_000_000)).unwrap_or(u64::MAX).max(1);
    let message = format!("too many requests; try again in {seconds} s");
    Refusal { retry_after: Some(seconds), ..Refusal::new(Kind::TooMany, "rate_limited", message) }
}

/// Time for the limiter: the service's own steady clock.
#[derive(Clone)]
struct Steady(Arc<dyn Clock>);

impl governor::clock::Clock for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.steady()
    }
}

/// One rate for many callers, with a bound on how many are remembered.
struct Bucket {
    limiter: RateLimiter<u64, DashMapStateStore<u64>, Steady, NoOpMiddleware<Duration>>,
    clock: Steady,
    asked: AtomicUsize,
    full: AtomicBool,
}

impl Bucket {
    fn new(clock: &Arc<dyn Clock>, rate: Rate) -> Self {
        let clock = Steady(Arc::clone(clock));
        let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
        let every = rate.every.max(Duration::from_nanos(1));
        let quota = Quota::with_period(every).unwrap_or_else(|| Quota::per_second(burst)).allow_burst(burst);
        let limiter = RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        Self { limiter, clock, asked: AtomicUsize::new(0), full: AtomicBool::new(false) }
    }

    /// Takes one call, or tells how long to wait for the next.
    fn take(&self, who: u64) -> Result<(), Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOK_EVERY) {
            self.shed();
        }
        let who = if self.full.load(Ordering::Relaxed) { who % SHARED } else { who };
        use governor::clock::Clock as _;
        self.limiter.check_key(&who).map_err(|until| until.wait_time_from(self.clock.now()))
    }

    /// Forgets whoever could come back as a stranger without any difference.
    fn shed(&self) {
        if self.limiter.len() > MOST / 2 {
            self.limiter.retain_recent();
        }
        self.full.store(self.limiter.len() >= MOST, Ordering::Relaxed);
    }
}

/// Wraps every route: finds out who asks, once, and counts.
pub(crate) async fn hold(State(app): State<App>, request: Request, next: Next) -> Response {
    // A signed link is its own permission, and was counted when it was asked for.
    let path = request.uri().path();
    if ["/healthz", "/readyz", "/metrics"].contains(&path) || path.starts_with("/files/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    let from = From(address::client(peer, &parts.headers, &app.limits.parts.settings.trusted_proxies));
    let asked = by_credentials(&app, &parts).await;
    let held = match &asked {
        Ok(caller) => app.limits.caller(caller),
        Err(_) => app.limits.address(from),
    };
    if let Err(refusal) = held {
        let page = parts.headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"text/html"));
        return refused(parts.uri.path(), page, refusal);
    }
    parts.extensions.insert(from);
    parts.extensions.insert(Asked(asked));
    next.run(Request::from_parts(parts, body)).await
}

/// A refusal in the shape of the surface that was asked.
fn refused(path: &str, page: bool, refusal: Refusal) -> Response {
    if path.starts_with("/v1/") {
        return problem::plain(&refusal);
    }
    if page && !path.starts_with("/api/") {
        return pages::refused(&refusal);
    }
    Problem::from(refusal).into_response()
}

impl<S: Sync> axum::extract::FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}

#[cfg(test)]
mod tests {
    use reelspan_testing::FakeClock;

    use super::*;

    fn bucket(clock: &Arc<FakeClock>, every: Duration, burst: u32) -> Bucket {
        let clock: Arc<dyn Clock> = Arc::<FakeClock>::clone(clock);
        Bucket::new(&clock, Rate { every, burst })
    }

    #[test]
    fn a_burst_passes_and_then_one_every_so_often() {
        let clock = Arc::new(FakeClock::new());
        let bucket = bucket(&clock, Duration::from_secs(2), 3);
        for _ in 0..3 {
            bucket.take(1).unwrap();
        }
        assert_eq!(bucket.take(1), Err(Duration::from_secs(2)));
        bucket.take(2).unwrap();
        clock.advance(Duration::from_millis(1999));
        assert_eq!(bucket.take(1), Err(Duration::from_millis(1)));
        clock.advance(Duration::from_millis(1));
        bucket.take(1).unwrap();
        bucket.take(1).unwrap_err();
        clock.jump(3_600_000);
        bucket.take(1).unwrap_err();
    }

    #[test]
    fn waiting_as_told_is_enough_and_never_nothing() {
        for (wait, told) in [(0, 1), (1, 1), (999_999_999, 1), (1_000_000_000, 1), (1_000_000_001, 2)] {
            assert_eq!(too_many(Duration::from_nanos(wait)).retry_after, Some(told));
        }
    }

    #[test]
    fn memory_is_bounded_whoever_comes() {
        let clock = Arc::new(FakeClock::new());
        let bucket = bucket(&clock, Duration::from_secs(1), 2);
        for stranger in 0..(MOST as u64 * 3) {
            let _ = bucket.take(stranger.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        let most = MOST + LOOK_EVERY + SHARED as usize;
        assert!(bucket.limiter.len() <= most, "{} are remembered", bucket.limiter.len());
        assert!(bucket.take(7).is_err(), "strangers share while it is full");
        clock.advance(Duration::from_secs(60));
        for _ in 0..LOOK_EVERY {
            let _ = bucket.take(7);
        }
        assert!(bucket.limiter.len() < 10, "{} are remembered", bucket.limiter.len());
    }
}

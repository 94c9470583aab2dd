//! Who holds an upload in this process: one at a time. Between processes the rows decide.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

/// How long somebody who was asked to let go may take: what came is put away first.
const PATIENCE: Duration = Duration::from_secs(5);

type Held = HashMap<String, Arc<Place>>;

static HELD: LazyLock<Mutex<Held>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Place {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Of whoever holds it now.
    letting_go: Mutex<CancellationToken>,
}

/// Holds an upload until it is dropped.
pub(super) struct Hand {
    id: String,
    letting_go: CancellationToken,
    turn: Option<OwnedMutexGuard<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn place(id: &str) -> Arc<Place> {
    lock(&HELD).entry(id.to_owned()).or_default().clone()
}

/// None: another request has it.
pub(super) fn take(id: &str) -> Option<Hand> {
    let place = place(id);
    let turn = Arc::clone(&place.turn).try_lock_owned().ok()?;
    Some(held(id, &place, turn))
}

/// Asks whoever has it to let go, and waits. None: they do not.
pub(super) async fn wait(id: &str) -> Option<Hand> {
    wait_for(id, PATIENCE).await
}

async fn wait_for(id: &str, patience: Duration) -> Option<Hand> {
    let place = place(id);
    lock(&place.letting_go).cancel();
    let turn = tokio::time::timeout(patience, Arc::clone(&place.turn).lock_owned()).await.ok()?;
    Some(held(id, &place, turn))
}

fn held(id: &str, place: &Arc<Place>, turn: OwnedMutexGuard<()>) -> Hand {
    let letting_go = CancellationToken::new();
    *lock(&place.letting_go) = letting_go.clone();
    Hand { id: id.to_owned(), letting_go, turn: Some(turn) }
}

impl Hand {
    /// Set when somebody else asks for the upload.
    pub(super) fn letting_go(&self) -> CancellationToken {
        self.letting_go.clone()
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.turn = None;
        let mut held = lock(&HELD);
        // The last one out; whoever waits holds a share of it.
        if held.get(&self.id).is_some_and(|place| Arc::strong_count(place) == 1) {
            held.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_holds_it_and_lets_go_when_asked() {
        let first = take("upload-1").expect("nobody has it");
        assert!(take("upload-1").is_none(), "it is held");
        assert!(take("upload-2").is_some(), "another is not");
        let letting_go = first.letting_go();
        assert!(!letting_go.is_cancelled());
        let waiting = tokio::spawn(async { wait("upload-1").await.is_some() });
        letting_go.cancelled().await;
        drop(first);
        assert!(waiting.await.expect("it ends"));
        assert!(take("upload-1").is_some());
        assert!(!lock(&HELD).contains_key("upload-1"), "nothing stays behind");
    }

    #[tokio::test]
    async fn one_that_does_not_let_go_is_not_waited_for_without_end() {
        let _first = take("upload-3");
        assert!(wait_for("upload-3", Duration::from_millis(20)).await.is_none());
    }
}

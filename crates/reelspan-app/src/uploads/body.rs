//! What a client sends, in time: one that only drips holds nothing for long.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Sleep, sleep};

/// So much has to come in so much time, or all that there is.
const LEAST: usize = 64 << 10;
const WITHIN: Duration = Duration::from_secs(60);

/// The same stream; it fails when less comes than a kilobyte a second.
pub(super) fn in_time<S>(body: S) -> InTime<S>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    InTime { body, within: WITHIN, clock: None, come: 0 }
}

pub(super) struct InTime<S> {
    body: S,
    within: Duration,
    clock: Option<Pin<Box<Sleep>>>,
    come: usize,
}

impl<S> Stream for InTime<S>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_next(context) {
            Poll::Ready(Some(Ok(chunk))) => {
                this.come += chunk.len();
                if this.come >= LEAST {
                    // Time counts only while we wait for the client, not while the disk is busy.
                    (this.come, this.clock) = (0, None);
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Poll::Pending => {
                let within = this.within;
                let clock = this.clock.get_or_insert_with(|| Box::pin(sleep(within)));
                match clock.as_mut().poll(context) {
                    Poll::Ready(()) => Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into()))),
                    Poll::Pending => Poll::Pending,
                }
            }
            ended => ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};

    use super::*;

    /// Chunks of this length, a millisecond apart, then silence.
    fn dripping(bytes: usize, chunks: usize) -> InTime<impl Stream<Item = io::Result<Bytes>> + Unpin> {
        let drip = stream::iter(0..chunks).then(move |_| async move {
            sleep(Duration::from_millis(1)).await;
            Ok(Bytes::from(vec![7; bytes]))
        });
        InTime { within: Duration::from_millis(200), ..in_time(drip.chain(stream::pending()).boxed()) }
    }

    #[tokio::test]
    async fn a_client_that_drips_or_falls_silent_is_left() {
        for mut body in [dripping(1, 10_000), dripping(LEAST, 3), dripping(1, 0)] {
            let end = loop {
                if let Some(Err(error)) = body.next().await {
                    break error.kind();
                }
            };
            assert_eq!(end, io::ErrorKind::TimedOut);
        }
    }

    #[tokio::test]
    async fn a_client_that_goes_on_is_heard_for_longer_than_that() {
        let chunks: Vec<_> = dripping(LEAST / 2, 400).take(400).collect().await;
        assert!(chunks.iter().all(Result::is_ok), "it took 400 ms and more");
    }
}

//! What a client sends, in time: one that only drips holds nothing for long.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

/// So much has to come in so much time, or all that there is.
const LEAST: usize = 64 << 10;
const WITHIN: Duration = Duration::from_secs(60);

/// The same stream; it fails when less comes than a kilobyte a second.
pub(super) fn in_time<S>(body: S) -> InTime<S>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    InTime { body, clock: None, come: 0 }
}

pub(super) struct InTime<S> {
    body: S,
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
                let clock = this.clock.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + WITHIN)));
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
    use futures_util::StreamExt;
    use futures_util::stream;

    use super::*;

    fn dripping(bytes: usize, every: Duration) -> impl Stream<Item = io::Result<Bytes>> + Unpin {
        Box::pin(stream::unfold(0, move |sent| async move {
            tokio::time::sleep(every).await;
            (sent < 600).then(|| (Ok(Bytes::from(vec![7; bytes])), sent + 1))
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_drips_is_left() {
        let chunks: Vec<_> = in_time(dripping(1, Duration::from_secs(1))).collect().await;
        assert!(chunks.len() < 70, "{}", chunks.len());
        let mut body = in_time(dripping(1, Duration::from_secs(1)));
        let end = loop {
            if let Some(Err(error)) = body.next().await {
                break error.kind();
            }
        };
        assert_eq!(end, io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_that_goes_on_is_heard_to_the_end() {
        let chunks: Vec<_> = in_time(dripping(32 << 10, Duration::from_secs(20))).collect().await;
        assert!(chunks.len() == 600 && chunks.iter().all(Result::is_ok));
    }
}

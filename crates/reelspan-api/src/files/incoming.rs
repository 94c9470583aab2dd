//! A body on its way in.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

/// What is read and thrown away of a body that was refused, so that its sender gets to hear why: one that is still sending
/// when the connection closes sees only that.
const MOST_UNHEARD: usize = 32 << 20;
const LONGEST_UNHEARD: Duration = Duration::from_secs(10);

/// The body's bytes, as they come.
pub(crate) fn incoming(body: Body) -> Incoming {
    Incoming { body: Some(body.into_data_stream()) }
}

pub(crate) struct Incoming {
    body: Option<BodyDataStream>,
}

impl Stream for Incoming {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let next = std::task::ready!(body.poll_next_unpin(context));
        if !matches!(next, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(next.map(|chunk| chunk.map_err(|_| io::ErrorKind::ConnectionAborted.into())))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let (Some(mut body), Ok(runtime)) = (self.body.take(), tokio::runtime::Handle::try_current()) else { return };
        runtime.spawn(tokio::time::timeout(LONGEST_UNHEARD, async move {
            let mut unheard = 0;
            while let Some(Ok(chunk)) = body.next().await {
                unheard += chunk.len();
                if unheard > MOST_UNHEARD {
                    return;
                }
            }
        }));
    }
}

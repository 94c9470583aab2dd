//! A body in stretches: each ends where it is long enough, where the client's does, or where it breaks off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// What a client says that its bytes sum up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

enum Summing {
    Sha1(Sha1, [u8; 20]),
    Sha256(Sha256, [u8; 32]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The client's body is over.
    Whole,
    /// The stretch is; there may be more.
    Full,
    /// The client is gone, or somebody else asks for the upload.
    BrokenOff,
}

/// A body; as a stream it is one stretch of it, and never fails.
pub(super) struct Stretch<S> {
    body: S,
    let_go: Pin<Box<WaitForCancellationFutureOwned>>,
    summing: Option<Summing>,
    /// What came beyond the stretch before.
    rest: Bytes,
    left: u64,
    end: Option<End>,
}

impl<S> Stretch<S> {
    pub(super) fn new(body: S, let_go: CancellationToken, checksum: Option<Checksum>) -> Self {
        let summing = checksum.map(|checksum| match checksum {
            Checksum::Sha1(sum) => Summing::Sha1(Sha1::new(), sum),
            Checksum::Sha256(sum) => Summing::Sha256(Sha256::new(), sum),
        });
        let let_go = Box::pin(let_go.cancelled_owned());
        Self { body, let_go, summing, rest: Bytes::new(), left: 0, end: None }
    }

    /// The next stretch, of so many bytes at most.
    pub(super) fn begin(&mut self, most: u64) {
        if self.end.is_none_or(|end| end == End::Full) {
            (self.left, self.end) = (most, None);
        }
    }

    pub(super) fn end(&self) -> End {
        self.end.unwrap_or(End::BrokenOff)
    }

    pub(super) fn is_checked(&self) -> bool {
        self.summing.is_some()
    }

    /// What came is what was said, as far as anything was said and all has come.
    pub(super) fn agrees(&self) -> bool {
        if self.end != Some(End::Whole) {
            return true;
        }
        match &self.summing {
            Some(Summing::Sha1(hash, sum)) => hash.clone().finalize()[..] == sum[..],
            Some(Summing::Sha256(hash, sum)) => hash.clone().finalize()[..] == sum[..],
            None => true,
        }
    }
}

impl<S> Stretch<S>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    /// Whether anything follows; what does is the next stretch's.
    pub(super) async fn has_more(&mut self) -> bool {
        while self.rest.is_empty() {
            match self.body.next().await {
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(_)) | None => return false,
            }
        }
        true
    }

    fn cut(&mut self, mut chunk: Bytes) -> Bytes {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        if chunk.len() > most {
            self.rest = chunk.split_off(most);
        }
        self.left -= chunk.len() as u64;
        match &mut self.summing {
            Some(Summing::Sha1(hash, _)) => hash.update(&chunk),
            Some(Summing::Sha256(hash, _)) => hash.update(&chunk),
            None => {}
        }
        chunk
    }

    fn over(&mut self, end: End) -> Poll<Option<io::Result<Bytes>>> {
        self.end = Some(end);
        Poll::Ready(None)
    }
}

impl<S> Stream for Stretch<S>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.end.is_some() {
            return Poll::Ready(None);
        }
        if this.left == 0 {
            return this.over(End::Full);
        }
        if this.let_go.as_mut().poll(context).is_ready() {
            return this.over(End::BrokenOff);
        }
        if !this.rest.is_empty() {
            let rest = std::mem::take(&mut this.rest);
            return Poll::Ready(Some(Ok(this.cut(rest))));
        }
        match Pin::new(&mut this.body).poll_next(context) {
            Poll::Ready(Some(Ok(chunk))) => Poll::Ready(Some(Ok(this.cut(chunk)))),
            Poll::Ready(Some(Err(_))) => this.over(End::BrokenOff),
            Poll::Ready(None) => this.over(End::Whole),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn stretches(chunks: Vec<io::Result<&'static [u8]>>, length: u64) -> (Vec<Vec<u8>>, End) {
        let chunks: Vec<_> = chunks.into_iter().map(|chunk| chunk.map(Bytes::from_static)).collect();
        let mut body = Stretch::new(stream::iter(chunks), CancellationToken::new(), None);
        let mut all = Vec::new();
        loop {
            body.begin(length);
            let mut one = Vec::new();
            while let Some(Ok(chunk)) = body.next().await {
                one.extend_from_slice(&chunk);
            }
            all.push(one);
            if body.end() != End::Full {
                return (all, body.end());
            }
        }
    }

    #[tokio::test]
    async fn a_body_is_cut_without_losing_a_byte() {
        let (all, end) = stretches(vec![Ok(b"abcdefg"), Ok(b"h"), Ok(b"ijk")], 3).await;
        assert_eq!((all.concat(), all.len(), end), (b"abcdefghijk".to_vec(), 4, End::Whole));
        let (all, end) = stretches(vec![Ok(b"abcd"), Err(io::ErrorKind::BrokenPipe.into())], 3).await;
        assert_eq!((all, end), (vec![b"abc".to_vec(), b"d".to_vec()], End::BrokenOff));
    }

    #[tokio::test]
    async fn sums_are_held_against_all_that_came() {
        let sum: [u8; 20] = Sha1::digest(b"hello").into();
        for (said, agrees) in [(sum, true), ([0; 20], false)] {
            let body = stream::iter([Ok(Bytes::from_static(b"hel")), Ok(Bytes::from_static(b"lo"))]);
            let mut body = Stretch::new(body, CancellationToken::new(), Some(Checksum::Sha1(said)));
            body.begin(u64::MAX);
            while body.next().await.is_some() {}
            assert_eq!((body.agrees(), body.end()), (agrees, End::Whole));
        }
    }

    #[tokio::test]
    async fn whoever_is_asked_to_let_go_ends_there() {
        let let_go = CancellationToken::new();
        let mut body = Stretch::new(stream::pending(), let_go.clone(), None);
        body.begin(9);
        let_go.cancel();
        assert!(body.next().await.is_none());
        assert_eq!(body.end(), End::BrokenOff);
    }
}

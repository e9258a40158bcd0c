//! A body as it comes off the wire.
//!
//! Knows: how much of it is taken, how long that may take, and what had arrived when it went wrong.
//! Must never know: what is in it.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::refusal::Reason;

/// How long a body may take to arrive.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How many bytes beyond the limit are read and thrown away. A client whose request is answered
/// while it is still sending may see a broken connection instead of the answer, and send again for
/// ever.
const THROWN_AWAY: u64 = 32 * 1024 * 1024;

/// What has arrived of a body, or all of it.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    /// The bytes, at most as many as are taken.
    pub bytes: Bytes,
    /// The size of the body in bytes: what it said, or what arrived if that is more.
    pub size: u64,
    /// Why it is not whole.
    pub flaw: Option<Reason>,
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn read(body: Body, limit: usize, timeout: Duration) -> Arrived {
    let said = body.size_hint().lower();
    let deadline = Instant::now() + timeout;
    let mut frames = body.into_data_stream();
    let mut collected = Collected::default();
    let mut arrived = 0u64;
    let flaw = loop {
        let frame = match timeout_at(deadline, frames.next()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => {
                break Some(Reason::BodyBroken {
                    cause: error.to_string(),
                });
            }
            Ok(None) if arrived > limit as u64 => break Some(Reason::BodyTooLarge { limit }),
            Ok(None) => break None,
            // Late or not: it was too large already.
            Err(_) if arrived > limit as u64 => break Some(Reason::BodyTooLarge { limit }),
            Err(_) => {
                break Some(Reason::BodyStalled {
                    seconds: timeout.as_secs(),
                });
            }
        };
        arrived += frame.len() as u64;
        collected.add(frame, limit);
        if arrived > limit as u64 + THROWN_AWAY {
            break Some(Reason::BodyTooLarge { limit });
        }
    };
    Arrived {
        bytes: collected.bytes(),
        size: said.max(arrived),
        flaw,
    }
}

/// Frames put together. Most bodies come in one frame, which is not copied.
#[derive(Default)]
struct Collected {
    first: Bytes,
    rest: Vec<u8>,
}

impl Collected {
    fn add(&mut self, frame: Bytes, limit: usize) {
        let room = limit - self.first.len().max(self.rest.len());
        let frame = frame.slice(..frame.len().min(room));
        if frame.is_empty() {
            return;
        }
        if self.first.is_empty() && self.rest.is_empty() {
            self.first = frame;
            return;
        }
        if self.rest.is_empty() {
            self.rest.extend_from_slice(&self.first);
            self.first = Bytes::new();
        }
        self.rest.extend_from_slice(&frame);
    }

    fn bytes(self) -> Bytes {
        if self.rest.is_empty() {
            self.first
        } else {
            self.rest.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Error;

    use futures_util::stream;

    use super::*;

    type Frame = Result<&'static str, Error>;

    fn body(frames: Vec<Frame>) -> Body {
        Body::from_stream(stream::iter(frames))
    }

    async fn arrived(body: Body, limit: usize) -> (Bytes, u64, Option<Reason>) {
        let Arrived { bytes, size, flaw } = read(body, limit, BODY_TIMEOUT).await;
        (bytes, size, flaw)
    }

    #[tokio::test]
    async fn frames_are_put_together_up_to_the_limit() {
        let whole = |frames| arrived(body(frames), 4);
        let bytes = Bytes::from_static;
        assert_eq!(whole(vec![]).await, (bytes(b""), 0, None));
        assert_eq!(whole(vec![Ok("abcd")]).await, (bytes(b"abcd"), 4, None));
        assert_eq!(
            whole(vec![Ok("a"), Ok(""), Ok("bc"), Ok("d")]).await,
            (bytes(b"abcd"), 4, None)
        );
        let too_large = Some(Reason::BodyTooLarge { limit: 4 });
        for frames in [
            vec![Ok("abcde")],
            vec![Ok("abc"), Ok("de")],
            vec![Ok("abcd"), Ok("e")],
        ] {
            assert_eq!(whole(frames).await, (bytes(b"abcd"), 5, too_large.clone()));
        }
        assert_eq!(
            arrived(Body::from("abcde"), 4).await,
            (bytes(b"abcd"), 5, too_large)
        );
    }

    #[tokio::test]
    async fn a_broken_body_keeps_what_had_arrived() {
        let frames = vec![Ok("ab"), Err(Error::other("gone"))];
        let (bytes, size, flaw) = arrived(body(frames), 4).await;
        assert_eq!((&*bytes, size), (b"ab".as_slice(), 2));
        assert!(matches!(flaw, Some(Reason::BodyBroken { cause }) if cause.contains("gone")));
    }

    #[tokio::test]
    async fn a_stalled_body_keeps_what_had_arrived() {
        let stalled = |text| {
            let frames = stream::iter([Frame::Ok(text)]).chain(stream::pending());
            read(Body::from_stream(frames), 4, Duration::ZERO)
        };
        let Arrived { bytes, size, flaw } = stalled("ab").await;
        assert_eq!((&*bytes, size), (b"ab".as_slice(), 2));
        assert_eq!(flaw, Some(Reason::BodyStalled { seconds: 0 }));
        let flaw = stalled("abcde").await.flaw;
        assert_eq!(flaw, Some(Reason::BodyTooLarge { limit: 4 }));
    }

    #[tokio::test]
    async fn an_endless_body_is_left_at_some_point() {
        let frame = "x".repeat(1024 * 1024);
        let frames = stream::repeat_with(move || Ok::<_, Error>(frame.clone()));
        let (bytes, size, flaw) = arrived(Body::from_stream(frames), 4).await;
        assert_eq!(bytes, "xxxx");
        assert!(size > THROWN_AWAY && size < 2 * THROWN_AWAY, "{size}");
        assert_eq!(flaw, Some(Reason::BodyTooLarge { limit: 4 }));
    }
}

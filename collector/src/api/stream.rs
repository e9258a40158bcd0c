//! Streams that tell a reader to look again.
//!
//! Knows: server-sent events, and that many commits in a moment are one change. A change carries no
//! rows: a merge rewrites the person of rows long past, so the reader asks again for what it shows.
//! Must never know: what has changed.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use futures_util::future::select_all;
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};
use tokio::sync::watch;
use tokio::sync::watch::error::RecvError;

use super::Api;
use super::error::ApiError;
use crate::store;

/// The least time between two changes.
const PAUSE: Duration = Duration::from_millis(100);

/// How often a quiet stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a stream tells of.
enum Source {
    Environment(watch::Receiver<store::Changes>),
    Unnamed(watch::Receiver<i64>),
}

impl Source {
    async fn changed(&mut self) -> Result<(), RecvError> {
        match self {
            Self::Environment(changes) => changes.changed().await,
            Self::Unnamed(last_refusal) => last_refusal.changed().await,
        }
    }

    /// The newest state, as members of an object.
    fn newest(&mut self) -> String {
        match self {
            Self::Environment(changes) => {
                let store::Changes {
                    last_seq,
                    last_refusal,
                    generation,
                } = *changes.borrow_and_update();
                format!(
                    "\"last_seq\":{last_seq},\"last_refusal\":{last_refusal},\"generation\":{generation}"
                )
            }
            Self::Unnamed(last_refusal) => {
                let last_refusal = *last_refusal.borrow_and_update();
                format!("\"last_unnamed_refusal\":{last_refusal}")
            }
        }
    }
}

type Boxed = Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>;
type Changes = Sse<KeepAliveStream<Boxed>>;

pub(super) async fn environment(
    State(api): State<Api>,
    Path(environment): Path<String>,
) -> Result<Changes, ApiError> {
    let changes_there = api.environment(&environment)?.writer.changes();
    let last_unnamed = api.environments.refusals.last_id();
    // Both on one stream: a browser opens six connections to one host, over all its windows.
    let sources = [
        Source::Environment(changes_there),
        Source::Unnamed(last_unnamed),
    ];
    Ok(changes(sources, api.stopped))
}

pub(super) async fn unnamed(State(api): State<Api>) -> Changes {
    let last_unnamed = api.environments.refusals.last_id();
    changes([Source::Unnamed(last_unnamed)], api.stopped)
}

/// A change at once and whenever one of the sources has moved, until the server stops.
fn changes<const N: usize>(sources: [Source; N], stopped: watch::Receiver<bool>) -> Changes {
    let moves = moves(sources, stopped, || tokio::time::sleep(PAUSE));
    let event = |newest: [String; N]| {
        let data = format!("{{{}}}", newest.join(","));
        Ok(Event::default().event("change").data(data))
    };
    let events: Boxed = Box::pin(moves.map(event));
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

/// The sources' states at once, then their newest ones whenever one has moved and the pause since
/// the last time is over. There is at least one source.
fn moves<P: Future<Output = ()> + Send, const N: usize>(
    sources: [Source; N],
    stopped: watch::Receiver<bool>,
    pause: impl Fn() -> P + Send + Sync,
) -> impl Stream<Item = [String; N]> + Send {
    const { assert!(N > 0, "a stream of nothing never ends its wait") };
    let start = (sources, stopped, pause, true);
    unfold(
        start,
        |(mut sources, mut stopped, pause, is_first)| async move {
            if !is_first {
                let moved = async {
                    pause().await;
                    let each = sources.iter_mut().map(|source| Box::pin(source.changed()));
                    select_all(each).await.0
                };
                tokio::select! {
                    moved = moved => moved.ok()?,
                    _ = stopped.wait_for(|stopped| *stopped) => return None,
                }
            }
            let newest = sources.each_mut().map(Source::newest);
            Some((newest, (sources, stopped, pause, false)))
        },
    )
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;
    use tokio::sync::Semaphore;

    use super::*;

    fn state(last_seq: i64, last_id: i64) -> Option<[String; 2]> {
        Some([
            format!("\"last_seq\":{last_seq},\"last_refusal\":0,\"generation\":0"),
            format!("\"last_unnamed_refusal\":{last_id}"),
        ])
    }

    fn at(last_seq: i64) -> store::Changes {
        store::Changes {
            last_seq,
            ..store::Changes::default()
        }
    }

    #[tokio::test]
    async fn moves_within_a_pause_are_one() {
        let (announce, changes) = watch::channel(at(0));
        let (announce_other, last_id) = watch::channel(7);
        let sources = [Source::Environment(changes), Source::Unnamed(last_id)];
        let (_stop, stopped) = watch::channel(false);
        let pauses = Semaphore::new(0);
        let pause = || async { pauses.acquire().await.unwrap().forget() };
        let mut moves = pin!(moves(sources, stopped, pause));
        assert_eq!(moves.next().await, state(0, 7));
        for number in 1..=3 {
            announce.send_replace(at(number));
            assert_eq!(moves.next().now_or_never(), None, "the pause is not over");
        }
        pauses.add_permits(1);
        assert_eq!(moves.next().await, state(3, 7));
        announce_other.send_replace(8);
        pauses.add_permits(1);
        assert_eq!(moves.next().await, state(3, 8), "either one is a move");
        pauses.add_permits(1);
        assert_eq!(moves.next().now_or_never(), None, "nothing has moved");
    }

    #[tokio::test]
    async fn a_stop_ends_the_stream_in_its_pause() {
        let (_announce, last_id) = watch::channel(0);
        let sources = [Source::Unnamed(last_id)];
        let (stop, stopped) = watch::channel(false);
        let mut moves = pin!(moves(sources, stopped, std::future::pending));
        assert_eq!(
            moves.next().await,
            Some(["\"last_unnamed_refusal\":0".to_owned()])
        );
        stop.send_replace(true);
        assert_eq!(moves.next().await, None);
    }
}

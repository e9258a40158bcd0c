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
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};
use tokio::sync::watch;

use super::Api;
use super::error::ApiError;

/// The least time between two changes.
const PAUSE: Duration = Duration::from_millis(100);

/// How often a quiet stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

type Number = watch::Receiver<i64>;
type Boxed = Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>;
type Changes = Sse<KeepAliveStream<Boxed>>;

pub(super) async fn events(
    State(api): State<Api>,
    Path(environment): Path<String>,
) -> Result<Changes, ApiError> {
    let last_seq = api.environment(&environment)?.writer.last_seq();
    Ok(changes("last_seq", last_seq, api.stopped))
}

pub(super) async fn refusals(State(api): State<Api>) -> Changes {
    changes("last_id", api.environments.refusals.last_id(), api.stopped)
}

/// A change at once and whenever the number has moved, until the server stops.
fn changes(field: &'static str, number: Number, stopped: watch::Receiver<bool>) -> Changes {
    let moves = moves(number, stopped, || tokio::time::sleep(PAUSE));
    let event = move |number| {
        let data = format!("{{\"{field}\":{number}}}");
        Ok(Event::default().event("change").data(data))
    };
    let events: Boxed = Box::pin(moves.map(event));
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

/// The number at once, then its newest value whenever it has moved and the pause since the last one
/// is over.
fn moves<P: Future<Output = ()> + Send>(
    number: Number,
    stopped: watch::Receiver<bool>,
    pause: impl Fn() -> P + Send + Sync,
) -> impl Stream<Item = i64> + Send {
    let start = (number, stopped, pause, true);
    unfold(
        start,
        |(mut number, mut stopped, pause, is_first)| async move {
            if !is_first {
                let moved = async {
                    pause().await;
                    number.changed().await
                };
                tokio::select! {
                    moved = moved => moved.ok()?,
                    _ = stopped.wait_for(|stopped| *stopped) => return None,
                }
            }
            let newest = *number.borrow_and_update();
            Some((newest, (number, stopped, pause, false)))
        },
    )
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn moves_within_a_pause_are_one() {
        let (announce, number) = watch::channel(0);
        let (_stop, stopped) = watch::channel(false);
        let pauses = Semaphore::new(0);
        let pause = || async { pauses.acquire().await.unwrap().forget() };
        let mut moves = pin!(moves(number, stopped, pause));
        assert_eq!(moves.next().await, Some(0));
        for number in 1..=3 {
            announce.send_replace(number);
            assert_eq!(moves.next().now_or_never(), None, "the pause is not over");
        }
        pauses.add_permits(1);
        assert_eq!(moves.next().await, Some(3));
        pauses.add_permits(1);
        assert_eq!(moves.next().now_or_never(), None, "nothing has moved");
    }

    #[tokio::test]
    async fn a_stop_ends_the_stream_in_its_pause() {
        let (_announce, number) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let mut moves = pin!(moves(number, stopped, std::future::pending));
        assert_eq!(moves.next().await, Some(0));
        stop.send_replace(true);
        assert_eq!(moves.next().await, None);
    }
}

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
    let last_id = api.environments.refusals.last_id();
    // Both on one stream: a browser opens six connections to one host, over all its windows.
    let numbers = [("last_seq", last_seq), ("last_id", last_id)];
    Ok(changes(numbers, api.stopped))
}

pub(super) async fn refusals(State(api): State<Api>) -> Changes {
    let last_id = api.environments.refusals.last_id();
    changes([("last_id", last_id)], api.stopped)
}

/// A change at once and whenever one of the numbers has moved, until the server stops.
fn changes<const N: usize>(
    numbers: [(&'static str, Number); N],
    stopped: watch::Receiver<bool>,
) -> Changes {
    let fields = numbers.each_ref().map(|(field, _)| *field);
    let numbers = numbers.map(|(_, number)| number);
    let moves = moves(numbers, stopped, || tokio::time::sleep(PAUSE));
    let event = move |newest: [i64; N]| {
        let member = |(field, number)| format!("\"{field}\":{number}");
        let members: Vec<_> = fields.iter().zip(newest).map(member).collect();
        let data = format!("{{{}}}", members.join(","));
        Ok(Event::default().event("change").data(data))
    };
    let events: Boxed = Box::pin(moves.map(event));
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

/// The numbers at once, then their newest values whenever one has moved and the pause since the
/// last time is over. There is at least one number.
fn moves<P: Future<Output = ()> + Send, const N: usize>(
    numbers: [Number; N],
    stopped: watch::Receiver<bool>,
    pause: impl Fn() -> P + Send + Sync,
) -> impl Stream<Item = [i64; N]> + Send {
    const { assert!(N > 0, "a stream of nothing never ends its wait") };
    let start = (numbers, stopped, pause, true);
    unfold(
        start,
        |(mut numbers, mut stopped, pause, is_first)| async move {
            if !is_first {
                let moved = async {
                    pause().await;
                    let each = numbers.iter_mut().map(|number| Box::pin(number.changed()));
                    select_all(each).await.0
                };
                tokio::select! {
                    moved = moved => moved.ok()?,
                    _ = stopped.wait_for(|stopped| *stopped) => return None,
                }
            }
            let newest = numbers.each_mut().map(|number| *number.borrow_and_update());
            Some((newest, (numbers, stopped, pause, false)))
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
        let (announce_other, other) = watch::channel(7);
        let (_stop, stopped) = watch::channel(false);
        let pauses = Semaphore::new(0);
        let pause = || async { pauses.acquire().await.unwrap().forget() };
        let mut moves = pin!(moves([number, other], stopped, pause));
        assert_eq!(moves.next().await, Some([0, 7]));
        for number in 1..=3 {
            announce.send_replace(number);
            assert_eq!(moves.next().now_or_never(), None, "the pause is not over");
        }
        pauses.add_permits(1);
        assert_eq!(moves.next().await, Some([3, 7]));
        announce_other.send_replace(8);
        pauses.add_permits(1);
        assert_eq!(moves.next().await, Some([3, 8]), "either one is a move");
        pauses.add_permits(1);
        assert_eq!(moves.next().now_or_never(), None, "nothing has moved");
    }

    #[tokio::test]
    async fn a_stop_ends_the_stream_in_its_pause() {
        let (_announce, number) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let mut moves = pin!(moves([number], stopped, std::future::pending));
        assert_eq!(moves.next().await, Some([0]));
        stop.send_replace(true);
        assert_eq!(moves.next().await, None);
    }
}

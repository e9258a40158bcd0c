//! Streams that tell a reader to look again.
//!
//! Knows: server-sent events, and that many commits in a moment are one change. A change carries no
//! rows: a merge rewrites the person of rows long past, so the reader asks again for what it shows.
//! Must never know: what has changed.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::watch;

use super::Api;
use super::error::ApiError;

/// The least time between two changes.
const PAUSE: Duration = Duration::from_millis(100);

/// How often a quiet stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

type Changes = Sse<
    axum::response::sse::KeepAliveStream<
        std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>,
    >,
>;

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
fn changes(
    field: &'static str,
    number: watch::Receiver<i64>,
    stopped: watch::Receiver<bool>,
) -> Changes {
    let stream = unfold(
        (number, stopped, true),
        move |(mut number, mut stopped, is_first)| async move {
            if !is_first {
                let moved = async {
                    tokio::time::sleep(PAUSE).await;
                    number.changed().await
                };
                tokio::select! {
                    moved = moved => moved.ok()?,
                    _ = stopped.wait_for(|stopped| *stopped) => return None,
                }
            }
            let data = format!("{{\"{field}\":{}}}", *number.borrow_and_update());
            Some((
                Ok(Event::default().event("change").data(data)),
                (number, stopped, false),
            ))
        },
    );
    let stream: std::pin::Pin<Box<dyn Stream<Item = _> + Send>> = Box::pin(stream);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

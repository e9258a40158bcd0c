//! A request of the first version, over HTTP.
//!
//! Knows: its paths, its limit, and the order in which it is refused, stored and answered. Must
//! never know: headers or fields.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::response::Response;

use super::head::Head;
use super::{answer, batch};
use crate::environment::Environment;
use crate::ingest::Refused;
use crate::ingest::arrival::Arrival;
use crate::ingest::refusal::Reason;
use crate::ingest::service::Ingest;
use crate::ingest::wire::{self, Arrived};
use crate::store::Receipt;

/// Its paths.
pub(in crate::ingest) const PATHS: [&str; 2] =
    ["/i/v1/analytics/events", "/i/v1/analytics/events/"];

/// The largest body, in bytes (PostHog: 10 MiB).
const LIMIT: usize = 10 * 1024 * 1024;

/// Takes a request.
pub(in crate::ingest) async fn receive(
    State(ingest): State<Ingest>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: HttpRequest,
) -> Response {
    let now = (ingest.now)();
    let (parts, body) = request.into_parts();
    let arrival = Arrival::new(now, &parts);
    let Arrived { bytes, size, flaw } = wire::read(body, LIMIT, wire::BODY_TIMEOUT).await;
    let kept = bytes.clone();
    let head = match flaw {
        Some(flaw) => Err(Refused::without_environment(flaw.into())),
        None => known(&ingest, Head::read(&parts.headers)),
    };
    let (head, environment) = match head {
        Ok(known) => known,
        Err(refused) => return refuse(&ingest, arrival.with_body(kept, size), *refused).await,
    };
    let token = head.token.clone();
    let is_plain = head.encoding.is_none();
    let opened = ingest
        .decode(bytes.len(), is_plain, move || {
            batch::open(&bytes, &head, now, Some(peer.ip()))
        })
        .await;
    let (opened, permit) = match opened {
        Ok((Ok(opened), permit)) => (opened, permit),
        Ok((Err(refusal), permit)) => {
            drop(permit);
            let refused = Refused {
                refusal,
                token: Some(token),
                environment: Some(environment),
            };
            return refuse(&ingest, arrival.with_body(kept, size), refused).await;
        }
        Err(error) => return answer::unavailable(&error),
    };
    let arrival = arrival.with_body(kept, size);
    let stored = if opened.events.is_empty() {
        Ok(Receipt::default())
    } else {
        ingest.store(&environment, opened.events, now, permit).await
    };
    match stored {
        Ok(mut receipt) => {
            receipt.dropped.extend(opened.dropped);
            receipt.dropped.sort_by_key(|dropped| dropped.index);
            arrival.keep_dropped(&environment, &receipt).await;
            answer::results(&opened.uuids, &receipt.dropped)
        }
        Err(error) => answer::unavailable(&error),
    }
}

type Known = (Head, Arc<Environment>);

/// The environment of a request's key.
fn known(
    ingest: &Ingest,
    head: Result<Head, Reason>,
) -> Result<Known, Box<Refused<Arc<Environment>>>> {
    let head = head.map_err(|reason| Refused::without_environment(reason.into()))?;
    match ingest.environments.by_key(&head.token) {
        Some(environment) => Ok((head, Arc::clone(environment))),
        None => Err(Refused::unknown(head.token)),
    }
}

/// Logs a refusal as every other, and answers it in JSON.
async fn refuse(ingest: &Ingest, arrival: Arrival, refused: Refused<Arc<Environment>>) -> Response {
    let answer = answer::refusal(&refused.refusal);
    ingest.refuse(arrival, refused).await;
    answer
}

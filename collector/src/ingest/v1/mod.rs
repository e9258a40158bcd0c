//! The first version of PostHog's batch protocol: `POST /i/v1/analytics/events`.
//!
//! Knows: its headers, its body, and that each event has a result of its own. Must never know: how
//! a body is inflated or a token looks, which it shares with the older protocol.
//!
//! A request walks `head` (headers), `batch` (bytes → the events' texts), `event` with `options`
//! (one text → one event, or the `flaw` for which it is let go) and `answer` (results, and refusals
//! in JSON). `receive` is what knows HTTP;
//! [`open`] is the way without it.

mod answer;
mod batch;
mod event;
mod flaw;
mod head;
mod options;
mod receive;

pub use batch::{Batch, open};
pub use head::Head;
pub(super) use receive::{PATHS, receive};

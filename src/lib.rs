//! The Backstitch core: PostHog-compatible analytics without any I/O.
//!
//! # Contract
//! The core holds no clock, no randomness, no storage and no network. A
//! [`Client`](client::Client) is *told* what happened, with the time and the
//! page's facts as arguments, and *says* what to do: after every call the shell
//! carries out each [`Effect`](effect::Effect) that was
//! [`asked`](client::Client::asked) for. Effects run when no call into the core is under
//! way, because a page's own code may run in them and call again. So one and
//! the same code runs in the browser, in native tests and under simulation.
//!
//! # Map, along the data's way
//! - [`client`]: one method for each thing that can happen.
//! - Who, when, with what: [`identity`], [`session`], [`page`], [`campaign`],
//!   [`config`].
//! - [`visitor`]: what tabs share of that, and which copy of it is right.
//! - [`properties`]: what of all that is on an event.
//! - [`event`]: a finished event, as text.
//! - [`limit`]: how much a page may capture.
//! - [`queue`], [`retry`]: what waits; what an answer means, and when next. What of it
//!   survives the page is in `client/outbox.rs`, `page_end.rs` and `adoption.rs`.
//! - [`effect`], [`error`]: what the core asks of the world.
//! - [`saved`]: what is kept between pages, in posthog-js's own form.
//! - Leaves without state: [`json`], [`id`], [`time`], [`text`].
//! - [`exports`]: the skin for the JavaScript shim; `runtime`: what its build has
//!   instead of std.

#![no_std]
#![warn(missing_docs)]
#![allow(
    clippy::single_char_add_str,
    reason = "appending characters costs the page a decoder of UTF-8"
)]

extern crate alloc;

pub mod campaign;
pub mod client;
pub mod config;
pub mod effect;
pub mod error;
pub mod event;
pub mod exports;
pub mod id;
pub mod identity;
pub mod json;
pub mod limit;
pub mod page;
pub mod properties;
pub mod queue;
pub mod retry;
pub mod saved;
pub mod session;
pub mod text;
pub mod time;
pub mod visitor;

#[cfg(all(feature = "small", target_arch = "wasm32"))]
mod runtime;

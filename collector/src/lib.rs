//! A local collector for events: it takes what PostHog's clients and Backstitch send, makes persons
//! of it by PostHog's rules, keeps all of it in SQLite, and shows it live.
//!
//! # Layout
//! An event walks this way once, and each module does one thing to it:
//!
//! - [`ingest`]: bytes from the wire become events, or a refusal that names the event and the
//!   field.
//! - [`persons`]: which person an event belongs to, and what it changes about them. Pure: no clock,
//!   no I/O, no randomness.
//! - [`store`]: one SQLite file and one writer for each environment; answered after the commit.
//! - [`query`]: reads rows, each reader with a connection of its own.
//! - [`sdk`]: what SDKs ask of the same host: flags, their configuration, the script itself.
//! - [`api`]: JSON and live streams for scripts and for the [`page`].
//!
//! Around it: [`config`] (what the collector is told), [`environment`] (a name, a key, a file),
//! [`server`] (puts it on a port, and stops it in order), [`metrics`] (what it does, in numbers).
//! Leaves: [`event`], [`json`], [`instant`], [`warning`], `cors`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod api;
pub mod config;
mod cors;
pub mod environment;
pub mod event;
pub mod ingest;
pub mod instant;
pub mod json;
pub mod metrics;
pub mod page;
pub mod persons;
pub mod query;
pub mod sdk;
pub mod server;
pub mod store;
pub mod warning;

pub use config::Config;
pub use server::Server;

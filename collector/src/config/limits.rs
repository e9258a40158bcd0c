//! What one client may take of the server.
//!
//! Knows: the numbers. They are no fields of the config file; tests set smaller ones.

use std::time::Duration;

/// What one client may take of the server. Bodies have limits of their own, path by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections that are open at once; further ones wait until one of them ends.
    pub connections: usize,
    /// How long a connection may take to send the head of its next request, in which time it may
    /// also idle; it is closed then.
    pub head: Duration,
    /// How long a body may pause; its request fails then. Ingestion has a shorter limit, for all of
    /// a body.
    pub body: Duration,
    /// Bytes of a request's line and headers; more are answered with 431. A line may hold events.
    pub head_bytes: usize,
    /// Headers of a request; more are answered with 431.
    pub headers: usize,
    /// How long a stop waits for requests that are under way.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            head: Duration::from_secs(30),
            body: Duration::from_secs(60),
            head_bytes: 64 * 1024,
            headers: 100,
            grace: Duration::from_secs(10),
        }
    }
}

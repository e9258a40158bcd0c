//! All that the core may ask of the world. Knows no browser: a shell carries
//! an effect out, and tells the client what came of it.

use alloc::string::String;

use crate::error::Error;
use crate::time::Millis;

/// Where a record is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Store {
    /// What all tabs of an origin share and a restart keeps: localStorage.
    Shared,
    /// What is this tab's alone: sessionStorage.
    Tab,
}

/// One thing for the shell to do, in the order in which they were asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Put a record into a store, in place of what is there.
    Save {
        /// The store.
        store: Store,
        /// The record's name there.
        key: String,
        /// Its new content.
        text: String,
    },
    /// `POST` a batch, then call [`Client::answered`](crate::client::Client::answered)
    /// with the same number.
    Send {
        /// The number of this request.
        request: u32,
        /// Where to.
        url: String,
        /// The batch, as JSON.
        body: String,
        /// The page may be gone in a moment: nothing asynchronous may stand
        /// between now and the request, and the browser must finish it alone.
        last: bool,
    },
    /// Call [`Client::wake`](crate::client::Client::wake) at this time. It
    /// replaces the one before.
    Wake {
        /// When, in milliseconds since 1970.
        at: Millis,
    },
    /// Tell the site's developer.
    Report {
        /// What went wrong.
        error: Error,
        /// The value at fault, or what the server said of it.
        detail: String,
    },
}

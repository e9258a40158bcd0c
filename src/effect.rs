//! All that the core may ask of the world. Knows no browser: a shell carries
//! an effect out, and tells the client what came of it.

use alloc::string::String;

use crate::error::Error;
use crate::time::Millis;

/// What is kept between pages, each under the name that posthog-js gives it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Record {
    /// Who this is, in which session, with which super properties: localStorage,
    /// `ph_<token>_posthog`. All tabs of an origin share it.
    Shared,
    /// What brought the visitor to this tab: sessionStorage, the same name.
    Tab,
    /// The tab's window id, as plain text: sessionStorage,
    /// `ph_<token>_window_id`.
    Window,
}

/// One thing for the shell to do, in the order in which they were asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Keep a record, in place of what is there.
    Save {
        /// Which.
        record: Record,
        /// Its new content.
        text: String,
    },
    /// `POST` a batch to [`Client::url`](crate::client::Client::url), then call [`Client::answered`](crate::client::Client::answered)
    /// with the same number.
    Send {
        /// The number of this request.
        request: u32,
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

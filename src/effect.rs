//! All that the core may ask of the world. Knows no browser: a shell carries
//! an effect out, and tells the client what came of it.

use alloc::string::String;

use crate::error::Error;
use crate::time::Millis;

/// What is kept between pages. The main store is localStorage, the cookie or
/// sessionStorage, by the option `persistence`. Where that is localStorage and
/// the cookie, a shell writes the first two records to the cookie as well: all
/// of [`Record::Own`], and of [`Record::Shared`] what posthog-js keeps there.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u32)]
pub enum Record {
    /// Who this is, in which session, with which super properties, as
    /// posthog-js keeps it: main store, `ph_<token>_posthog`.
    Shared = 1,
    /// Our own beside it: main store, `backstitch_<token>`.
    Own = 2,
    /// What brought the visitor to this tab: sessionStorage,
    /// `ph_<token>_posthog`.
    Tab = 5,
    /// The tab's window id, as plain text: sessionStorage,
    /// `ph_<token>_window_id`.
    Window = 6,
    /// What a page could not send at its end, as an array: localStorage,
    /// `backstitch_<token>_unsent`.
    Unsent = 7,
    /// [`Record::Own`] once more: IndexedDB, which a kill of the browser takes
    /// nothing from.
    State = 8,
}

/// One thing for the shell to do, in the order in which they were asked for.
#[derive(Clone, Debug, Hash, PartialEq)]
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
        /// The batch, as JSON; the shell adds a member `sent_at` that says when
        /// it was really sent, as the wire writes it.
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
    /// Open the database, and call [`Client::kept`](crate::client::Client::kept) then.
    Open,
    /// Claim an anonymous id for an account in the database, where no account
    /// has yet, and call [`Client::claimed`](crate::client::Client::claimed) with who has it once that
    /// is committed.
    Claim {
        /// The anonymous id.
        anonymous_id: String,
        /// The account, as [`hash`](crate::visitor::hash) writes it.
        account: u64,
    },
    /// Tell the site's developer.
    Report {
        /// What went wrong.
        error: Error,
        /// The value at fault, or what the server said of it.
        detail: String,
    },
}

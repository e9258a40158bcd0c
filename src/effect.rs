//! All that the core may ask of the world, and how that is written: a line for
//! each effect, its fields between tabs, which JSON has none of. Knows no
//! browser: a shell carries an effect out, and tells the client what came of it.

use alloc::string::String;

use crate::error::Error;
use crate::json::whole;
use crate::text::{filled, split};
use crate::time::{Millis, decimal};

/// The kinds of effects, as their lines begin: keep the text as the record of
/// that number.
pub const SAVE: u64 = 1;
/// `POST`: the number is the request's, the texts are the address and the body.
pub const SEND: u64 = 2;
/// The same, from a page that may be gone in a moment.
pub const SEND_LAST: u64 = 3;
/// Wake the client at the time that is the number.
pub const WAKE_AT: u64 = 4;
/// Report the error of that number; the texts are its detail, and in the debug
/// build what it means.
pub const REPORT: u64 = 5;
/// Open the database.
pub const OPEN: u64 = 6;
/// Claim the anonymous id that is the text for the account of that number.
pub const CLAIM: u64 = 7;

/// What is kept between pages. The main store is localStorage, the cookie or
/// sessionStorage, by the option `persistence`. Where that is localStorage and
/// the cookie, a shell writes the first two records to the cookie as well: all
/// of [`Record::Own`], and of [`Record::Shared`] what posthog-js keeps there.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
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

impl Record {
    /// Every record there is.
    pub const ALL: [Record; 6] = [
        Record::Shared,
        Record::Own,
        Record::Tab,
        Record::Window,
        Record::Unsent,
        Record::State,
    ];
}

/// One thing for the shell to do, in the order in which they were asked for.
#[derive(Clone, Debug, Hash, PartialEq)]
pub enum Effect<Text = String> {
    /// Keep a record, in place of what is there.
    Save {
        /// Which.
        record: Record,
        /// Its new content.
        text: Text,
    },
    /// `POST` a batch, then call [`Client::answered`](crate::client::Client::answered)
    /// with the same number.
    Send {
        /// The number of this request.
        request: u32,
        /// Where to.
        url: Text,
        /// The batch, as JSON.
        body: Text,
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
        anonymous_id: Text,
        /// The account, as [`hash`](crate::visitor::hash) writes it.
        account: u64,
    },
    /// Tell the site's developer.
    Report {
        /// What went wrong.
        error: Error,
        /// The value at fault, or what the server said of it.
        detail: Text,
    },
}

impl Effect<&str> {
    /// Writes it down: kind, number and two texts. Wherever an effect is asked for,
    /// its kind is known: inlined, this chooses nothing.
    #[inline(always)]
    pub fn write(self, out: &mut String) {
        match self {
            Effect::Save { record, text } => push(out, SAVE, record as u64, text, ""),
            Effect::Send {
                request,
                url,
                body,
                last,
            } => {
                let kind = if last { SEND_LAST } else { SEND };
                push(out, kind, request.into(), url, body);
            }
            Effect::Wake { at } => push(out, WAKE_AT, at, "", ""),
            Effect::Open => push(out, OPEN, 0, "", ""),
            Effect::Claim {
                anonymous_id,
                account,
            } => push(out, CLAIM, account, anonymous_id, ""),
            Effect::Report { error, detail } => {
                let explains = cfg!(feature = "messages");
                let message = if explains { error.message() } else { "" };
                push(out, REPORT, error.number().into(), detail, message);
            }
        }
    }
}

#[inline(never)]
fn push(out: &mut String, kind: u64, number: u64, text: &str, more: &str) {
    out.push_str(&filled(
        "%\t%\t%\t%\n",
        &[&decimal(kind), &decimal(number), text, more],
    ));
}

impl Effect {
    /// The one that is written on a line.
    pub fn read(line: &str) -> Option<Self> {
        let mut fields = split(line, b'\t');
        let kind = whole(fields.next()?)?;
        let number = whole(fields.next()?)?;
        let text = fields.next()?.into();
        let more = fields.next()?.into();
        Some(match kind {
            SAVE => Effect::Save {
                record: Record::ALL
                    .into_iter()
                    .find(|record| *record as u64 == number)?,
                text,
            },
            SEND | SEND_LAST => Effect::Send {
                request: number.try_into().ok()?,
                url: text,
                body: more,
                last: kind == SEND_LAST,
            },
            WAKE_AT => Effect::Wake { at: number },
            OPEN => Effect::Open,
            CLAIM => Effect::Claim {
                anonymous_id: text,
                account: number,
            },
            REPORT => Effect::Report {
                error: Error::ALL
                    .into_iter()
                    .find(|error| u64::from(error.number()) == number)?,
                detail: text,
            },
            _ => return None,
        })
    }
}

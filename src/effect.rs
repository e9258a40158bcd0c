//! All that the core may ask of the world, and how that is written: a line for
//! each effect, its fields between tabs, which JSON has none of. Knows no
//! browser: a shell carries an effect out, and tells the client what came of it.

use alloc::string::String;

use crate::error::Error;
use crate::json::whole;
use crate::text::{fill, split};
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
/// Open the database, as the page of that number.
pub const OPEN: u64 = 6;
/// Claim the anonymous id that is the text for the account of that number.
pub const CLAIM: u64 = 7;
/// Keep the event that is the text under that sequence.
pub const KEEP: u64 = 8;
/// Forget the events from that sequence to the one that is the text.
pub const FORGET: u64 = 9;
/// Let the lease last until that time.
pub const LEASE: u64 = 10;
/// Adopt what pages left that are gone: the number is the first sequence, the text
/// names pages that are gone for certain.
pub const ADOPT: u64 = 11;
/// Erase the last words of the page of that number.
pub const ERASE: u64 = 12;
/// Tell the page that so many events were sent, and so many, the text, wait.
pub const FLUSHED: u64 = 13;

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
    /// A page's last words: localStorage, `backstitch_<token>_unsent_<page>`. An
    /// object: `page`, `until` when it may be taken over (0: at once), `done`, up
    /// to which sequence its events have arrived, whether some are `kept` besides,
    /// and `events`, which are not.
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
        /// The batch, as JSON; the shell adds a member `sent_at` that says when
        /// it was really sent, as the wire writes it.
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
    Open {
        /// By which name this page keeps events there: a number that no other has.
        page: u64,
    },
    /// Keep an event in the database under this page and a sequence, in place of
    /// what is there, in one transaction with all that is asked for in this task; call
    /// [`Client::stored`](crate::client::Client::stored) when that is committed.
    Keep {
        /// Its place in the order of this page's events.
        sequence: u64,
        /// The event.
        event: Text,
    },
    /// Forget this page's events of some sequences.
    Forget {
        /// The first of them.
        first: u64,
        /// The last.
        last: u64,
    },
    /// Note until when what this page keeps is its own.
    Lease {
        /// In milliseconds since 1970.
        until: Millis,
    },
    /// In one transaction, make the events of other pages this one's: of those
    /// that have no lease, whose lease is over, or would last more than ten minutes,
    /// and of those that are named. Then call [`Client::adopted`](crate::client::Client::adopted).
    Adopt {
        /// The sequence of the first such event; the next ones follow.
        first: u64,
        /// Pages that are gone for certain, each with the sequence up to which its events
        /// have arrived and are to be forgotten: `page sequence,page sequence,`.
        gone: Text,
    },
    /// Erase the last words of another page.
    Erase {
        /// Its name.
        page: u64,
    },
    /// Tell the page what came of [`Client::flush`](crate::client::Client::flush).
    Flushed {
        /// How many events the server has taken since.
        sent: u64,
        /// How many still wait.
        pending: u64,
    },
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
            Effect::Open { page } => push(out, OPEN, page, "", ""),
            Effect::Keep { sequence, event } => push(out, KEEP, sequence, event, ""),
            Effect::Forget { first, last } => push(out, FORGET, first, &decimal(last), ""),
            Effect::Lease { until } => push(out, LEASE, until, "", ""),
            Effect::Adopt { first, gone } => push(out, ADOPT, first, gone, ""),
            Effect::Erase { page } => push(out, ERASE, page, "", ""),
            Effect::Flushed { sent, pending } => push(out, FLUSHED, sent, &decimal(pending), ""),
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
    fill(
        out,
        "%\t%\t%\t%\n",
        &[&decimal(kind), &decimal(number), text, more],
    );
}

impl Effect {
    /// The one that is written on a line.
    pub fn read(line: &str) -> Option<Self> {
        let mut fields = split(line, b'\t');
        let kind = whole(fields.next()?)?;
        let number = whole(fields.next()?)?;
        let text: String = fields.next()?.into();
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
            OPEN => Effect::Open { page: number },
            KEEP => Effect::Keep {
                sequence: number,
                event: text,
            },
            FORGET => Effect::Forget {
                first: number,
                last: whole(&text)?,
            },
            LEASE => Effect::Lease { until: number },
            ADOPT => Effect::Adopt {
                first: number,
                gone: text,
            },
            ERASE => Effect::Erase { page: number },
            FLUSHED => Effect::Flushed {
                sent: number,
                pending: whole(&text)?,
            },
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

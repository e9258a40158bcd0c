//! The real core, and how it is spoken to: every call that is made here, and every effect as this
//! world needs it. Must never know what a call is for, or how an effect is done.

use backstitch::client::{Client, Here, Records, Start};
use backstitch::effect::{Effect, Record};
use backstitch::error::Error;
use backstitch::time::Millis;

use crate::agenda::Answer;

const TOKEN: &str = "t";
/// So long a shell has the core wait when the quota is used up.
const LIMITED: Millis = 60_000;

/// A page's core.
#[derive(Clone, Debug)]
pub struct Core(Client);

/// How it begins.
pub struct Beginning<'a> {
    pub now: Millis,
    pub entropy: &'a str,
    pub options: &'a str,
    pub window_id: &'a str,
    pub tab: &'a str,
    pub shared: &'a str,
    pub own: &'a str,
}

/// What it asks for.
#[derive(Clone, Debug)]
pub enum Asked {
    Save(Record, String),
    Send {
        number: u32,
        body: String,
        last: bool,
    },
    Wake(Millis),
    Report(Error, String),
    Open {
        name: u32,
    },
    Claim {
        anonymous_id: String,
        account: u64,
    },
    Keep {
        sequence: u64,
        event: String,
    },
    Forget {
        first: u64,
        last: u64,
    },
    Lease {
        until: Millis,
    },
    Adopt {
        first: u64,
        gone: Vec<(u32, u64)>,
    },
    Erase {
        page: u32,
    },
    Flushed {
        sent: u64,
        pending: u64,
    },
}

impl Core {
    /// # Panics
    /// If the options are not good.
    pub fn new(beginning: &Beginning) -> Self {
        let client = Client::new(Start {
            now: beginning.now,
            entropy: beginning.entropy,
            token: TOKEN,
            window_id: beginning.window_id,
            options: beginning.options,
            tab: beginning.tab,
            time: &moment(beginning.now),
            records: Records {
                shared: beginning.shared,
                own: beginning.own,
                ..Records::default()
            },
            ..Start::default()
        });
        Core(client.expect("the options are good"))
    }

    /// Captures an event; nothing if it was refused.
    pub fn capture(&mut self, now: Millis, name: &str, properties: &str, options: &str) -> String {
        let here = Here {
            page: "",
            time: &moment(now),
        };
        self.0.capture(now, here, name, properties, options)
    }

    pub fn sync(&mut self, shared: &str, own: &str) {
        self.0.sync(
            "",
            Records {
                shared,
                own,
                ..Records::default()
            },
        );
    }

    pub fn kept(&mut self, now: Millis, state: &str, durable: bool) {
        self.0.kept(now, state, durable);
    }

    pub fn claimed(&mut self, now: Millis, anonymous_id: &str, holder: Option<u64>) {
        self.0.claimed(now, anonymous_id, holder);
    }

    /// A yes that is none, because the quota is used up, is told as a shell tells it.
    pub fn answered(&mut self, now: Millis, number: u32, answer: Answer) {
        let Answer {
            status,
            retry_after,
            limited,
        } = answer;
        if limited {
            self.0.answered(now, number, 429, LIMITED);
        } else {
            self.0.answered(now, number, status, retry_after);
        }
    }

    pub fn wake(&mut self, now: Millis) {
        self.0.wake(now);
    }

    pub fn online(&mut self, now: Millis, seen: bool) {
        self.0.online(now, seen);
    }

    pub fn hide(&mut self, now: Millis, leaving: bool, offline: bool) {
        self.0.hide(now, leaving, offline);
    }

    pub fn take_over(&mut self, now: Millis, words: &str) {
        self.0.take_over(now, words);
    }

    pub fn stored(&mut self, _now: Millis, count: u64) {
        self.0.stored(count);
    }

    pub fn adopted(&mut self, now: Millis, first: u64, events: &str, next: Millis, own: bool) {
        self.0.adopted(now, first, events, next, own);
    }

    pub fn flush(&mut self, now: Millis) {
        self.0.flush(now);
    }

    /// Takes all that it asks for, in order.
    pub fn asked(&mut self) -> Vec<Asked> {
        let asked = self.0.asked();
        asked.lines().map(Asked::read).collect()
    }
}

impl Asked {
    fn read(line: &str) -> Self {
        match Effect::read(line).expect("an effect is one that there is") {
            Effect::Save { record, text } => Asked::Save(record, text),
            Effect::Send {
                request,
                body,
                last,
                ..
            } => Asked::Send {
                number: request,
                body,
                last,
            },
            Effect::Wake { at } => Asked::Wake(at),
            Effect::Report { error, detail } => Asked::Report(error, detail),
            Effect::Open { page } => Asked::Open { name: page as u32 },
            Effect::Claim {
                anonymous_id,
                account,
            } => Asked::Claim {
                anonymous_id,
                account,
            },
            Effect::Keep { sequence, event } => Asked::Keep { sequence, event },
            Effect::Forget { first, last } => Asked::Forget { first, last },
            Effect::Lease { until } => Asked::Lease { until },
            Effect::Adopt { first, gone } => Asked::Adopt {
                first,
                gone: gone.split(',').filter_map(page_and_sequence).collect(),
            },
            Effect::Erase { page } => Asked::Erase { page: page as u32 },
            Effect::Flushed { sent, pending } => Asked::Flushed { sent, pending },
        }
    }
}

fn page_and_sequence(text: &str) -> Option<(u32, u64)> {
    let (page, sequence) = text.split_once(' ')?;
    Some((page.parse().ok()?, sequence.parse().ok()?))
}

/// A moment as this world's wire writes it.
fn moment(now: Millis) -> String {
    format!("\"{now}\"")
}

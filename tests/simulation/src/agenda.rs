//! What is due, and when. Knows the order of things that were planned; must never do one.

use std::collections::BTreeMap;

use backstitch::time::Millis;

use crate::page::Opening;

/// Something that happens by itself, in time.
#[derive(Clone, Debug)]
pub enum Due {
    /// A page's timer rings, unless it was set anew since.
    Wake { page: usize, turn: u32 },
    /// A request leaves the page.
    Leave { request: usize },
    /// A request reaches the server.
    Arrive { request: usize },
    /// A page learns of an answer, or that there is none.
    Answer {
        page: usize,
        number: u32,
        answer: Answer,
    },
    /// A page's database is open, or will never be.
    Open { page: usize, opening: Opening },
    /// A page that was opened is there to be seen.
    Show { page: usize },
    /// A transaction is over.
    Commit { transaction: usize },
    /// localStorage reaches the disk.
    Flush,
}

/// What a page learns of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 0 is none.
    pub status: u32,
    pub retry_after: Millis,
    /// Whether the events were refused for the project's quota, although the status says yes.
    pub limited: bool,
}

impl Answer {
    pub const NONE: Answer = Answer::status(0);

    pub const fn status(status: u32) -> Self {
        Answer {
            status,
            retry_after: 0,
            limited: false,
        }
    }
}

/// What is due, in order; of two at one moment what was planned first.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    due: BTreeMap<(Millis, u64), Due>,
    planned: u64,
}

impl Agenda {
    pub fn plan(&mut self, at: Millis, due: Due) {
        self.planned += 1;
        self.due.insert((at, self.planned), due);
    }

    /// The next, if it is due by then.
    pub fn take(&mut self, until: Millis) -> Option<(Millis, Due)> {
        let first = self.due.first_entry()?;
        (first.key().0 <= until).then(|| {
            let ((at, _), due) = first.remove_entry();
            (at, due)
        })
    }
}

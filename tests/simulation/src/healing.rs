//! The end of every world: the faults are over, pages are open, and time passes until nothing is
//! left to do. Knows when a world is at rest, and what must be so then.

use crate::history::{Excuse, Violation};
use crate::page::State;
use crate::server::Mood;
use crate::shell::UNSENT;
use crate::storage::Access;
use crate::world::{TABS, World};

const MINUTE: u64 = 60_000;
/// So often all pages are loaded anew at most, until nothing is left.
const ROUNDS: usize = 6;

impl World {
    /// Lets everything come to its end, and judges it.
    pub fn heal(&mut self) {
        self.note(|| "from here on nothing goes wrong".into());
        self.healing = true;
        self.server.mood = Mood::Well;
        self.storage.access = Access::Open;
        if std::mem::take(&mut self.offline) {
            self.go_online();
        }
        for tab in 0..TABS {
            self.evict(tab);
            match self.tabs[tab].page {
                None => self.open(tab),
                Some(page) if self.pages[page].state == State::Hidden => self.show(page),
                Some(_) => {}
            }
        }
        self.pass(20 * MINUTE);
        for _ in 0..ROUNDS {
            for tab in 0..TABS {
                self.navigate(tab, false);
            }
            self.pass(15 * MINUTE);
            if self.left().is_none() || self.history.violation.is_some() {
                break;
            }
        }
        self.judge();
    }

    /// Something that is still to be done, or to be cleared away.
    fn left(&self) -> Option<String> {
        if let Some(((page, _), event)) = self.database.events.first_key_value() {
            return Some(format!(
                "of {page:x} in the database: event {}",
                self.id(event)
            ));
        }
        if let Some((key, words)) = self.storage.beginning(UNSENT).pop() {
            return Some(format!("last words {key}: {words}"));
        }
        let mut pages = self.pages.iter().enumerate();
        let waiting = pages.find(|(_, page)| page.runs() && !page.awaited.is_empty());
        waiting.map(|(page, _)| format!("a request of page {page}"))
    }

    fn judge(&mut self) {
        if self.pages.iter().any(|page| page.overflowed) {
            // Which ones were dropped, only the core knows.
            for id in 0..self.history.events.len() {
                if !self.history.is_settled(id) {
                    self.history.events[id].excuse = Some(Excuse::Bounds);
                }
            }
        }
        if let Some(lost) = self.history.lost() {
            self.history.blame(Violation::Lost(lost));
        }
        if let Some(left) = self.left() {
            self.history.blame(Violation::LeftBehind(left));
        }
    }
}

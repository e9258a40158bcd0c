//! How pages come and go: opened, hidden, shown, kept by the browser and restored, closed, killed.
//! Knows what a browser tells a page of that, and what it does with what the page had begun.

use crate::agenda::{Answer, Due};
use crate::core::{Beginning, Core};
use crate::database::Operation;
use crate::event;
use crate::fault::Fault;
use crate::history::{EventId, Excuse};
use crate::mutation::Mutation;
use crate::page::{Later, Page, State};
use crate::shell::{OWN, SHARED, UNSENT};
use crate::storage::Access;
use crate::world::World;

/// What last words may hold.
const WORDS_BYTES: usize = 90_000;

/// How a page ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was told.
    Closed,
    RendererKilled,
    BrowserKilled,
}

impl World {
    /// Opens a page in a tab.
    pub fn open(&mut self, tab: usize) {
        let entropy = self.chance.entropy();
        let options = if self.is(Mutation::ConsentIgnored) {
            self.climate.options.replace("memory", "localStorage")
        } else {
            self.climate.options.clone()
        };
        let at = &self.tabs[tab];
        let core = Core::new(&Beginning {
            now: self.clock(),
            entropy: &entropy,
            options: &options,
            window_id: &at.window_id,
            tab: &at.record,
            shared: self.storage.read(SHARED),
            own: self.storage.read(OWN),
        });
        let page = self.pages.len();
        let mut at = Page::new(core, tab, self.ahead);
        at.seen = self.changes;
        self.pages.push(at);
        self.tabs[tab].page = Some(page);
        self.note(|| format!("page {page} opens in tab {tab}"));
        self.history.poked(self.now);
        self.carry_out(page);
        self.take_over(page);
        self.end_task(page);
        let at = self.now + self.chance.within(5..=400);
        self.agenda.plan(at, Due::Show { page });
    }

    /// A page learns that nobody sees it, or that it is leaving.
    pub fn hide(&mut self, page: usize, leaving: bool) {
        self.note(|| {
            format!(
                "page {page} is {}",
                if leaving { "leaving" } else { "hidden" }
            )
        });
        self.hurry(page);
        let offline = self.offline;
        let kept = self.pages[page].kept;
        self.call(page, |core, now| {
            core.stored(now, kept);
            core.hide(now, leaving, offline);
        });
        self.pages[page].state = State::Hidden;
        self.seen.add(Fault::Hidden);
        self.history.poked(self.now);
        let at = &self.pages[page];
        if !at.proven {
            for request in self.requests.iter().filter(|request| request.page == page) {
                for event in &request.events {
                    self.history.events[*event].unproven = true;
                }
            }
        }
        if !offline && at.is_healthy(self.now) {
            for request in self.requests.iter().filter(|request| request.page == page) {
                if at.awaited.contains_key(&request.number) {
                    for event in &request.events {
                        self.history.events[*event].in_doubt = Some(page);
                    }
                }
            }
        }
    }

    /// A page is seen again.
    pub fn show(&mut self, page: usize) {
        self.note(|| format!("page {page} is shown"));
        self.pages[page].state = State::Shown;
        self.history.poked(self.now);
        let was_frozen = self.pages[page].restored_at == self.now;
        for event in &mut self.history.events {
            if event.in_doubt == Some(page) {
                if was_frozen && event.stored_by.is_none() {
                    event.excuse.get_or_insert(Excuse::InDoubt);
                }
                event.in_doubt = None;
            }
        }
        self.take_over(page);
        self.call(page, |core, now| core.online(now, true));
        self.end_task(page);
    }

    /// A page that was opened is shown for the first time.
    pub fn begin_to_show(&mut self, page: usize) {
        if self.pages[page].state == State::Shown {
            self.show(page);
        }
    }

    /// The page in a tab goes, and the next one comes.
    pub fn navigate(&mut self, tab: usize, keeps: bool) {
        if let Some(page) = self.tabs[tab].page {
            self.say_farewell(page);
            if keeps {
                self.evict(tab);
                self.note(|| format!("page {page} is frozen"));
                self.pages[page].state = State::Frozen;
                self.tabs[tab].cached = Some(page);
                self.tabs[tab].page = None;
            } else {
                self.end(page, End::Closed);
            }
        }
        let takes = self.chance.below(60);
        self.pass(takes);
        self.open(tab);
    }

    /// A tab is closed.
    pub fn close(&mut self, tab: usize) {
        if let Some(page) = self.tabs[tab].page {
            self.say_farewell(page);
            self.end(page, End::Closed);
        }
        self.evict(tab);
        self.tabs[tab].record.clear();
        self.tabs[tab].window_id.clear();
    }

    /// The page that is kept in a tab is shown again, and the one in it goes.
    pub fn back(&mut self, tab: usize) {
        let Some(restored) = self.tabs[tab].cached.take() else {
            return;
        };
        if let Some(page) = self.tabs[tab].page {
            self.say_farewell(page);
            self.end(page, End::Closed);
        }
        self.seen.add(Fault::Frozen);
        self.tabs[tab].page = Some(restored);
        let at = &mut self.pages[restored];
        at.restored_at = self.now;
        at.state = State::Shown;
        let later = std::mem::take(&mut at.later);
        let wake_at = at.wake_at;
        self.show(restored);
        for later in later {
            match later {
                Later::Told(told) => self.tell(restored, told),
                Later::Answer { number, answer } => {
                    let is_kept = self.chance.percent(50);
                    let answer = if is_kept { answer } else { Answer::NONE };
                    self.answer(restored, number, answer);
                }
            }
        }
        if let Some(at) = wake_at.filter(|at| self.pages[restored].wake_at == Some(*at)) {
            self.set_timer(restored, at);
        }
    }

    /// The browser no longer keeps the page that was in a tab before.
    pub fn evict(&mut self, tab: usize) {
        if let Some(page) = self.tabs[tab].cached.take() {
            self.seen.add(Fault::Evicted);
            self.end(page, End::RendererKilled);
        }
    }

    /// What a page is told when it goes, in the order of one browser or another.
    fn say_farewell(&mut self, page: usize) {
        match self.chance.below(3) {
            0 => self.hide(page, true),
            1 => {
                self.hide(page, true);
                self.hide(page, false);
            }
            _ => {
                self.hide(page, false);
                self.hide(page, true);
            }
        }
        self.end_task(page);
    }

    /// A page is no more.
    pub fn end(&mut self, page: usize, end: End) {
        self.note(|| format!("page {page} ends: {end:?}"));
        let tab = &mut self.tabs[self.pages[page].tab];
        if tab.page == Some(page) {
            tab.page = None;
        }
        self.finish_transactions(page, end);
        self.orphan(page, end == End::Closed);
        self.pages[page].state = State::Gone;
        self.excuse(page, end);
    }

    /// A transaction that was begun may be committed, or not; of several, the first ones are.
    fn finish_transactions(&mut self, page: usize, end: End) {
        self.pages[page].gathered.clear();
        let unopened = std::mem::take(&mut self.pages[page].unopened);
        let begun = self.transactions.iter();
        let begun: Vec<usize> = begun
            .filter(|(_, begun)| begun.page == page)
            .map(|(id, _)| *id)
            .collect();
        let mut survive = true;
        for id in begun {
            let likely = match end {
                End::Closed if self.climate.is_faultless() => 100,
                End::Closed => 90,
                _ => 60,
            };
            survive &= !unopened.contains(&id) && self.chance.percent(likely);
            if !survive {
                self.transactions.remove(&id);
            } else if end == End::BrowserKilled {
                self.transactions
                    .entry(id)
                    .and_modify(|begun| begun.certain = true);
                self.commit(id);
            } else {
                self.transactions
                    .entry(id)
                    .and_modify(|begun| begun.certain = true);
            }
        }
    }

    /// What may be lost with a page.
    fn excuse(&mut self, page: usize, end: End) {
        for event in &mut self.history.events {
            if event.in_doubt == Some(page) && event.stored_by.is_none() {
                event.excuse.get_or_insert(Excuse::InDoubt);
            }
        }
        if end == End::BrowserKilled {
            // What the pages before it left in localStorage can be gone, too.
            return;
        }
        self.excuse_some(self.history.at_risk(Some(page)), end);
    }

    fn excuse_some(&mut self, at_risk: Vec<EventId>, end: End) {
        if at_risk.is_empty() {
            return;
        }
        let words = match end {
            End::BrowserKilled => self.storage.on_disk(UNSENT),
            _ => self.storage.beginning(UNSENT),
        };
        let begun = self.kept_by_begun();
        let is_large = words.iter().any(|(_, text)| text.len() > WORDS_BYTES);
        for id in at_risk {
            let event = &self.history.events[id];
            let is_kept = event.committed
                || begun.contains(&event.uuid)
                || self.history.is_in(id, &words)
                || event.taken && end != End::BrowserKilled;
            let excuse = if is_kept {
                continue;
            } else if end != End::Closed {
                Excuse::Killed
            } else if self.climate.memory || self.storage.access != Access::Open || is_large {
                Excuse::NowhereToKeep
            } else {
                continue;
            };
            self.note(|| format!("event {id} may be lost: {excuse}"));
            self.history.events[id].excuse = Some(excuse);
        }
    }

    /// The uuids of events that will be committed whatever happens.
    fn kept_by_begun(&self) -> Vec<String> {
        let begun = self.transactions.values().filter(|begun| begun.certain);
        let operations = begun.flat_map(|begun| &begun.operations);
        let kept = operations.filter_map(|operation| match operation {
            Operation::Keep { event, .. } => Some(event::uuid(event).to_owned()),
            _ => None,
        });
        kept.collect()
    }

    /// The whole browser dies; it is started again when a tab is opened.
    pub fn kill(&mut self) {
        self.seen.add(Fault::BrowserKilled);
        if !self.storage.is_flushed() {
            self.seen.add(Fault::StorageLost);
        }
        self.storage.kill();
        self.changes += 1;
        let keeps_tabs = self.chance.percent(50);
        for page in 0..self.pages.len() {
            if self.pages[page].state != State::Gone {
                self.end(page, End::BrowserKilled);
            }
        }
        self.excuse_some(self.history.at_risk(None), End::BrowserKilled);
        for tab in &mut self.tabs {
            tab.cached = None;
            if !keeps_tabs {
                tab.record.clear();
                tab.window_id.clear();
            }
        }
    }
}

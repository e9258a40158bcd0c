//! A browser, its network and the server as one value, and how time passes in it. Knows what is
//! due; how a page drives the core is `shell`, what must hold is `history`.

use std::collections::BTreeMap;

use backstitch::time::Millis;

use crate::agenda::{Agenda, Due};
use crate::chance::Chance;
use crate::climate::Climate;
use crate::database::{Database, Operation};
use crate::fault::{Fault, Faults};
use crate::history::History;
use crate::mutation::Mutation;
use crate::network::Request;
use crate::page::Page;
use crate::server::Server;
use crate::storage::Storage;

/// 2026-11-23T08:00:00Z, when every world begins.
const BEGINNING: Millis = 1_795_420_800_000;
/// More happens in no world that comes to rest.
const RESTLESS: usize = 100_000;
/// The tabs of a world.
pub const TABS: usize = 3;

/// A tab, which may be closed.
#[derive(Clone, Debug, Default)]
pub struct Tab {
    /// The page in it.
    pub page: Option<usize>,
    /// The page that was in it before, if the browser keeps that.
    pub cached: Option<usize>,
    /// What sessionStorage has.
    pub record: String,
    pub window_id: String,
}

/// A transaction that was begun.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub page: usize,
    pub operations: Vec<Operation>,
    /// Whether it is done whatever happens.
    pub certain: bool,
}

/// A moment of the world.
#[derive(Debug)]
pub struct World {
    /// Time as nobody's clock shows it: it never jumps.
    pub now: Millis,
    /// How far the machine's clock is ahead of that.
    pub ahead: i64,
    pub chance: Chance,
    pub climate: Climate,
    /// The faults that have happened.
    pub seen: Faults,
    /// Whether nothing goes wrong any more.
    pub healing: bool,
    pub offline: bool,
    pub agenda: Agenda,
    pub tabs: [Tab; TABS],
    pub pages: Vec<Page>,
    pub requests: Vec<Request>,
    pub transactions: BTreeMap<usize, Transaction>,
    pub begun: usize,
    /// Before that no further transaction is committed: they come one after another.
    pub committed_at: Millis,
    pub storage: Storage,
    /// How often the shared records have changed.
    pub changes: u64,
    pub flush_planned: bool,
    pub database: Database,
    pub server: Server,
    pub history: History,
    pub mutation: Option<Mutation>,
    /// Whether it prints what happens.
    pub told: bool,
}

impl World {
    /// A browser that was never on this site.
    pub fn new(seed: u64, mutation: Option<Mutation>, told: bool) -> Self {
        let mut chance = Chance::new(seed);
        let climate = Climate::new(&mut chance);
        let mut world = World {
            now: BEGINNING,
            ahead: 0,
            chance,
            seen: Faults::default(),
            healing: false,
            offline: false,
            agenda: Agenda::default(),
            tabs: Default::default(),
            pages: Vec::new(),
            requests: Vec::new(),
            transactions: BTreeMap::new(),
            begun: 0,
            committed_at: 0,
            storage: Storage::new(climate.storage),
            changes: 0,
            flush_planned: false,
            database: Database::default(),
            server: Server::new(climate.largest_body),
            history: History::new(told),
            mutation,
            told,
            climate,
        };
        world.note(|| format!("{:?}", world.climate));
        world.open(0);
        world
    }

    pub fn is(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// Prints a line of the trace, if there is one.
    pub fn note(&self, line: impl FnOnce() -> String) {
        if self.told {
            let since = self.now - BEGINNING;
            println!("{:>6}.{:03} {}", since / 1000, since % 1000, line());
        }
    }

    /// Whether something goes wrong now that does so often in this world.
    pub fn happens(&mut self, fault: Fault) -> bool {
        let severity = self.climate.severity;
        let happens = !self.healing && self.climate.has(fault) && self.chance.percent(severity);
        if happens {
            self.seen.add(fault);
        }
        happens
    }

    /// What the machine's clock shows.
    pub fn clock(&self) -> Millis {
        self.now.saturating_add_signed(self.ahead)
    }

    /// Lets time pass; what is due happens when it is.
    pub fn pass(&mut self, time: Millis) {
        let until = self.now + time;
        for _ in 0..RESTLESS {
            if self.history.violation.is_some() {
                return;
            }
            let Some((at, due)) = self.agenda.take(until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(at);
            self.happen(due);
        }
        self.history.blame(crate::history::Violation::Restless);
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Wake { page, turn } => self.wake(page, turn),
            Due::Leave { request } => self.leave(request),
            Due::Arrive { request } => self.arrive(request),
            Due::Answer {
                page,
                number,
                answer,
            } => self.answer(page, number, answer),
            Due::Open { page, opening } => self.opened(page, opening),
            Due::Show { page } => self.begin_to_show(page),
            Due::Commit { transaction } => self.commit(transaction),
            Due::Flush => {
                self.flush_planned = false;
                self.storage.flush();
            }
        }
    }
}

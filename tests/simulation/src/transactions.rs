//! Transactions from their beginning to the moment in which their page learns of them. Knows that
//! they are done one after another, whole or not at all; must never know why a page asks.

use std::sync::Arc;

use crate::agenda::Due;
use crate::database::{Adopted, Adoption, Operation};
use crate::event;
use crate::fault::Fault;
use crate::history::Violation;
use crate::mutation::Mutation;
use crate::page::{Later, Opening, State, Told};
use crate::world::{Transaction, World};

/// Sequences that no core uses.
const ELSEWHERE: u64 = 1 << 50;
/// So long after it was restored a page may still find that others took what it had.
const RESTORED: u64 = 10_000;

impl World {
    /// Begins a transaction, or will as soon as the page's database is open.
    pub fn begin(&mut self, page: usize, operations: Vec<Operation>) {
        self.begun += 1;
        let id = self.begun;
        let transaction = Transaction {
            page,
            operations,
            certain: false,
        };
        self.transactions.insert(id, transaction);
        match self.pages[page].opening {
            Opening::Awaited => self.pages[page].unopened.push(id),
            Opening::Open => self.plan_commit(id),
            Opening::Refused => self.refuse(id),
        }
    }

    pub fn plan_commit(&mut self, transaction: usize) {
        let mut takes = self.chance.within(1..=30);
        if self.happens(Fault::CommitsLate) {
            takes += self.chance.within(200..=10_000);
        }
        self.committed_at = self.committed_at.max(self.now + takes);
        let due = Due::Commit { transaction };
        self.agenda.plan(self.committed_at, due);
    }

    /// A transaction is over, and done, unless it fails.
    pub fn commit(&mut self, id: usize) {
        let Some(certain) = self.transactions.get(&id).map(|begun| begun.certain) else {
            return;
        };
        if !certain && self.happens(Fault::TransactionFails) {
            return self.refuse(id);
        }
        let Some(Transaction {
            page, operations, ..
        }) = self.transactions.remove(&id)
        else {
            return;
        };
        self.note(|| format!("page {page} commits {}", summary(&operations)));
        let before = self.pages[page].kept;
        let mut told = Vec::new();
        for operation in operations {
            told.extend(self.operate(page, operation));
        }
        let kept = self.pages[page].kept;
        if kept > before {
            told.push(Told::Stored(kept));
        }
        for told in told {
            self.tell(page, told);
        }
        self.check_bounds(page);
    }

    /// A transaction is over, and not done.
    pub fn refuse(&mut self, id: usize) {
        let Some(Transaction {
            page, operations, ..
        }) = self.transactions.remove(&id)
        else {
            return;
        };
        self.note(|| format!("page {page} fails to commit {}", summary(&operations)));
        if operations.len() > 1 {
            // One that fails is not to take the others with it.
            for operation in operations {
                self.begin(page, vec![operation]);
            }
            return;
        }
        for operation in operations {
            let told = match operation {
                Operation::Open => Told::Kept {
                    state: String::new(),
                    durable: false,
                },
                Operation::Claim { anonymous_id, .. } => Told::Claimed {
                    anonymous_id,
                    holder: None,
                },
                Operation::Adopt(Adoption { first, .. }) => Told::Adopted(Arc::new(Adopted {
                    first,
                    own: true,
                    ..Adopted::default()
                })),
                _ => continue,
            };
            self.tell(page, told);
        }
    }

    fn operate(&mut self, page: usize, operation: Operation) -> Option<Told> {
        let name = self.pages[page].name;
        match operation {
            Operation::Open => {
                return Some(Told::Kept {
                    state: self.database.state.clone(),
                    durable: true,
                });
            }
            Operation::Keep {
                number,
                sequence,
                event,
            } => {
                let at = &mut self.pages[page];
                if at.kept + 1 == number {
                    at.kept = number;
                }
                let id = self.history.meet(page, &event);
                self.history.kept(page, id);
                if !self.is(Mutation::NotKept) {
                    self.database.keep(name, sequence, &event);
                }
                if self.is(Mutation::KeptTwice) {
                    self.database.keep(name, sequence + ELSEWHERE, &event);
                }
            }
            Operation::Forget { first, last } => self.database.forget(name, first, last),
            Operation::Lease { until } => {
                self.database.leases.insert(name, until);
            }
            Operation::State { text } => self.database.save(&text),
            Operation::Claim {
                anonymous_id,
                account,
            } => {
                let holder = Some(self.database.claim(&anonymous_id, account));
                return Some(Told::Claimed {
                    anonymous_id,
                    holder,
                });
            }
            Operation::Adopt(adoption) => {
                let mut adopted = self.database.adopt(name, &adoption, self.mutation);
                adopted.kept = self.pages[page].kept;
                let all = self
                    .database
                    .events
                    .values()
                    .map(|event| event::uuid(event));
                let all = all.filter(|_| !adopted.events.is_empty());
                let all: Vec<String> = all.map(String::from).collect();
                for event in &adopted.events {
                    let id = self.history.meet(page, event);
                    self.history.kept(page, id);
                    // Of two copies either may come first.
                    let uuid = event::uuid(event);
                    let copies = all.iter().filter(|other| *other == uuid).count();
                    self.history.events[id].raced |= copies > 1;
                }
                self.judge_adoption(page, &adopted);
                return Some(Told::Adopted(Arc::new(adopted)));
            }
        }
        None
    }

    fn judge_adoption(&mut self, by: usize, adopted: &Adopted) {
        if !adopted.events.is_empty() || !adopted.done.is_empty() {
            self.note(|| {
                let taken = adopted.events.iter().map(|event| self.id(event));
                let done = adopted.done.iter().map(|event| self.id(event));
                format!(
                    "page {by} adopts {:?} from {:x?}, {:?} had arrived",
                    taken.collect::<Vec<_>>(),
                    adopted.from,
                    done.collect::<Vec<_>>()
                )
            });
        }
        // Where clocks jump or transactions are late, a lease says nothing for certain.
        let uncertain = [
            Fault::ClockAhead,
            Fault::ClockBack,
            Fault::CommitsLate,
            Fault::TransactionFails,
        ];
        if self.seen.meets(&uncertain) {
            return;
        }
        for name in &adopted.from {
            let of = self.pages.iter().position(|page| page.name == *name);
            if let Some(page) = of
                && self.pages[page].runs()
                && self.pages[page].restored_at + RESTORED < self.now
            {
                self.history
                    .blame(Violation::AdoptedFromTheLiving { page, by });
            }
        }
    }

    /// What a page keeps is within the bounds that its site has set, once it is told of all that
    /// it adopted, and what it asked then is done.
    fn check_bounds(&mut self, page: usize) {
        if !self.pages[page].runs() || self.transactions.values().any(|begun| begun.page == page) {
            return;
        }
        let (mut events, mut bytes) = (0, 0);
        for (_, event) in self.database.of_page(self.pages[page].name) {
            events += 1;
            bytes += event.len();
        }
        if events > self.climate.max_events || bytes > self.climate.max_bytes {
            let what = format!("{events} events of {bytes} bytes");
            self.history.blame(Violation::TooMuchKept(what));
        }
    }

    /// Tells a page what came of a transaction, now or when it runs again.
    pub fn tell(&mut self, page: usize, told: Told) {
        let at = &mut self.pages[page];
        match at.state {
            State::Gone => return,
            State::Frozen => return at.later.push(Later::Told(told)),
            State::Shown | State::Hidden => {}
        }
        let has_words = at.has_words;
        match told {
            // Otherwise it does not matter before the page is hidden.
            Told::Stored(_) if !has_words => {}
            Told::Kept { state, durable } => {
                self.task(page, |core, now| core.kept(now, &state, durable));
            }
            Told::Stored(count) => self.task(page, |core, now| core.stored(now, count)),
            Told::Claimed {
                anonymous_id,
                holder,
            } => self.task(page, |core, now| core.claimed(now, &anonymous_id, holder)),
            Told::Adopted(adopted) => {
                if !self.is(Mutation::WordsHeardLate) {
                    self.hear_adopted(page, &adopted.from);
                }
                let events = format!("[{}]", adopted.events.join(","));
                self.task(page, |core, now| {
                    core.stored(now, adopted.kept);
                    core.adopted(now, adopted.first, &events, adopted.next, adopted.own);
                });
            }
        }
    }

    /// An event as the trace names it.
    pub fn id(&self, text: &str) -> usize {
        let uuid = event::uuid(text);
        let found = self
            .history
            .events
            .iter()
            .position(|event| event.uuid == uuid);
        found.unwrap_or(usize::MAX)
    }
}

/// What a transaction does, in a word for each operation.
fn summary(operations: &[Operation]) -> String {
    let words: Vec<String> = operations.iter().map(word).collect();
    words.join(", ")
}

fn word(operation: &Operation) -> String {
    match operation {
        Operation::Open => "open".into(),
        Operation::Keep { sequence, .. } => format!("keep {}", place(*sequence)),
        Operation::Forget { first, last } => format!("forget {}-{}", place(*first), place(*last)),
        Operation::Lease { until } => format!("lease {until}"),
        Operation::Adopt(adoption) => format!("adopt {:x?}", adoption.gone),
        Operation::State { .. } => "state".into(),
        Operation::Claim { anonymous_id, .. } => format!("claim {anonymous_id}"),
    }
}

/// A sequence, shorter: own ones begin anew.
fn place(sequence: u64) -> String {
    match sequence.checked_sub(1 << 32) {
        Some(own) => format!("#{own}"),
        None => format!("~{sequence}"),
    }
}

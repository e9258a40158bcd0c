//! How a page drives its core: told what others wrote before each call, done what it asks after
//! each, and at the end of a task one transaction begun. Knows the mistakes that a shell can make;
//! decides nothing that the core decides.

use backstitch::effect::Record;
use backstitch::error::Error;
use backstitch::time::Millis;

use crate::agenda::Due;
use crate::climate::Weather;
use crate::core::{Asked, Core};
use crate::database::{Adoption, LONGEST_LEASE, Operation};
use crate::fault::Fault;
use crate::history::Violation;
use crate::mutation::Mutation;
use crate::page::{Opening, State};
use crate::world::World;

pub const SHARED: &str = "ph_t_posthog";
pub const OWN: &str = "backstitch_t";
/// How the keys of last words begin.
pub const UNSENT: &str = "backstitch_t_unsent_";

/// localStorage reaches the disk so often.
const FLUSH: Millis = 5000;
/// The clock of a page follows the machine's, if that is so far ahead.
const AHEAD: Millis = 60_000;
/// Timers of a page that nobody sees ring once a minute at worst.
const THROTTLED: Millis = 60_000;

impl World {
    /// A call in a task of its own.
    pub fn task(&mut self, page: usize, call: impl FnOnce(&mut Core, Millis)) {
        self.call(page, call);
        self.end_task(page);
    }

    /// A call as a shell makes it.
    pub fn call(&mut self, page: usize, call: impl FnOnce(&mut Core, Millis)) {
        self.call_alone(page, call);
        self.carry_out(page);
    }

    /// The same, and nothing is done yet that is asked for.
    pub fn call_alone<T>(&mut self, page: usize, call: impl FnOnce(&mut Core, Millis) -> T) -> T {
        let now = self.page_clock(page);
        let at = &mut self.pages[page];
        if at.seen != self.changes {
            at.seen = self.changes;
            let (shared, own) = (self.storage.read(SHARED), self.storage.read(OWN));
            at.core.sync(shared, own);
        }
        call(&mut at.core, now)
    }

    /// What a page's clock shows: it runs from one base, which only ever moves forward.
    pub fn page_clock(&mut self, page: usize) -> Millis {
        let clock = self.clock();
        let at = &mut self.pages[page];
        if clock > self.now.saturating_add_signed(at.ahead) + AHEAD {
            at.ahead = self.ahead;
        }
        self.now.saturating_add_signed(at.ahead)
    }

    /// Does what a core asks for.
    pub fn carry_out(&mut self, page: usize) {
        for asked in self.pages[page].core.asked() {
            if self.climate.memory && keeps(&asked) {
                self.history
                    .blame(Violation::Unconsented(format!("{asked:?}")));
            }
            match asked {
                Asked::Save(record, text) => self.save(page, record, text),
                Asked::Send { number, body, last } => self.send(page, number, &body, last),
                Asked::Wake(at) => self.set_timer(page, at),
                Asked::Report(error, detail) => {
                    self.note(|| format!("page {page} reports {error:?} {detail}"));
                    self.pages[page].overflowed |= error == Error::TooManyWaiting;
                }
                Asked::Open { name } => self.plan_opening(page, name),
                Asked::Claim {
                    anonymous_id,
                    account,
                } => {
                    let claim = Operation::Claim {
                        anonymous_id,
                        account,
                    };
                    self.pages[page].gathered.push(claim);
                }
                Asked::Keep { sequence, event } => {
                    self.history.meet(page, &event);
                    let at = &mut self.pages[page];
                    at.keeps += 1;
                    let number = at.keeps;
                    at.gathered.push(Operation::Keep {
                        number,
                        sequence,
                        event,
                    });
                }
                Asked::Forget { first, last } => {
                    if !self.is(Mutation::NeverForgotten) {
                        let forget = Operation::Forget { first, last };
                        self.pages[page].gathered.push(forget);
                    }
                }
                Asked::Lease { until } => {
                    let is_again = std::mem::replace(&mut self.pages[page].leased, true);
                    if !(is_again && self.is(Mutation::LeaseNeverRenewed)) {
                        self.pages[page].gathered.push(Operation::Lease { until });
                    }
                }
                Asked::Adopt { first, gone } => {
                    let now = self.page_clock(page);
                    let adoption = Operation::Adopt(Adoption { first, gone, now });
                    self.pages[page].gathered.push(adoption);
                }
                Asked::Erase { page: name } => {
                    if !self.is(Mutation::LastWordsStay) {
                        self.erase(page, name);
                    }
                }
                Asked::Flushed { sent, pending } => {
                    self.note(|| format!("page {page} has flushed {sent}, {pending} wait"));
                }
            }
        }
    }

    /// The transaction of a task begins, in a microtask.
    pub fn end_task(&mut self, page: usize) {
        let gathered = std::mem::take(&mut self.pages[page].gathered);
        if !gathered.is_empty() {
            self.begin(page, gathered);
        }
    }

    fn save(&mut self, page: usize, record: Record, text: String) {
        let tab = self.pages[page].tab;
        match record {
            Record::Tab => self.tabs[tab].record = text,
            Record::Window => self.tabs[tab].window_id = text,
            Record::State => self.pages[page].gathered.push(Operation::State { text }),
            Record::Unsent => {
                if !self.is(Mutation::NoLastWords) {
                    self.speak(page, text);
                }
            }
            Record::Shared | Record::Own => {
                let key = if record == Record::Own { OWN } else { SHARED };
                if self.storage.read(key) != text && self.write(key, &text) {
                    self.changes += 1;
                    self.pages[page].seen = self.changes;
                }
            }
        }
    }

    /// A page's last words, or that it has none.
    fn speak(&mut self, page: usize, mut text: String) {
        let name = self.pages[page].name;
        if self.is(Mutation::DoubtIgnored)
            && let Some((before, after)) = text.split_once("\"done\":")
            && let Some((_, after)) = after.split_once(',')
        {
            text = format!("{before}\"done\":{},{after}", u64::MAX >> 11);
        }
        self.pages[page].has_words = !text.is_empty();
        let taken = self.write(&format!("{UNSENT}{name}"), &text);
        self.note(|| format!("page {page} says ({taken}): {}", short(&text)));
    }

    /// A page's last words are taken over.
    fn erase(&mut self, by: usize, name: u32) {
        let key = format!("{UNSENT}{name}");
        let words = self.storage.read(&key).to_owned();
        self.note(|| format!("page {by} erases the last words of {name:x}"));
        for event in &mut self.history.events {
            event.taken |= words.contains(&event.uuid);
        }
        self.write(&key, "");
    }

    fn write(&mut self, key: &str, text: &str) -> bool {
        let taken = self.storage.write(key, text);
        if !taken {
            self.seen.add(match self.storage.access {
                crate::storage::Access::Full => Fault::StorageFull,
                _ => Fault::StorageBlocked,
            });
        }
        if !self.flush_planned {
            self.flush_planned = true;
            self.agenda.plan(self.now + FLUSH, Due::Flush);
        }
        taken
    }

    pub fn set_timer(&mut self, page: usize, at: Millis) {
        let now = self.page_clock(page);
        let hidden = self.pages[page].state == State::Hidden;
        let late = if hidden && self.chance.percent(30) {
            self.chance.below(THROTTLED)
        } else {
            self.chance.below(5)
        };
        let at_page = &mut self.pages[page];
        at_page.wake_at = Some(at);
        at_page.turn += 1;
        let turn = at_page.turn;
        let in_time = at.saturating_sub(now).saturating_add(late);
        let due = Due::Wake { page, turn };
        self.agenda.plan(self.now.saturating_add(in_time), due);
    }

    /// A page's timer rings.
    pub fn wake(&mut self, page: usize, turn: u32) {
        let at = &mut self.pages[page];
        if at.turn != turn || !at.runs() {
            return;
        }
        at.wake_at = None;
        let impatient = self.is(Mutation::NoPause);
        self.task(page, |core, now| {
            if impatient {
                core.online(now, false);
            }
            core.wake(now);
        });
    }

    fn plan_opening(&mut self, page: usize, name: u32) {
        self.pages[page].name = name;
        let (opening, after) = if self.healing {
            (Weather::Soon, 5)
        } else {
            self.climate.opening(&mut self.chance)
        };
        self.note(|| format!("page {page} is {name:x}, its database opens: {opening:?} {after}"));
        let known = match opening {
            Weather::Soon => Opening::Open,
            Weather::Late => {
                self.seen.add(Fault::OpensLate);
                Opening::Open
            }
            Weather::Refused | Weather::Never => {
                self.seen.add(Fault::NeverOpens);
                Opening::Refused
            }
        };
        if opening != Weather::Never {
            let due = Due::Open {
                page,
                opening: known,
            };
            self.agenda.plan(self.now + after, due);
        }
        self.pages[page].gathered.push(Operation::Open);
    }

    /// A page's database is open, or will never be.
    pub fn opened(&mut self, page: usize, opening: Opening) {
        self.pages[page].opening = opening;
        self.note(|| format!("page {page} has a database: {opening:?}"));
        for transaction in std::mem::take(&mut self.pages[page].unopened) {
            match opening {
                Opening::Refused => self.refuse(transaction),
                _ => self.plan_commit(transaction),
            }
        }
    }

    /// A page looks for the last words of others.
    pub fn take_over(&mut self, page: usize) {
        let own = format!("{UNSENT}{}", self.pages[page].name);
        let words = self.storage.beginning(UNSENT);
        self.hear(page, words.into_iter().filter(|(key, _)| *key != own));
    }

    /// A page that has adopted what others kept hears their last words, too.
    pub fn hear_adopted(&mut self, page: usize, from: &[u32]) {
        let key = |name: &u32| format!("{UNSENT}{name}");
        let words = self.storage.beginning(UNSENT).into_iter();
        let words = words.filter(|(of, _)| from.iter().any(|name| *of == key(name)));
        self.hear(page, words.collect::<Vec<_>>().into_iter());
    }

    fn hear(&mut self, page: usize, words: impl Iterator<Item = (String, String)>) {
        for (key, words) in words {
            self.note(|| format!("page {page} finds {key}"));
            // What was kept is awaited for a while only, and what failed was not kept.
            let torn = self.seen.meets(&[
                Fault::OpensLate,
                Fault::NeverOpens,
                Fault::TransactionFails,
                Fault::CommitsLate,
            ]);
            if is_over(&words, self.page_clock(page)) {
                self.history.heard(page, &words, torn);
            }
            self.call(page, |core, now| core.take_over(now, &words));
        }
    }
}

/// Whether something asked for keeps anything beyond the page.
fn keeps(asked: &Asked) -> bool {
    matches!(
        asked,
        Asked::Save(..)
            | Asked::Open { .. }
            | Asked::Claim { .. }
            | Asked::Keep { .. }
            | Asked::Forget { .. }
            | Asked::Lease { .. }
            | Asked::Adopt { .. }
            | Asked::Erase { .. }
    )
}

/// Whether last words may be taken over.
fn is_over(words: &str, now: Millis) -> bool {
    let after = words
        .split_once("\"until\":")
        .map_or("", |(_, after)| after);
    let until: Option<Millis> = after.split(',').next().and_then(|until| until.parse().ok());
    until.is_none_or(|until| until <= now || until > now + LONGEST_LEASE)
}

/// The beginning of a text.
fn short(text: &str) -> &str {
    text.get(..160).unwrap_or(text)
}

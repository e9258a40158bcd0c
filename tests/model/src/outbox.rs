//! The outbox in IndexedDB: the events that pages keep there, and until when they are theirs. Knows
//! how one page takes what another has left; must never know why, nor what an event says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use backstitch::time::Millis;

use crate::record::Text;

/// A lease that would last longer is of another clock.
const LONGEST: Millis = 600_000;
/// How long a page's outbox is its own when it has just adopted something.
const LEASE: Millis = 10_000;

/// How it is told whether a page's lease is over.
#[derive(Clone, Debug)]
pub enum Leases {
    /// Time is left out: these pages' are not, all others' are.
    Living(Vec<u64>),
    /// By the clock.
    Until(Millis),
}

/// What a page is told of an adoption.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Adopted {
    /// The sequence of the first event.
    pub first: u64,
    /// The events, an array's text.
    pub events: Arc<str>,
    /// When the next lease of another page is over, or 0.
    pub next: Millis,
    /// Whether the page's own lease is there.
    pub own: bool,
}

/// What all pages have in it.
#[derive(Clone, Debug, Default, Hash)]
pub struct Outbox {
    /// By page and sequence.
    events: BTreeMap<(u64, u64), Text>,
    leases: BTreeMap<u64, Millis>,
}

impl Outbox {
    pub fn keep(&mut self, page: u64, sequence: u64, event: Text) {
        self.events.insert((page, sequence), event);
    }

    pub fn forget(&mut self, page: u64, first: u64, last: u64) {
        let is_its = |(of, at): &(u64, u64)| *of == page && (first..=last).contains(at);
        self.events.retain(|key, _| !is_its(key));
    }

    pub fn lease(&mut self, page: u64, until: Millis) {
        self.leases.insert(page, until);
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// What is kept of a page.
    pub fn of(&self, page: u64) -> impl Iterator<Item = &Text> {
        let its = self.events.range((page, 0)..=(page, u64::MAX));
        its.map(|(_, event)| event)
    }

    /// Makes what pages have left that are gone `page`'s: of those that `leases` says it of, or that
    /// have no lease, and of those that are named in `gone` with how far they had come.
    pub fn adopt(&mut self, page: u64, first: u64, gone: &str, leases: &Leases) -> Adopted {
        let done = |page: u64| {
            let mut gone = gone.split_terminator(',').filter_map(|gone| {
                let (page, done) = gone.split_once(' ')?;
                Some((page.parse::<u64>().ok()?, done.parse::<u64>().ok()?))
            });
            gone.find(|(of, _)| *of == page).map(|(_, done)| done)
        };
        let is_over = |page: u64, until: Millis| match leases {
            Leases::Living(pages) => !pages.contains(&page),
            Leases::Until(now) => until < *now || until > now + LONGEST,
        };
        let own = self.leases.contains_key(&page);
        let mut events: Vec<Text> = Vec::new();
        let mut next = 0;
        for (other, until) in self.leases.clone() {
            if other == page {
                continue;
            }
            if done(other).is_some() || is_over(other, until) {
                self.leases.remove(&other);
            } else if let Leases::Until(_) = leases
                && (next == 0 || until < next)
            {
                next = until;
            }
        }
        let others: BTreeSet<u64> = self.events.keys().map(|(other, _)| *other).collect();
        for other in others {
            if other == page || self.leases.contains_key(&other) {
                continue;
            }
            let done = done(other);
            let its = self.events.range((other, 0)..=(other, u64::MAX));
            let its: Vec<(u64, u64)> = its.map(|(key, _)| *key).collect();
            for key in its {
                let event = self.events.remove(&key);
                if let Some(event) = event.filter(|_| key.1 > done.unwrap_or_default()) {
                    let at = first + events.len() as u64;
                    self.events.insert((page, at), event.clone());
                    events.push(event);
                }
            }
        }
        if !events.is_empty() {
            let until = match leases {
                Leases::Living(_) => 0,
                Leases::Until(now) => now + LEASE,
            };
            self.leases.insert(page, until);
        }
        let texts: Vec<&str> = events.iter().map(|event| &**event).collect();
        Adopted {
            first,
            events: format!("[{}]", texts.join(",")).into(),
            next,
            own,
        }
    }
}

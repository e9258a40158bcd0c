//! Requests on their way, and what becomes of each. Knows what a browser still sends of a page that
//! is gone; must never know what a batch is for.

use backstitch::time::Millis;

use crate::chance::Chance;
use crate::climate::Climate;
use crate::fault::{Fault, Faults};
use crate::history::EventId;

/// A smaller request outlives its page.
const KEEPALIVE: usize = 52_428;

/// A request, from the call that made it.
#[derive(Clone, Debug)]
pub struct Request {
    pub page: usize,
    pub number: u32,
    pub events: Vec<EventId>,
    pub bytes: usize,
    /// Whether one of its events can never be taken.
    pub offends: bool,
    /// Whether it is sent by a page that may be gone.
    pub last: bool,
    pub left: bool,
    /// Whether it is no longer under way: it arrived, or never will.
    pub over: bool,
    /// Whether it died with its page.
    pub orphaned: bool,
    pub fate: Fate,
}

impl Request {
    /// Whether the browser finishes it without its page.
    pub fn outlives(&self) -> bool {
        self.left && (self.last || self.bytes < KEEPALIVE)
    }
}

/// What becomes of a request on its way there and back.
#[derive(Clone, Copy, Debug)]
pub struct Fate {
    pub there: Millis,
    pub back: Millis,
    /// It never reaches the server: the page learns that at once, or when its time is over.
    pub lost: bool,
    /// The answer never reaches the page.
    pub unanswered: bool,
    /// The page learns of the failure at once.
    pub noticed: bool,
    /// It reaches the server once more, so much later.
    pub again: Option<Millis>,
}

impl Fate {
    /// What becomes of the next request; what is no everyday fate is noted.
    pub fn of(climate: &Climate, chance: &mut Chance, seen: &mut Faults) -> Self {
        let mut fate = Fate {
            there: chance.within(5..=120),
            back: chance.within(5..=120),
            lost: false,
            unanswered: false,
            noticed: chance.percent(70),
            again: None,
        };
        let mut happens = |fault, chance: &mut Chance| {
            let happens = climate.has(fault) && chance.percent(climate.severity);
            if happens {
                seen.add(fault);
            }
            happens
        };
        if happens(Fault::Delayed, chance) {
            fate.there += chance.within(0..=20_000);
            fate.back += chance.within(0..=20_000);
        }
        fate.lost = happens(Fault::LostRequest, chance);
        fate.unanswered = happens(Fault::LostAnswer, chance);
        if happens(Fault::Duplicated, chance) {
            fate.again = Some(chance.within(1..=90_000));
        }
        if happens(Fault::Overtaken, chance) {
            // Something on the way holds it back, and tells the page that it failed.
            fate.there += chance.within(2000..=40_000);
            fate.unanswered = true;
            fate.noticed = true;
        }
        fate
    }
}

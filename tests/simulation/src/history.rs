//! What really happened to each event: who captured it, where it was kept, which attempts there
//! were, when the server took it, and what excuses its loss. Knows what must never be; must never
//! know the core.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;

use backstitch::time::Millis;
use foldhash::fast::FixedState;

use crate::event;

/// An event by its place in the order of all captures.
pub type EventId = usize;

const MINUTE: Millis = 60_000;
/// So often an event may be sent in a minute in which nothing calls for it.
const ATTEMPTS: usize = 10;

/// How the core names what it tells the server of its own accord.
const WARNING: &str = "$$client_ingestion_warning";
/// The event that the server never takes.
pub const OFFENDER: &str = "offender";

/// Why an event may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excuse {
    /// A kill came before it was committed, or on the disk.
    Killed,
    /// It is one that the server never takes.
    Refused,
    /// A healthy page has handed it over at its end, and nobody can know more.
    InDoubt,
    /// There was nowhere to keep it.
    NowhereToKeep,
    /// More waited than may.
    Bounds,
}

impl Excuse {
    pub const ALL: [Excuse; 5] = [
        Excuse::Killed,
        Excuse::Refused,
        Excuse::InDoubt,
        Excuse::NowhereToKeep,
        Excuse::Bounds,
    ];
}

impl fmt::Display for Excuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Excuse::Killed => "killed before it was kept",
            Excuse::Refused => "never taken by the server",
            Excuse::InDoubt => "handed over by a healthy page at its end",
            Excuse::NowhereToKeep => "nowhere to keep it",
            Excuse::Bounds => "more than may wait",
        })
    }
}

/// What must never be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    Lost(EventId),
    Twice(EventId),
    Changed(EventId, String),
    Overtaken { early: EventId, late: EventId },
    Unknown(String),
    Storm(EventId),
    Copied(EventId),
    Unconsented(String),
    AdoptedFromTheLiving { page: usize, by: usize },
    TooMuchKept(String),
    LeftBehind(String),
    Restless,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::Lost(event) => write!(f, "event {event} is lost"),
            Violation::Twice(event) => write!(f, "event {event} is stored twice"),
            Violation::Changed(event, to) => write!(f, "event {event} has changed: {to}"),
            Violation::Overtaken { early, late } => {
                write!(f, "event {early} was overtaken by {late} of the same page")
            }
            Violation::Unknown(event) => write!(f, "nobody captured {event}"),
            Violation::Storm(event) => write!(f, "event {event} is sent again and again"),
            Violation::Copied(event) => {
                write!(
                    f,
                    "event {event} reached the server twice, though nothing failed"
                )
            }
            Violation::Unconsented(what) => write!(f, "kept without consent: {what}"),
            Violation::AdoptedFromTheLiving { page, by } => {
                write!(
                    f,
                    "page {by} adopted the events of page {page}, which lives"
                )
            }
            Violation::TooMuchKept(what) => write!(f, "more is kept than may be: {what}"),
            Violation::LeftBehind(what) => write!(f, "left behind when all was done: {what}"),
            Violation::Restless => write!(f, "the pages never come to rest"),
        }
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    pub uuid: String,
    /// What of it never changes.
    pub constant: String,
    /// The page that captured it.
    pub page: usize,
    /// The pages that had it, one after the other.
    pub way: Vec<usize>,
    /// Whether nobody captured it: the core tells it of its own accord.
    pub is_warning: bool,
    /// Whether the server never takes it.
    pub offends: bool,
    /// Whether it is in the database, or was.
    pub committed: bool,
    /// Whether another page has taken it from the last words of its own.
    pub taken: bool,
    /// The healthy page that has handed it over at its end.
    pub in_doubt: Option<usize>,
    /// Whether nobody can say in which order it arrives: it was under way while later ones were
    /// handed over, or two pages have it.
    pub raced: bool,
    /// Who has heard it in last words.
    pub heard_by: Option<usize>,
    /// Whether a copy is no mistake: its page handed it over before the server had ever answered
    /// it, so nobody could know that the network is well; or two pages heard the same last words.
    pub unproven: bool,
    pub excuse: Option<Excuse>,
    /// The page that sent it when the server took it.
    pub stored_by: Option<usize>,
    /// How often it reached the server.
    pub arrivals: u32,
    /// When, and by which page.
    pub attempts: VecDeque<(Millis, usize)>,
}

/// All events, and the first thing that must never be.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub events: Vec<Event>,
    by_uuid: HashMap<String, EventId, FixedState>,
    /// The latest event stored, by the pages that had it, from the one that captured it to the
    /// one that sent it: order is kept among those that went the same way.
    latest: BTreeMap<Vec<usize>, EventId>,
    /// When something called for sending at once.
    pokes: VecDeque<(Millis, usize)>,
    pub violation: Option<Violation>,
    /// Whether it prints that at once.
    pub told: bool,
}

impl History {
    pub fn new(told: bool) -> Self {
        History {
            told,
            ..History::default()
        }
    }

    pub fn blame(&mut self, violation: Violation) {
        if self.told && self.violation.is_none() {
            println!("           {violation}");
        }
        self.violation.get_or_insert(violation);
    }

    pub fn captured(&mut self, page: usize, text: &str) -> EventId {
        let id = self.events.len();
        let (uuid, name) = (event::uuid(text), event::name(text));
        self.by_uuid.insert(uuid.into(), id);
        self.events.push(Event {
            uuid: uuid.into(),
            constant: event::constant(text),
            page,
            way: vec![page],
            is_warning: name == WARNING,
            offends: name == OFFENDER,
            committed: false,
            taken: false,
            in_doubt: None,
            unproven: false,
            raced: false,
            heard_by: None,
            excuse: (name == OFFENDER).then_some(Excuse::Refused),
            stored_by: None,
            arrivals: 0,
            attempts: VecDeque::new(),
        });
        id
    }

    /// The event of a text, which must be the same as ever.
    pub fn meet(&mut self, page: usize, text: &str) -> EventId {
        let Some(id) = self.by_uuid.get(event::uuid(text)).copied() else {
            if event::name(text) != WARNING {
                self.blame(Violation::Unknown(text.into()));
            }
            return self.captured(page, text);
        };
        if event::constant(text) != self.events[id].constant {
            self.blame(Violation::Changed(id, text.into()));
        }
        id
    }

    /// An event is in the database as one of a page's.
    pub fn kept(&mut self, page: usize, id: EventId) {
        let event = &mut self.events[id];
        event.committed = true;
        if event.way.last() != Some(&page) {
            event.way.push(page);
        }
    }

    /// A page hears the last words of another. Two that hear the same both have it; and where the
    /// database is not well (`torn`), what was captured later may have been kept, or found sooner.
    pub fn heard(&mut self, by: usize, words: &str, torn: bool) {
        for event in self
            .events
            .iter_mut()
            .filter(|event| words.contains(&event.uuid))
        {
            let first = *event.heard_by.get_or_insert(by);
            event.raced |= first != by || torn;
            event.unproven |= first != by;
        }
    }

    /// Something calls for sending at once.
    pub fn poked(&mut self, now: Millis) {
        self.pokes.push_back((now, 0));
        trim(&mut self.pokes, now);
    }

    pub fn attempted(&mut self, now: Millis, by: usize, id: EventId) {
        trim(&mut self.pokes, now);
        let allowed = ATTEMPTS + self.pokes.len();
        let attempts = &mut self.events[id].attempts;
        attempts.push_back((now, by));
        trim(attempts, now);
        if attempts.iter().filter(|(_, page)| *page == by).count() > allowed {
            self.blame(Violation::Storm(id));
        }
    }

    /// An event has reached the server, which is `well` and stores it if it is `new`.
    pub fn stored(&mut self, id: EventId, by: usize, new: bool) {
        let event = &mut self.events[id];
        if event.stored_by.is_some() {
            if new {
                self.blame(Violation::Twice(id));
            }
            return;
        }
        event.stored_by = Some(by);
        if event.is_warning || event.raced {
            return;
        }
        let mut way = event.way.clone();
        match way.iter().position(|page| *page == by) {
            Some(at) => way.truncate(at + 1),
            None => way.push(by),
        }
        let latest = self.latest.entry(way).or_insert(id);
        let late = *latest;
        *latest = id.max(late);
        if late > id {
            self.blame(Violation::Overtaken { early: id, late });
        }
    }

    /// Whether an event may be missing, or is not.
    pub fn is_settled(&self, id: EventId) -> bool {
        let event = &self.events[id];
        event.stored_by.is_some() || event.excuse.is_some() || event.is_warning
    }

    /// Those of a page, or of all, that can still be lost.
    pub fn at_risk(&self, page: Option<usize>) -> Vec<EventId> {
        let events = self.events.iter().enumerate();
        let events = events.filter(|(_, event)| page.is_none_or(|page| event.page == page));
        let at_risk = events.filter(|(id, _)| !self.is_settled(*id));
        at_risk.map(|(id, _)| id).collect()
    }

    /// Whether an event is among the texts of some last words.
    pub fn is_in(&self, id: EventId, words: &[(String, String)]) -> bool {
        words
            .iter()
            .any(|(_, text)| text.contains(&self.events[id].uuid))
    }

    /// The first that is missing when everything has come to its end.
    pub fn lost(&self) -> Option<EventId> {
        (0..self.events.len()).find(|id| !self.is_settled(*id))
    }
}

fn trim(times: &mut VecDeque<(Millis, usize)>, now: Millis) {
    while times.front().is_some_and(|(at, _)| at + MINUTE < now) {
        times.pop_front();
    }
}

//! The server of a [`World`](super::World): answers as it is told to, and notes
//! what reached it. Knows the shape of a batch; never who sends it or why.

use std::collections::{BTreeSet, VecDeque};

use backstitch::time::Millis;
use serde_json::Value;

use super::moment;

/// How long an answer takes if nothing else is said.
pub const LATENCY: Millis = 50;

/// A batch as it reached the server.
#[derive(Clone, Debug)]
pub struct Request {
    pub at: Millis,
    pub tab: usize,
    pub url: String,
    /// The whole body.
    pub body: Value,
    /// Whether the page may be gone.
    pub last: bool,
    /// What it was answered.
    pub status: u32,
    /// Whether the page that sent it has learned of that.
    pub is_answered: bool,
}

impl Request {
    pub fn new(at: Millis, tab: usize, url: String, body: &str, last: bool) -> Self {
        let mut body: Value = serde_json::from_str(body).expect("a body is JSON");
        body["sent_at"] = moment(at).into();
        Request {
            at,
            tab,
            url,
            body,
            last,
            status: 0,
            is_answered: false,
        }
    }

    pub fn events(&self) -> &[Value] {
        self.body["batch"].as_array().expect("a batch is an array")
    }

    /// The names of its events, in order.
    pub fn names(&self) -> Vec<&str> {
        self.events().iter().map(name).collect()
    }
}

pub fn name(event: &Value) -> &str {
    event["event"].as_str().expect("an event has a name")
}

pub fn uuid(event: &Value) -> &str {
    event["uuid"].as_str().expect("an event has a uuid")
}

/// What the server does with a request.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The HTTP status that the page learns of; 0 for none.
    pub status: u32,
    pub retry_after: Millis,
    /// How long the page waits for it; `None` is for ever.
    pub delay: Option<Millis>,
    /// Whether the events are stored.
    pub stores: bool,
}

impl Answer {
    pub fn status(status: u32) -> Self {
        Answer {
            status,
            retry_after: 0,
            delay: Some(LATENCY),
            stores: (200..300).contains(&status),
        }
    }

    /// The connection breaks: before the batch arrived, or after it was stored.
    pub fn lost(stores: bool) -> Self {
        Answer {
            stores,
            ..Answer::status(0)
        }
    }

    pub fn after(self, delay: Millis) -> Self {
        Answer {
            delay: Some(delay),
            ..self
        }
    }

    pub fn never(self) -> Self {
        Answer {
            delay: None,
            ..self
        }
    }

    pub fn retry_after(self, retry_after: Millis) -> Self {
        Answer {
            retry_after,
            ..self
        }
    }
}

type Rule = Box<dyn Fn(&Request) -> Answer>;

/// Stores each event once, however often it comes.
pub struct Server {
    /// The answers to the next requests, before the rule applies again.
    pub next: VecDeque<Answer>,
    pub rule: Rule,
    pub requests: Vec<Request>,
    /// Each event with the tab that sent it, as it first came.
    pub stored: Vec<(usize, Value)>,
    uuids: BTreeSet<String>,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            next: VecDeque::new(),
            rule: Box::new(|_| Answer::status(200)),
            requests: Vec::new(),
            stored: Vec::new(),
            uuids: BTreeSet::new(),
        }
    }
}

impl Server {
    /// From now on everything is answered so.
    pub fn always(&mut self, answer: Answer) {
        self.rule = Box::new(move |_| answer);
    }

    pub fn receive(&mut self, mut request: Request) -> Answer {
        let next = self.next.pop_front();
        let answer = next.unwrap_or_else(|| (self.rule)(&request));
        if answer.stores {
            for event in request.events() {
                if self.uuids.insert(uuid(event).into()) {
                    self.stored.push((request.tab, event.clone()));
                }
            }
        }
        request.status = answer.status;
        self.requests.push(request);
        answer
    }

    /// The names of what is stored, in the order in which it came.
    pub fn names(&self) -> Vec<&str> {
        self.stored.iter().map(|(_, event)| name(event)).collect()
    }

    pub fn has_stored(&self, event: &str) -> bool {
        self.uuids.contains(event)
    }

    /// The stored events of a name.
    pub fn named(&self, wanted: &str) -> Vec<&Value> {
        let events = self.stored.iter().map(|(_, event)| event);
        events.filter(|event| name(event) == wanted).collect()
    }

    pub fn last_request(&self) -> &Request {
        self.requests.last().expect("a request was made")
    }
}

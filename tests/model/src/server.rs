//! The collector's own person rules, behind what it does first: an event whose uuid was seen is
//! left out. Knows how a batch is read; must never know which tab sent it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use backstitch_collector::instant::UnixMillis;
use backstitch_collector::json::{JsonText, Object};
use backstitch_collector::persons::{self, MemoryStore, Person, PersonEvent, Project};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::action::Account;
use crate::memory::Table;
use crate::network::Message;
use crate::part::{Part, hash_of};
use crate::rules::Rules;

const PROJECT: Project = Project {
    team_id: 1,
    person_processing_opt_out: false,
};

/// An event of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub uuid: u128,
    pub name: Arc<str>,
    pub distinct_id: Arc<str>,
    /// `$anon_distinct_id`, if it asks to be stitched.
    pub anonymous_id: Option<Arc<str>>,
    /// `$user_id`: who is logged in.
    pub user_id: Option<Arc<str>>,
    /// Whose property it sets.
    pub owner: Option<Account>,
    /// The hash of its text, without the one thing that may change: `$anon_distinct_id`.
    pub text: u64,
    /// The hash of its text.
    pub hash: u64,
    person: PersonEvent,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    batch: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    uuid: Uuid,
    event: String,
    #[serde(borrow)]
    properties: &'a RawValue,
    #[serde(borrow, rename = "$set")]
    set: Option<&'a RawValue>,
    #[serde(borrow, rename = "$set_once")]
    set_once: Option<&'a RawValue>,
}

thread_local! {
    /// Events that this thread has read before: the same come in many worlds.
    static READ: RefCell<Table<Arc<Event>>> = RefCell::default();
}

/// As many events are remembered at most.
const MOST_READ: usize = 100_000;

/// What came of a batch.
#[derive(Debug, PartialEq)]
pub struct Receipt {
    pub server: Part<Server>,
    /// The events that were new.
    pub new: Vec<Arc<Event>>,
}

/// The events of a request's body.
pub fn events_of(body: &str) -> Arc<[Arc<Event>]> {
    let body: Body = serde_json::from_str(body).expect("a batch is JSON");
    body.batch.iter().map(|raw| event(raw.get())).collect()
}

/// An event from its text.
pub fn event(text: &str) -> Arc<Event> {
    let hash = hash_of(text);
    READ.with_borrow_mut(|read| {
        if read.len() > MOST_READ {
            read.clear();
        }
        let event = read
            .entry(hash)
            .or_insert_with(|| Arc::new(parse(text, hash)));
        Arc::clone(event)
    })
}

fn parse(text: &str, hash: u64) -> Event {
    let wire: Wire = serde_json::from_str(text).expect("an event is JSON");
    let mut properties = Object::parse(wire.properties.get()).expect("properties are an object");
    // As ingestion merges them.
    for (key, value) in [("$set", wire.set), ("$set_once", wire.set_once)] {
        if let Some(value) = value {
            properties.insert(key, JsonText::from_raw(value));
        }
    }
    let string = |object: &Object, key: &str| object.get(key).and_then(JsonText::as_string);
    let name: Arc<str> = wire.event.into();
    let distinct_id = string(&properties, "distinct_id").expect("an event has a distinct_id");
    let distinct_id: Arc<str> = distinct_id.into();
    let set = properties.get("$set").and_then(JsonText::as_object);
    let anonymous_id: Option<Arc<str>> = string(&properties, "$anon_distinct_id").map(Into::into);
    let user_id = string(&properties, "$user_id").map(Into::into);
    Event {
        user_id,
        uuid: wire.uuid.as_u128(),
        owner: set.and_then(|set| Account::of(&string(&set, "owner")?)),
        text: hash_of(&match anonymous_id.as_deref() {
            Some(id) => text.replace(&format!("\"$anon_distinct_id\":\"{id}\""), ""),
            None => text.into(),
        }),
        hash,
        anonymous_id,
        // Persons are the same whenever the event was made: one time keeps the states few.
        person: PersonEvent::new(wire.uuid, &name, &distinct_id, UnixMillis(0), &properties),
        name,
        distinct_id,
    }
}

/// What the collector has.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub struct Server {
    seen: BTreeSet<u128>,
    store: MemoryStore,
}

/// Takes a request in, as the same collector has done before or will again.
pub fn received(rules: &Rules, server: &mut Part<Server>, message: &Message) -> Arc<Receipt> {
    let before = server.fingerprint();
    let receive = || {
        let mut server = server.clone();
        let new = server.edit().receive(&message.events);
        server.fingerprint();
        Receipt { server, new }
    };
    match &rules.memory {
        Some(memory) => {
            let of = hash_of(&(before, message.hash));
            memory.receipts.recall(of, receive)
        }
        None => Arc::new(receive()),
    }
}

impl Server {
    /// Takes a batch; the events that are new.
    fn receive(&mut self, events: &[Arc<Event>]) -> Vec<Arc<Event>> {
        let mut new = Vec::new();
        for event in events {
            if self.seen.insert(event.uuid) {
                let Ok(_) = persons::process(&PROJECT, &event.person, &mut self.store);
                new.push(Arc::clone(event));
            }
        }
        new
    }

    /// The person an id leads to.
    pub fn person(&self, id: &str) -> Option<&Arc<Person>> {
        let (_, record) = self.store.ids().find(|(known, _)| &***known == id)?;
        let uuid = record.person?;
        self.store.persons().find(|person| person.uuid == uuid)
    }

    /// The account that an id leads to the same person as.
    pub fn account_of(&self, id: &str) -> Option<Account> {
        let person = self.person(id)?.uuid;
        let is_of = |account: &Account| {
            let other = self.person(account.id());
            other.is_some_and(|other| other.uuid == person)
        };
        Account::ALL.into_iter().find(is_of)
    }
}

/// The property by which a person shows whose they are.
pub fn owner_of(person: &Person) -> Option<Account> {
    Account::of(&person.properties.get("owner")?.as_string()?)
}

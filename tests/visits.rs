#![cfg(not(target_arch = "wasm32"))]
//! Any sequence of events, logins, logouts, reloads and bad servers, in two
//! tabs: who the visitor is follows a model of a few lines, nothing is lost,
//! doubled or turned around, and no two accounts ever meet.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use backstitch::error::Error;
use backstitch::id::ANONYMOUS_PREFIX;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use serde_json::{Value, json};
use world::server::{Answer, Request, name, uuid};
use world::{MINUTE, SECOND, World};

const TABS: usize = 2;

/// Who the visitor is, as the site's developer sees it.
#[derive(Clone, Debug, Default)]
struct Visitor {
    account: Option<&'static str>,
    /// How many anonymous visitors there were before this one.
    earlier: usize,
    /// How often an anonymous visitor became an account.
    logins: usize,
    /// How often an account was changed without a logout.
    switches: usize,
    /// The group of the site's one type.
    group: Option<&'static str>,
    /// Whether events make a person.
    persons: bool,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Capture { tab: usize },
    Identify { tab: usize, account: &'static str },
    Reset { tab: usize, device: bool },
    Describe { tab: usize, what: Description },
    Reload { tab: usize },
    Online { tab: usize },
    Wait { time: u64 },
    Serve(Mood),
}

/// What is said of the person or the group.
#[derive(Clone, Copy, Debug)]
enum Description {
    Set,
    Unset,
    Alias,
    Join(&'static str),
    LeaveAll,
}

impl Description {
    /// The event that it asks for.
    fn event(self) -> (&'static str, Value) {
        match self {
            Description::Set => ("$set", json!({"$set": {"plan": "pro"}})),
            Description::Unset => ("$set", json!({"$unset": ["plan"]})),
            Description::Alias => ("$create_alias", json!({"alias": "alias"})),
            Description::Join(key) => (
                "$groupidentify",
                json!({"$group_type": "company", "$group_key": key}),
            ),
            Description::LeaveAll => ("$groups", json!({})),
        }
    }
}

fn description() -> impl Strategy<Value = Description> {
    prop_oneof![
        Just(Description::Set),
        Just(Description::Unset),
        Just(Description::Alias),
        prop::sample::select(vec!["acme", "other"]).prop_map(Description::Join),
        Just(Description::LeaveAll),
    ]
}

/// What the server does with everything from now on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Well,
    Failing {
        status: u32,
        retry_after: u64,
    },
    /// The connection breaks, before or after the batch was stored.
    Breaking {
        stores: bool,
    },
    /// Larger batches are refused.
    Small {
        events: usize,
    },
    Slow {
        answer: u64,
    },
}

impl Mood {
    fn answer(self, request: &Request) -> Answer {
        match self {
            Mood::Well => Answer::status(200),
            Mood::Failing {
                status,
                retry_after,
            } => Answer::status(status).retry_after(retry_after),
            Mood::Breaking { stores } => Answer::lost(stores),
            Mood::Small { events } if request.events().len() > events => Answer::status(413),
            Mood::Small { .. } => Answer::status(200),
            Mood::Slow { answer } => Answer::status(200).after(answer),
        }
    }
}

fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        Just(Mood::Well),
        (prop::sample::select(vec![500, 503, 408, 429]), 0..MINUTE).prop_map(
            |(status, retry_after)| Mood::Failing {
                status,
                retry_after
            }
        ),
        any::<bool>().prop_map(|stores| Mood::Breaking { stores }),
        (1..4_usize).prop_map(|events| Mood::Small { events }),
        (0..MINUTE).prop_map(|answer| Mood::Slow { answer }),
    ]
}

impl Visitor {
    /// Logs out.
    fn leave(&mut self) {
        self.account = None;
        self.earlier += 1;
        self.group = None;
        self.persons = false;
    }

    /// A group that is new is an event, which makes a person like all later ones.
    fn join(&mut self, key: &'static str) {
        self.persons |= self.group != Some(key);
        self.group = Some(key);
    }
}

impl ReferenceStateMachine for Visitor {
    type State = Visitor;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Visitor> {
        Just(Visitor::default()).boxed()
    }

    fn transitions(_: &Visitor) -> BoxedStrategy<Step> {
        let tab = 0..TABS;
        prop_oneof![
            8 => tab.clone().prop_map(|tab| Step::Capture { tab }),
            3 => (tab.clone(), prop::sample::select(vec!["a", "b"]))
                .prop_map(|(tab, account)| Step::Identify { tab, account }),
            2 => (tab.clone(), any::<bool>()).prop_map(|(tab, device)| Step::Reset { tab, device }),
            2 => (tab.clone(), description()).prop_map(|(tab, what)| Step::Describe { tab, what }),
            1 => tab.clone().prop_map(|tab| Step::Reload { tab }),
            1 => tab.prop_map(|tab| Step::Online { tab }),
            3 => prop_oneof![0..10 * SECOND, 0..60 * MINUTE].prop_map(|time| Step::Wait { time }),
            2 => mood().prop_map(Step::Serve),
        ]
        .boxed()
    }

    fn apply(mut visitor: Visitor, step: &Step) -> Visitor {
        match *step {
            Step::Identify { account, .. } if visitor.account != Some(account) => {
                if visitor.account.is_some() {
                    visitor.switches += 1;
                    visitor.leave();
                }
                visitor.account = Some(account);
                visitor.logins += 1;
                visitor.persons = true;
            }
            Step::Reset { .. } => visitor.leave(),
            Step::Describe { what, .. } => match what {
                Description::Join(key) => visitor.join(key),
                Description::LeaveAll => visitor.group = None,
                _ => visitor.persons = true,
            },
            _ => {}
        }
        visitor
    }
}

/// A world, and what was done in it.
struct Visits {
    world: World,
    mood: Mood,
    /// The uuid of each event, in the order of capture, with its tab.
    captured: Vec<(usize, String)>,
    /// The ids of the anonymous visitors, by their number.
    anonymous: BTreeMap<usize, String>,
}

impl Visits {
    /// Every tab has the visitor whom the model has.
    fn check(&mut self, visitor: &Visitor) {
        for tab in 0..TABS {
            let id = self.world.distinct_id(tab);
            if let Some(account) = visitor.account {
                assert_eq!(id, account);
            } else if let Some(known) = self.anonymous.get(&visitor.earlier) {
                assert_eq!(id, *known);
            } else {
                assert!(id.starts_with(ANONYMOUS_PREFIX));
                assert!(self.anonymous.values().all(|other| *other != id));
                self.anonymous.insert(visitor.earlier, id);
            }
        }
    }
}

impl StateMachineTest for Visits {
    type SystemUnderTest = Visits;
    type Reference = Visitor;

    fn init_test(visitor: &Visitor) -> Visits {
        let mut world = World::new();
        for _ in 0..TABS {
            world.open();
        }
        let mut visits = Visits {
            world,
            mood: Mood::Well,
            captured: Vec::new(),
            anonymous: BTreeMap::new(),
        };
        visits.check(visitor);
        visits
    }

    fn apply(mut visits: Visits, visitor: &Visitor, step: Step) -> Visits {
        let world = &mut visits.world;
        match step {
            Step::Capture { tab } => {
                let number = visits.captured.len();
                let event = world.capture(tab, "seen", json!({ "number": number }));
                let id = event["properties"]["distinct_id"].clone();
                assert_eq!(id, world.distinct_id(tab));
                let persons = &event["properties"]["$process_person_profile"];
                assert_eq!(*persons, visitor.persons);
                let group = &event["properties"]["$groups"]["company"];
                assert_eq!(group.as_str(), visitor.group);
                visits.captured.push((tab, uuid(&event).into()));
            }
            Step::Identify { tab, account } => world.identify(tab, account),
            Step::Reset { tab, device: true } => world.reset_device(tab),
            Step::Reset { tab, .. } => world.reset(tab),
            Step::Describe { tab, what } => {
                let (name, properties) = what.event();
                world.describe(tab, name, properties);
            }
            Step::Reload { tab } => world.reload(tab),
            Step::Online { tab } => world.online(tab),
            Step::Wait { time } => world.advance(time),
            Step::Serve(mood) => {
                visits.mood = mood;
                world.server.rule = Box::new(move |request| mood.answer(request));
            }
        }
        visits.check(visitor);
        visits
    }

    fn teardown(mut visits: Visits, visitor: Visitor) {
        let world = &mut visits.world;
        world.server.always(Answer::status(200));
        world.settle();

        // What a page had under way at its end, and could believe to have arrived.
        let requests = world.server.requests.iter();
        let unheard = requests.filter(|request| !request.is_answered && request.status != 200);
        let in_doubt: Vec<&Value> = unheard.flat_map(Request::events).collect();
        let has_login = in_doubt.iter().any(|event| name(event) == "$identify");
        let in_doubt: BTreeSet<&str> = in_doubt.into_iter().map(uuid).collect();
        for (_, uuid) in &visits.captured {
            let stored = world.server.has_stored(uuid);
            assert!(stored || in_doubt.contains(&**uuid), "an event was lost");
        }
        check_order(world);
        check_copies(world);
        check_logins(world);
        if !has_login {
            assert_eq!(world.server.named("$identify").len(), visitor.logins);
        }
        let told: Vec<Error> = (0..TABS).flat_map(|tab| world.errors(tab)).collect();
        assert_eq!(told, vec![Error::AccountSwitched; visitor.switches]);
    }
}

/// The events of each tab came in the order of their capture.
fn check_order(world: &World) {
    for tab in 0..TABS {
        let stored = world.server.stored.iter().filter(|(from, _)| *from == tab);
        let numbers: Vec<u64> = stored
            .filter_map(|(_, event)| event["properties"]["number"].as_u64())
            .collect();
        assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    }
}

/// What the server said it has, and the page heard it, is not sent again, and what comes again is the
/// same to the letter.
fn check_copies(world: &World) {
    let mut taken = BTreeSet::new();
    let mut first: BTreeMap<&str, &Value> = BTreeMap::new();
    for request in &world.server.requests {
        for event in request.events() {
            assert_eq!(*first.entry(uuid(event)).or_insert(event), event);
            if request.status == 200 && request.is_answered {
                assert!(taken.insert(uuid(event)), "taken, and sent again");
            }
        }
    }
}

/// No anonymous id leads to two accounts, and none is an account.
fn check_logins(world: &World) {
    let mut accounts: BTreeMap<&str, &str> = BTreeMap::new();
    for login in world.server.named("$identify") {
        let id = |key: &str| login["properties"][key].as_str().expect("an id");
        let (anonymous, account) = (id("$anon_distinct_id"), id("distinct_id"));
        assert!(anonymous.starts_with(ANONYMOUS_PREFIX), "{anonymous}");
        assert_eq!(*accounts.entry(anonymous).or_insert(account), account);
    }
}

prop_state_machine! {
    #[test]
    fn whatever_happens_the_visitor_is_who_they_are_and_nothing_is_lost(sequential 1..60 => Visits);
}

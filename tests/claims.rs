#![cfg(not(target_arch = "wasm32"))]
//! An anonymous id is one account's: what a login waits for before it leaves,
//! and what becomes of it when somebody else was first.

mod world;

use backstitch::id::ANONYMOUS_PREFIX;
use backstitch::visitor::hash;
use serde_json::{Value, json};
use world::server::uuid;
use world::shell::Access;
use world::{BEGINNING, MINUTE, SECOND, World};

/// A page whose first event has left, so that nothing but a claim holds the next.
fn visited(access: Access) -> (World, usize) {
    let mut world = World::new();
    world.database.access = access;
    let tab = world.open();
    world.capture(tab, "seen", json!({}));
    world.settle();
    (world, tab)
}

/// When the server got the one login.
fn login_at(world: &World) -> u64 {
    let requests = world.server.requests.iter();
    let of: Vec<u64> = requests
        .filter(|request| request.names().contains(&"$identify"))
        .map(|request| request.at)
        .collect();
    assert_eq!(of.len(), 1);
    of[0]
}

fn login(world: &World) -> &Value {
    let logins = world.server.named("$identify");
    assert_eq!(logins.len(), 1, "{:?}", world.server.names());
    logins[0]
}

fn anonymous_id(login: &Value) -> &str {
    let id = &login["properties"]["$anon_distinct_id"];
    id.as_str().expect("an id")
}

/// What is kept for the next page.
fn unsent(world: &World) -> Vec<Value> {
    let words = world.words.values();
    let words = words.map(|words| serde_json::from_str::<Value>(words).expect("words are JSON"));
    let events = words.map(|words| words["events"].as_array().expect("an array").clone());
    events.flatten().collect()
}

#[test]
fn a_login_claims_the_anonymous_id_and_leaves_once_it_has_it() {
    let (mut world, tab) = visited(Access::Open);
    let anonymous = world.distinct_id(tab);
    world.database.access = Access::Hangs;
    world.identify(tab, "a");
    let since = world.now;
    assert_eq!(world.tab(tab).claims, [(anonymous.clone(), hash("a"))]);
    world.advance(SECOND);
    assert_eq!(world.server.names(), ["seen"]);
    world.database_answers(tab, &anonymous, Some(hash("a")));
    world.settle();
    assert_eq!(anonymous_id(login(&world)), anonymous);
    // It was due all the time, three seconds after its capture at the latest.
    assert!(login_at(&world) <= since + 3 * SECOND);

    let other = world.distinct_id(tab);
    world.database_answers(tab, &other, Some(hash("b")));
    world.database_answers(tab, &anonymous, Some(hash("b")));
    world.settle();
    assert_eq!(
        world.server.names(),
        ["seen", "$identify"],
        "an answer too many"
    );
}

#[test]
fn an_answer_for_another_id_lets_nothing_go() {
    let (mut world, tab) = visited(Access::Open);
    world.database.access = Access::Hangs;
    world.identify(tab, "a");
    let since = world.now;
    world.database_answers(tab, "another", Some(hash("a")));
    world.hide(tab);
    assert_eq!(world.server.names(), ["seen"]);
    world.online(tab);
    world.settle();
    assert_eq!(login_at(&world), since + 2 * SECOND);
}

#[test]
fn what_is_behind_a_login_waits_with_it_and_keeps_its_place() {
    let (mut world, tab) = visited(Access::Open);
    let anonymous = world.distinct_id(tab);
    world.capture(tab, "before", json!({}));
    world.database.access = Access::Hangs;
    world.identify(tab, "a");
    for _ in 0..150 {
        world.capture(tab, "after", json!({}));
    }
    world.advance(2 * SECOND - 1);
    assert_eq!(world.server.names(), ["seen", "before"]);
    world.database_answers(tab, &anonymous, Some(hash("a")));
    world.settle();
    let names = world.server.names();
    assert_eq!(names[..4], ["seen", "before", "$identify", "after"]);
    assert_eq!(names.len(), 153);
}

#[test]
fn a_database_that_opens_late_has_two_seconds_and_its_claims_two_more() {
    for (opens_after, leaves_after) in [(None, 2000), (Some(1500), 3500)] {
        let (mut world, tab) = visited(Access::Hangs);
        let anonymous = world.distinct_id(tab);
        world.identify(tab, "a");
        let since = world.now;
        assert_eq!(world.tab(tab).claims, [], "the state is not there yet");
        if let Some(time) = opens_after {
            world.advance(time);
            world.database_opens(tab);
            assert_eq!(world.tab(tab).claims, [(anonymous.clone(), hash("a"))]);
        }
        world.settle();
        assert_eq!(login_at(&world), since + leaves_after);
        assert_eq!(anonymous_id(login(&world)), anonymous);
    }
}

#[test]
fn without_a_database_or_storage_a_login_leaves_without_a_wait() {
    for options in [json!({}), json!({"persistence": "memory"})] {
        let mut world = World::new();
        world.options = options;
        world.database.access = Access::Missing;
        let tab = world.open();
        let anonymous = world.distinct_id(tab);
        world.identify(tab, "a");
        world.settle();
        assert_eq!(login_at(&world), BEGINNING);
        assert_eq!(anonymous_id(login(&world)), anonymous);
    }
}

#[test]
fn a_login_whose_anonymous_id_is_anothers_leaves_with_a_fresh_one_and_is_else_the_same() {
    let (mut world, tab) = visited(Access::Open);
    let anonymous = world.distinct_id(tab);
    world.database.access = Access::Hangs;
    world.identify_with(tab, "a", json!({"plan": "pro"}), json!({"x": 1}));
    world.capture(tab, "after", json!({}));
    world.hide(tab);
    let before = unsent(&world);
    world.online(tab);
    world.advance(SECOND);
    world.database_answers(tab, &anonymous, Some(hash("b")));
    world.settle();

    let mut left = login(&world).clone();
    let fresh = anonymous_id(&left).to_owned();
    assert!(fresh.starts_with(ANONYMOUS_PREFIX));
    assert_ne!(fresh, anonymous);
    left["properties"]["$anon_distinct_id"] = json!(anonymous);
    assert_eq!(left, before[0]);
    assert_eq!(world.server.named("after"), [&before[1]]);
    assert_eq!(world.distinct_id(tab), "a");
    assert_eq!(left["properties"]["$device_id"], anonymous);
}

#[test]
fn two_accounts_that_come_too_late_get_a_fresh_id_each() {
    let (mut world, tab) = visited(Access::Open);
    world.database.access = Access::Hangs;
    let left = |uuid: &str, account: &str| {
        let properties = json!({"distinct_id": account, "$anon_distinct_id": "x"});
        json!({"uuid": uuid, "event": "$identify", "properties": properties})
    };
    world.words.insert(
        1,
        json!({"page": 1, "events": [left("1", "b"), left("2", "c"), left("3", "a")]}).to_string(),
    );
    world.take_over(tab);
    let asked = ["b", "c", "a"].map(|account| ("x".to_owned(), hash(account)));
    assert_eq!(world.tab(tab).claims, asked);
    world.database_answers(tab, "x", Some(hash("a")));
    world.settle();
    let logins = world.server.named("$identify");
    let [b, c, a] = logins
        .iter()
        .map(|login| anonymous_id(login))
        .collect::<Vec<_>>()[..]
    else {
        panic!("three logins");
    };
    assert_eq!(a, "x");
    assert!(b.starts_with(ANONYMOUS_PREFIX) && c.starts_with(ANONYMOUS_PREFIX));
    assert_ne!(b, c);
}

/// posthog-js, a kill or another subdomain may bring a spent id back.
#[test]
fn an_id_that_is_known_to_be_anothers_is_replaced_at_the_login() {
    for (account, keeps) in [("a", true), ("b", false)] {
        let (mut world, tab) = visited(Access::Open);
        let spent = world.distinct_id(tab);
        let session = json!([world.now, "another session", world.now]);
        world.identify(tab, "a");
        world.reset(tab);
        world.settle();
        world.stored = json!({
            "distinct_id": spent,
            "$device_id": spent,
            "$user_state": "anonymous",
            "$sesid": session,
        })
        .to_string();
        assert_eq!(world.distinct_id(tab), spent);
        let asked = world.tab(tab).claims.len();
        world.identify(tab, account);
        world.settle();
        let logins = world.server.named("$identify");
        let id = anonymous_id(logins[1]).to_owned();
        assert_eq!(id == spent, keeps, "{account}");
        assert!(id.starts_with(ANONYMOUS_PREFIX));
        assert_eq!(logins[1]["properties"]["distinct_id"], account);
        assert_eq!(logins[1]["properties"]["$device_id"], spent);
        assert_eq!(world.errors(tab), []);
        assert_eq!(world.tab(tab).claims[asked..], [(id, hash(account))]);
        assert_eq!(world.database.claims[&spent], hash("a"));
    }
}

#[test]
fn a_page_that_goes_leaves_what_is_held_to_the_next() {
    let (mut world, tab) = visited(Access::Open);
    let anonymous = world.distinct_id(tab);
    world.capture(tab, "before", json!({}));
    world.database.access = Access::Hangs;
    world.identify(tab, "a");
    world.capture(tab, "after", json!({}));
    world.leave(tab);
    assert_eq!(world.server.names(), ["seen", "before"]);
    let kept = unsent(&world);
    let names: Vec<_> = kept.iter().map(|event| &event["event"]).collect();
    assert_eq!(names, ["$identify", "after"]);

    world.database.access = Access::Open;
    world.kill(tab);
    assert_eq!(unsent(&world), [] as [Value; 0]);
    assert_eq!(world.database.claims[&anonymous], hash("a"));
    world.settle();
    assert_eq!(
        world.server.names(),
        ["seen", "before", "$identify", "after"]
    );
    assert_eq!(*login(&world), kept[0]);
    world.reload(tab);
    world.settle();
    assert_eq!(world.server.requests.len(), 3, "nothing twice");
}

#[test]
fn a_page_that_is_already_there_takes_over_what_another_leaves() {
    let (mut world, going) = visited(Access::Open);
    let there = world.open();
    let anonymous = world.distinct_id(there);
    world.database.claims.insert(anonymous.clone(), hash("b"));
    world.database.access = Access::Hangs;
    world.identify(going, "a");
    world.leave(going);
    let kept = unsent(&world);
    world.database.access = Access::Open;
    world.take_over(there);
    world.settle();
    let requests = &world.server.requests;
    let request = requests.iter().find(|r| r.names() == ["$identify"]);
    assert_eq!(request.expect("a login").tab, there);
    assert_eq!(uuid(login(&world)), uuid(&kept[0]));
    assert_ne!(anonymous_id(login(&world)), anonymous);
}

#[test]
fn a_page_that_is_seen_again_keeps_nothing_for_the_next() {
    let (mut world, tab) = visited(Access::Open);
    let anonymous = world.distinct_id(tab);
    world.database.access = Access::Hangs;
    world.identify(tab, "a");
    world.leave(tab);
    assert_eq!(unsent(&world).len(), 1);
    world.online(tab);
    let other = world.open();
    world.settle();
    assert_eq!(world.tab(other).claims, [], "it is not over");
    world.database_answers(tab, &anonymous, Some(hash("a")));
    world.settle();
    world.wake(tab);
    assert!(world.words.is_empty());
    // What another page left meanwhile is not this one's to erase.
    world.words.insert(1, "{}".into());
    world.hide(tab);
    world.online(tab);
    assert_eq!(world.words[&1], "{}");
}

#[test]
fn what_a_claim_lets_go_after_the_page_was_hidden_needs_no_page() {
    let (mut world, tab) = visited(Access::Open);
    let anonymous = world.distinct_id(tab);
    world.database.access = Access::Hangs;
    world.identify(tab, "a");
    world.capture(tab, "after", json!({}));
    world.hide(tab);
    world.database_answers(tab, &anonymous, Some(hash("a")));
    let request = world.server.last_request();
    assert!(request.last);
    assert_eq!(request.names(), ["$identify", "after"]);

    // The copy that the next page took is one.
    world.database.access = Access::Open;
    world.kill(tab);
    world.advance(MINUTE);
    assert_eq!(world.server.names(), ["seen", "$identify", "after"]);
}

#![cfg(not(target_arch = "wasm32"))]
//! Who an event is captured for, through login, logout and a change of account.

mod world;

use backstitch::client::{Client, Records, Start};
use backstitch::error::Error;
use backstitch::id::ANONYMOUS_PREFIX;
use serde_json::{Value, json};
use uuid::{Uuid, Version};
use world::World;

fn assert_anonymous(id: &str) {
    let uuid = id.strip_prefix(ANONYMOUS_PREFIX).expect("the prefix");
    let uuid: Uuid = uuid.parse().expect("a UUID");
    assert_eq!(uuid.get_version(), Some(Version::Random));
}

/// The one event of a name that the server has, once all has been sent.
fn only(world: &mut World, name: &str) -> Value {
    world.settle();
    let events = world.server.named(name);
    assert_eq!(events.len(), 1, "{name} in {:?}", world.server.names());
    events[0].clone()
}

#[test]
fn a_new_visitor_gets_an_anonymous_id_and_keeps_it() {
    let mut world = World::new();
    let tab = world.open();
    let id = world.distinct_id(tab);
    assert_anonymous(&id);
    assert_eq!(world.record()["distinct_id"], *id);
    assert_eq!(world.record()["$device_id"], *id);
    assert_eq!(world.record()["$user_state"], "anonymous");

    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], *id);
    assert_eq!(event["properties"]["$device_id"], *id);
    assert_eq!(event["properties"]["$is_identified"], false);
    assert_eq!(event["properties"]["$process_person_profile"], false);
    assert_eq!(event["properties"].get("$user_id"), None);

    world.reload(tab);
    assert_eq!(world.distinct_id(tab), id);
    let other = world.open();
    assert_eq!(world.distinct_id(other), id);
}

#[test]
fn an_id_that_was_stored_before_the_core_came_is_the_visitors() {
    let client = Client::new(Start {
        token: "phc_token",
        records: Records {
            shared: "{\"distinct_id\":\"ph_anonymous_given\"}",
            ..Records::default()
        },
        ..Start::default()
    })
    .expect("a token");
    assert_eq!(client.distinct_id(), "ph_anonymous_given");
}

#[test]
fn a_logout_in_one_tab_takes_the_campaign_from_the_other() {
    let mut world = World::new();
    let (out, other) = (world.open(), world.open());
    world.tab(other).page["query"] = json!({"utm_source": "letter"});
    world.identify(other, "a");
    let before = world.capture(other, "before", json!({}))["properties"].clone();
    assert_eq!(before["utm_source"], "letter");
    world.tab(other).page["query"] = json!({});
    world.reset(out);
    let after = world.capture(other, "after", json!({}))["properties"].clone();
    assert_eq!(after.get("utm_source"), None);
    assert_ne!(after["$window_id"], before["$window_id"]);
}

#[test]
fn a_login_in_one_tab_leaves_the_campaign_of_the_other() {
    let mut world = World::new();
    let (login, other) = (world.open(), world.open());
    world.tab(other).page["query"] = json!({"utm_source": "letter"});
    let before = world.capture(other, "before", json!({}))["properties"].clone();
    world.tab(other).page["query"] = json!({});
    world.identify(login, "a");
    let after = world.capture(other, "after", json!({}))["properties"].clone();
    assert_eq!(
        (&after["distinct_id"], &after["utm_source"]),
        (&json!("a"), &json!("letter"))
    );
    assert_eq!(after["$window_id"], before["$window_id"]);
}

#[test]
fn a_login_is_stitched_to_the_anonymous_id() {
    let mut world = World::new();
    let tab = world.open();
    let anonymous = world.distinct_id(tab);
    world.identify_with(
        tab,
        "user_123",
        json!({"email": "a@b.example"}),
        json!({"first": "/"}),
    );
    assert_eq!(world.distinct_id(tab), "user_123");

    let event = only(&mut world, "$identify");
    let properties = &event["properties"];
    assert_eq!(properties["distinct_id"], "user_123");
    assert_eq!(properties["$anon_distinct_id"], *anonymous);
    assert_eq!(properties["$device_id"], *anonymous);
    assert_eq!(properties["$user_id"], "user_123");
    assert_eq!(properties["$is_identified"], true);
    assert_eq!(properties["$process_person_profile"], true);
    assert_eq!(event["$set"], json!({"email": "a@b.example"}));
    assert_eq!(event["$set_once"]["first"], "/");

    assert_eq!(world.record()["$user_state"], "identified");
    assert_eq!(world.record()["$user_id"], "user_123");
    assert_eq!(world.record()["$epp"], true);
}

#[test]
fn a_login_without_properties_carries_only_where_the_visitor_was_first_seen() {
    let mut world = World::new();
    let tab = world.open();
    world.identify(tab, "user_123");
    let event = only(&mut world, "$identify");
    assert_eq!(event.get("$set"), None);
    let once = event["$set_once"].as_object().expect("an object");
    assert!(once.keys().all(|key| key.starts_with("$initial_")));
    assert_eq!(once["$initial_current_url"], "https://shop.example/");
    assert_eq!(once["$initial_referrer"], "$direct");
    assert_eq!(once["$initial_utm_source"], Value::Null);
}

#[test]
fn events_after_a_login_are_the_accounts_also_after_a_reload() {
    let mut world = World::new();
    let tab = world.open();
    world.identify(tab, "user_123");
    for _ in 0..2 {
        let event = world.capture(tab, "seen", json!({}));
        assert_eq!(event["properties"]["distinct_id"], "user_123");
        assert_eq!(event["properties"].get("$anon_distinct_id"), None);
        world.reload(tab);
    }
}

#[test]
fn a_finished_event_keeps_the_id_it_was_captured_for() {
    let mut world = World::new();
    let tab = world.open();
    let anonymous = world.distinct_id(tab);
    world.capture(tab, "first", json!({}));
    world.capture(tab, "before", json!({}));
    world.identify(tab, "user_123");
    assert_eq!(
        only(&mut world, "before")["properties"]["distinct_id"],
        *anonymous
    );
}

#[test]
fn the_same_account_again_says_nothing_unless_it_brings_properties() {
    let mut world = World::new();
    let tab = world.open();
    world.identify(tab, "user_123");
    world.identify(tab, "user_123");
    world.reload(tab);
    world.identify(tab, "user_123");
    world.settle();
    assert_eq!(world.server.names(), ["$identify"]);

    world.identify_with(tab, "user_123", json!({"plan": "pro"}), json!({"x": 1}));
    let event = only(&mut world, "$set");
    assert_eq!(event["properties"]["$set"], json!({"plan": "pro"}));
    assert_eq!(event["properties"]["$set_once"], json!({"x": 1}));
    assert_eq!(event["properties"]["distinct_id"], "user_123");
    only(&mut world, "$identify");
}

#[test]
fn an_account_that_is_the_anonymous_id_is_named_without_a_merge() {
    let mut world = World::new();
    let tab = world.open();
    let anonymous = world.distinct_id(tab);
    world.identify_with(tab, anonymous.as_str(), json!({"plan": "pro"}), json!({}));
    let event = only(&mut world, "$set");
    assert_eq!(event["properties"]["$set"], json!({"plan": "pro"}));
    assert_eq!(event["properties"]["$is_identified"], true);
    assert_eq!(world.server.names(), ["$set"]);
    assert_eq!(world.record()["$user_state"], "identified");
}

#[test]
fn another_account_without_reset_is_reset_first_and_reported_once() {
    let mut world = World::new();
    let tab = world.open();
    let first = world.distinct_id(tab);
    world.identify(tab, "a");
    let session = world.capture(tab, "by a", json!({}))["properties"]["$session_id"].clone();
    world.identify(tab, "b");
    world.settle();

    let identified = world.server.named("$identify");
    let [a, b] = identified[..] else {
        panic!("two logins, not {}", identified.len())
    };
    assert_eq!(a["properties"]["$anon_distinct_id"], *first);
    assert_eq!(b["properties"]["distinct_id"], "b");
    assert_eq!(b["properties"]["$user_id"], "b");
    let fresh = b["properties"]["$anon_distinct_id"]
        .as_str()
        .expect("an id");
    assert_anonymous(fresh);
    assert_ne!(fresh, first);
    assert_ne!(b["properties"]["$session_id"], session);
    assert_eq!(b["properties"]["$device_id"], *first, "the device stays");
    assert_eq!(
        world.tab(tab).reports,
        [(Error::AccountSwitched, "b".into())]
    );
    world.identify(tab, "b");
    assert_eq!(world.errors(tab), [Error::AccountSwitched]);
}

#[test]
fn a_login_in_one_tab_is_a_login_in_all() {
    let mut world = World::new();
    let (one, other) = (world.open(), world.open());
    world.identify(one, "a");
    let event = world.capture(other, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "a");
    world.identify(other, "b");
    assert_eq!(world.errors(other), [Error::AccountSwitched]);
    assert_eq!(world.distinct_id(one), "b");
    world.reset(one);
    assert_anonymous(&world.distinct_id(other));
}

#[test]
fn reset_makes_a_new_visitor_on_the_same_device() {
    let mut world = World::new();
    let tab = world.open();
    let first = world.distinct_id(tab);
    world.identify(tab, "a");
    world.reset(tab);
    let second = world.distinct_id(tab);
    assert_anonymous(&second);
    assert_ne!(second, first);
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], *second);
    assert_eq!(event["properties"]["$device_id"], *first);
    assert_eq!(event["properties"]["$is_identified"], false);
    assert_eq!(event["properties"]["$process_person_profile"], false);
    assert_eq!(event["properties"].get("$user_id"), None);
    world.reload(tab);
    assert_eq!(world.distinct_id(tab), second);

    world.identify(tab, "b");
    world.settle();
    let logins = world.server.named("$identify");
    assert_eq!(logins[1]["properties"]["$anon_distinct_id"], *second);
    assert_eq!(world.errors(tab), []);
}

#[test]
fn reset_of_the_device_makes_a_new_device_too() {
    let mut world = World::new();
    let tab = world.open();
    let first = world.distinct_id(tab);
    world.reset_device(tab);
    let second = world.distinct_id(tab);
    assert_ne!(second, first);
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["$device_id"], *second);
}

#[test]
fn reset_forgets_what_brought_the_visitor_even_if_the_page_leaves_at_once() {
    let mut world = World::new();
    let tab = world.open();
    world.tab(tab).page["query"] = json!({"utm_source": "mail"});
    world.tab(tab).page["referrer"] = json!("https://mail.example/");
    world.tab(tab).page["referring_domain"] = json!("mail.example");
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["utm_source"], "mail");
    world.reset(tab);
    world.reload(tab);
    world.tab(tab).page = json!({});
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"].get("utm_source"), None);
    assert_eq!(event["properties"]["$referrer"], "$direct");
}

/// What `identify` may be given, and what it must say to it, with no change.
#[test]
fn an_id_that_can_be_nobodys_is_refused_and_changes_nothing() {
    use Error::{IdForbidden, IdMissing, IdTooLong};
    let words = [
        "anonymous",
        "guest",
        "distinctid",
        "distinct_id",
        "id",
        "not_authenticated",
        "email",
        "undefined",
        "true",
        "false",
        "null",
        "GUEST",
        "Undefined",
        "DistinctId",
        "NULL",
        "[object Object]",
        "NaN",
        "None",
        "none",
        "0",
        "$posthog_cookieless",
        " guest ",
        "\"null\"",
        "'undefined'",
        "\"\"",
        "''",
        "\"'none'\"",
        "\t\n",
        "user\u{0}",
    ];
    let mut cases: Vec<(Value, Error)> = Vec::new();
    cases.extend(words.map(|word| (json!(word), IdForbidden)));
    cases.extend(["", " "].map(|blank| (json!(blank), IdMissing)));
    cases
        .extend([json!(null), json!(true), json!({"id": 1}), json!(["a"])].map(|v| (v, IdMissing)));
    cases.push((json!(0), IdForbidden));
    cases.push((json!("x".repeat(201)), IdTooLong));
    cases.push((json!("ü".repeat(201)), IdTooLong));

    for (id, error) in cases {
        let mut world = World::new();
        let tab = world.open();
        world.capture(tab, "before", json!({}));
        let stored = world.stored.clone();
        world.identify_with(tab, id.clone(), json!({"plan": "pro"}), json!({}));
        assert_eq!(world.errors(tab), [error], "{id}");
        assert_eq!(world.stored, stored, "{id}");
        assert_anonymous(&world.distinct_id(tab));
        world.settle();
        assert_eq!(world.server.names(), ["before"], "{id}");
    }
}

#[test]
fn a_refused_id_logs_nobody_out() {
    let mut world = World::new();
    let tab = world.open();
    world.identify(tab, "a");
    world.identify(tab, "undefined");
    assert_eq!(world.distinct_id(tab), "a");
    assert_eq!(world.errors(tab), [Error::IdForbidden]);
}

#[test]
fn an_id_may_be_a_number_or_long_or_look_odd() {
    let cases = [
        (json!(42), "42"),
        (json!(-1.5), "-1.5"),
        (json!("42"), "42"),
        (json!("guest2"), "guest2"),
        (json!("ä\"\\\u{1f600}"), "ä\"\\\u{1f600}"),
        (json!("ü".repeat(200)), &"ü".repeat(200)),
    ];
    for (given, id) in cases {
        let mut world = World::new();
        let tab = world.open();
        world.identify(tab, given);
        assert_eq!(world.distinct_id(tab), id);
        assert_eq!(
            only(&mut world, "$identify")["properties"]["distinct_id"],
            id
        );
        assert_eq!(world.errors(tab), []);
        world.reload(tab);
        assert_eq!(world.distinct_id(tab), id);
    }
}

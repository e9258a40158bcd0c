#![cfg(not(target_arch = "wasm32"))]
//! All tabs hold one identity, whatever they are shown first, whoever else
//! writes it down, and in whichever place it is newest.

mod world;

use serde_json::{Value, json};
use world::{MINUTE, SECOND, World};

/// Where nothing but localStorage is shared.
fn world() -> World {
    let mut world = World::new();
    world.options["persistence"] = json!("localStorage");
    world
}

/// Who the next event of a tab is captured for, in which session.
fn seen(world: &mut World, tab: usize) -> (String, String) {
    let event = world.capture(tab, "seen", json!({}));
    let text = |key: &str| event["properties"][key].as_str().expect(key).to_owned();
    (text("distinct_id"), text("$session_id"))
}

fn captured_for(world: &mut World, tab: usize) -> String {
    seen(world, tab).0
}

/// Whose the record is at the latest once activity is written down again: at once
/// it could be posthog-js that is just writing it.
fn kept(world: &mut World, tab: usize) -> String {
    world.advance(5 * SECOND);
    seen(world, tab);
    let id = &world.record()["distinct_id"];
    id.as_str().expect("an id").to_owned()
}

fn own(world: &World) -> Value {
    serde_json::from_str(&world.own).expect("the record is JSON")
}

/// A property that the site registered.
fn register(world: &mut World, theme: &str) {
    let mut record = world.record();
    record["theme"] = json!(theme);
    world.stored = record.to_string();
}

/// The record as posthog-js writes it at a login.
fn login(record: &Value, account: &str) -> Value {
    let mut record = record.clone();
    record["distinct_id"] = json!(account);
    record["$user_id"] = json!(account);
    record["$user_state"] = json!("identified");
    record["$epp"] = json!(true);
    record
}

/// The record as posthog-js writes it at `reset()`.
fn logout(record: &Value, anonymous: &str) -> Value {
    json!({
        "distinct_id": anonymous,
        "$device_id": record["$device_id"],
        "$user_state": "anonymous",
        "$last_posthog_reset": "2026-11-23T08:00:00.000Z",
    })
}

/// The record with a session, as posthog-js writes it at an event.
fn active(mut record: Value, session: &str, now: u64) -> Value {
    record["$sesid"] = json!([now, session, now]);
    record
}

#[test]
fn records_of_before_a_login_or_logout_change_nothing_and_are_written_again() {
    let mut world = world();
    let tab = world.open();
    for change in [
        |world: &mut World| world.identify(0, "a"),
        |world: &mut World| world.reset(0),
    ] {
        let (stored, own) = (world.stored.clone(), world.own.clone());
        change(&mut world);
        let now = seen(&mut world, tab);
        let newest = (world.stored.clone(), world.own.clone());
        (world.stored, world.own) = (stored, own);
        assert_eq!(seen(&mut world, tab), now);
        assert_eq!((world.stored.clone(), world.own.clone()), newest);
        let later = world.open();
        assert_eq!(seen(&mut world, later), now);
    }
}

#[test]
fn a_tab_that_is_shown_our_record_first_knows_posthog_js_for_older() {
    let mut world = world();
    let (login, other) = (world.open(), world.open());
    let first = seen(&mut world, other);
    register(&mut world, "dark");
    seen(&mut world, other);
    let torn = world.stored.clone();
    world.identify(login, "a");
    let whole = world.stored.clone();

    world.stored = torn;
    let event = world.capture(other, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "a");
    assert_eq!(event["properties"]["$session_id"], first.1);
    assert_eq!(
        event["properties"]["theme"], "dark",
        "it is the same visitor's"
    );
    assert_eq!(kept(&mut world, other), "a");
    assert_eq!(world.record()["theme"], "dark");

    let torn = world.stored.clone();
    world.reset(login);
    let session = world.record()["$sesid"][1].clone();
    let next = world.distinct_id(login);
    world.stored = torn;
    let event = world.capture(other, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], next);
    assert_eq!(event["properties"]["$session_id"], session);
    assert_eq!(event["properties"].get("theme"), None, "it was a's");
    assert_eq!(kept(&mut world, other), next);

    // A page that starts in such a moment, too.
    world.stored = whole;
    let late = world.open();
    assert_eq!(captured_for(&mut world, late), next);
}

#[test]
fn a_tab_that_is_shown_posthog_js_s_record_first_waits_for_ours() {
    let mut world = world();
    let (changing, other) = (world.open(), world.open());
    seen(&mut world, other);
    for step in 0..4 {
        let before = world.own.clone();
        match step % 2 {
            0 => world.identify(changing, "a"),
            _ => world.reset(changing),
        }
        let expected = world.distinct_id(changing);
        let after = std::mem::replace(&mut world.own, before);
        assert_ne!(captured_for(&mut world, other), expected);
        world.own = after;
        for _ in 0..2 {
            for tab in [other, changing] {
                assert_eq!(captured_for(&mut world, tab), expected);
            }
        }
        let settled = world.own.clone();
        for tab in [changing, other] {
            seen(&mut world, tab);
        }
        assert_eq!(
            world.own, settled,
            "they do not contradict each other for ever"
        );
    }
}

#[test]
fn what_a_tab_writes_that_was_not_shown_the_change_undoes_nothing() {
    let mut world = world();
    let (tab, other) = (world.open(), world.open());
    let (_, session) = seen(&mut world, tab);
    let anonymous = world.record();
    world.identify(tab, "a");
    // At this very moment it noted its activity.
    world.stored = active(anonymous, &session, world.now + 1).to_string();
    assert_eq!(seen(&mut world, other), ("a".into(), session.clone()));
    assert_eq!(kept(&mut world, other), "a");

    let account = world.record();
    world.reset(tab);
    let next = seen(&mut world, tab);
    for reader in [other, tab] {
        world.stored = active(account.clone(), &session, world.now + 2).to_string();
        assert_eq!(seen(&mut world, reader), next);
        assert_eq!(kept(&mut world, reader), next.0);
    }
    world.stored = active(account, &session, world.now + 3).to_string();
    let late = world.open();
    assert_eq!(seen(&mut world, late), next);
}

#[test]
fn a_record_of_several_changes_ago_is_known_for_older() {
    // Which tab a write reaches when is the browser's to say; each key has its own way.
    let changes: [fn(&mut World, usize); 3] = [
        |world, tab| {
            world.identify(tab, "a");
            world.identify(tab, "b");
            world.identify(tab, "a");
        },
        |world, tab| {
            world.identify(tab, "a");
            world.reset(tab);
            world.identify(tab, "b");
        },
        |world, tab| {
            world.advance(60 * MINUTE);
            seen(world, tab);
            world.identify(tab, "a");
        },
    ];
    for change in changes {
        let mut world = world();
        let (tab, other) = (world.open(), world.open());
        seen(&mut world, other);
        let old = world.stored.clone();
        change(&mut world, tab);
        let expected = seen(&mut world, tab);
        world.stored = old;
        assert_eq!(seen(&mut world, other), expected);
        assert_eq!(seen(&mut world, tab), expected);
    }
}

#[test]
fn a_change_that_was_taken_for_posthog_js_s_is_in_the_past_too() {
    let mut world = world();
    let (between, other) = (world.open(), world.open());
    seen(&mut world, other);
    let old = world.stored.clone();
    world.stored = logout(&world.record(), "y").to_string();
    // One tab is shown it, and changes something itself.
    world.describe(between, "$set", json!({"$set": {"x": 1}}));
    // Another is shown what that tab wrote, but with the first record.
    world.stored = old;
    assert_eq!(captured_for(&mut world, other), "y");
    assert_eq!(captured_for(&mut world, between), "y");
}

#[test]
fn of_two_sessions_the_one_with_the_later_activity_stays() {
    let mut world = world();
    let tab = world.open();
    seen(&mut world, tab);
    let record = world.record();
    world.advance(60 * MINUTE);
    let now = seen(&mut world, tab);
    world.stored = active(record.clone(), "an old session", world.now - 1).to_string();
    assert_eq!(seen(&mut world, tab), now);
    world.stored = active(record, "a new session", world.now + 1).to_string();
    assert_eq!(seen(&mut world, tab).1, "a new session");
}

#[test]
fn two_logins_in_one_moment_come_to_one() {
    let mut world = world();
    let tabs = [world.open(), world.open()];
    seen(&mut world, tabs[0]);
    let before = (world.stored.clone(), world.own.clone());
    world.identify(tabs[0], "a");
    let a = (world.stored.clone(), world.own.clone());
    (world.stored, world.own) = before;
    world.kill(tabs[1]);
    world.identify(tabs[1], "b");
    let b = (world.stored.clone(), world.own.clone());
    assert_ne!(own(&world)["epoch"], json!(null));
    let wins = |pair: &(String, String)| {
        let own: Value = serde_json::from_str(&pair.1).expect("JSON");
        own["epoch"].as_u64().expect("an epoch")
    };
    let winner = if wins(&a) > wins(&b) { "a" } else { "b" };
    // Once both have been shown to all, the higher counts, whatever lies there.
    for (round, pair) in [&a, &b, &a, &b].into_iter().enumerate() {
        (world.stored, world.own) = pair.clone();
        for tab in tabs {
            let id = captured_for(&mut world, tab);
            assert!(round < 2 || id == winner, "{id}");
        }
    }
    assert_eq!(world.record()["distinct_id"], winner);
}

#[test]
fn a_login_and_a_logout_of_posthog_js_are_seen_at_the_next_event() {
    let mut world = world();
    let tab = world.open();
    let (_, first) = seen(&mut world, tab);
    register(&mut world, "dark");
    let record = world.record();
    world.stored = login(&record, "a").to_string();
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "a");
    assert_eq!(event["properties"]["$is_identified"], true);
    assert_eq!(event["properties"]["$session_id"], first);
    assert_eq!(event["properties"]["theme"], "dark");

    let out = logout(&world.record(), "y");
    world.stored = out.to_string();
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "y");
    assert_eq!(event["properties"]["$is_identified"], false);
    assert_eq!(event["properties"].get("theme"), None);
    assert_ne!(event["properties"]["$session_id"], first);

    // The same account once more, in the session that posthog-js began.
    world.stored = active(login(&out, "a"), "session 3", world.now).to_string();
    assert_eq!(seen(&mut world, tab), ("a".into(), "session 3".into()));
    // And out and in again between two events of ours.
    world.stored = active(login(&out, "a"), "session 4", world.now + 1).to_string();
    assert_eq!(seen(&mut world, tab), ("a".into(), "session 4".into()));
    let late = world.open();
    assert_eq!(captured_for(&mut world, late), "a");
    world.settle();
    assert_eq!(
        world.server.named("$identify").len(),
        0,
        "that is posthog-js's to say"
    );
}

#[test]
fn posthog_js_has_the_last_word_also_after_ours() {
    let mut world = world();
    let (tab, other) = (world.open(), world.open());
    world.identify(tab, "a");
    let out = active(logout(&world.record(), "y"), "session 2", world.now);
    world.stored = out.to_string();
    world.identify(other, "b");
    world.settle();
    let logins = world.server.named("$identify");
    assert_eq!(logins[1]["properties"]["$anon_distinct_id"], "y");
    assert_eq!(world.errors(other), []);
    assert_eq!(captured_for(&mut world, tab), "b");
    world.reset(tab);
    let ours = world.distinct_id(tab);
    assert!(ours != "y" && ours != "b");
    assert_eq!(captured_for(&mut world, other), ours);
}

#[test]
fn a_login_in_another_tab_keeps_the_session_and_a_logout_ends_it() {
    let mut world = World::new();
    let (one, other) = (world.open(), world.open());
    let (_, first) = seen(&mut world, other);
    world.advance(SECOND);
    world.identify(one, "a");
    assert_eq!(seen(&mut world, other), ("a".into(), first.clone()));
    world.reset(one);
    let second = seen(&mut world, other);
    assert_ne!(second.1, first);
    assert_eq!(seen(&mut world, one), second);
    world.identify(one, "a");
    world.identify(one, "b");
    let third = seen(&mut world, other);
    assert_ne!(third.1, second.1);
    assert_eq!(third, seen(&mut world, one));
}

#[test]
fn what_others_keep_in_the_records_survives() {
    let mut world = World::new();
    let tab = world.open();
    let mut newer = own(&world);
    newer["v"] = json!(2);
    newer["future"] = json!({"a": [1]});
    world.own = newer.to_string();
    world.cookies[1] = newer.to_string();
    let mut record = world.record();
    record["$session_recording_remote_config"] = json!({"enabled": true});
    world.stored = record.to_string();
    world.identify(tab, "a");
    world.reload(tab);
    seen(&mut world, tab);
    assert_eq!(
        world.record()["$session_recording_remote_config"],
        json!({"enabled": true})
    );
    let other = world.open();
    world.reset(other);
    world.identify(tab, "b");
    assert_eq!(own(&world)["v"], 2);
    assert_eq!(own(&world)["future"], json!({"a": [1]}));
    let database: Value = serde_json::from_str(&world.database.state).expect("JSON");
    assert_eq!(database, own(&world));
}

#[test]
fn our_record_is_written_only_when_the_visitor_changes() {
    let mut world = world();
    let tab = world.open();
    world.identify(tab, "a");
    let before = world.own.clone();
    for _ in 0..10 {
        world.advance(10 * MINUTE);
        seen(&mut world, tab);
        world.identify(tab, "a");
    }
    world.advance(60 * MINUTE);
    seen(&mut world, tab);
    assert_eq!(world.own, before);
}

#![cfg(not(target_arch = "wasm32"))]
//! What a page says of its visitor before it knows one: `bootstrap`,
//! `get_device_id`, and the page where the visitor was first seen.

mod world;

use backstitch::error::Error;
use backstitch::id::ANONYMOUS_PREFIX;
use serde_json::{Value, json};
use world::{BEGINNING, MINUTE, World};

/// A UUID of version 7 of that time.
fn session_of(time: u64) -> String {
    let time = format!("{time:012x}");
    format!("{}-{}-7000-8000-000000000001", &time[..8], &time[8..])
}

/// What is stored before the page with a `bootstrap` starts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stored {
    Nothing,
    Anonymous,
    Account,
}

/// That page; and the anonymous id that was stored, or nothing.
fn start(stored: Stored, bootstrap: &Value) -> (World, usize, String) {
    let mut world = World::new();
    let mut tab = 0;
    let mut anonymous = String::new();
    if stored != Stored::Nothing {
        tab = world.open();
        anonymous = world.distinct_id(tab);
        if stored == Stored::Account {
            world.identify(tab, "a");
        }
        world.capture(tab, "before", json!({}));
        world.settle();
    }
    world.options["bootstrap"] = bootstrap.clone();
    if stored == Stored::Nothing {
        world.open();
    } else {
        world.reload(tab);
    }
    (world, tab, anonymous)
}

fn properties(world: &mut World, tab: usize) -> Value {
    world.capture(tab, "seen", json!({}))["properties"].clone()
}

/// What the server got since the page started, but for what tests look with.
fn said(world: &mut World) -> Vec<Value> {
    world.settle();
    let events = world.server.stored.iter().map(|(_, event)| event);
    let start = events.clone().position(|event| event["event"] == "before");
    let later = events.skip(start.map_or(0, |at| at + 1));
    later
        .filter(|event| event["event"] != "seen")
        .cloned()
        .collect()
}

#[test]
fn an_anonymous_id_becomes_that_of_whoever_is_not_logged_in() {
    for stored in [Stored::Nothing, Stored::Anonymous] {
        let (mut world, tab, _) = start(stored, &json!({"distinctID": "from the server"}));
        let seen = properties(&mut world, tab);
        assert_eq!(seen["distinct_id"], "from the server", "{stored:?}");
        assert_eq!(seen["$device_id"], "from the server", "{stored:?}");
        assert_eq!(seen["$is_identified"], false, "{stored:?}");
        assert_eq!(seen["$process_person_profile"], false, "{stored:?}");
        assert_eq!(said(&mut world), [] as [Value; 0], "{stored:?}");
        assert_eq!(world.errors(tab), []);
        let epoch = world.own.clone();
        world.reload(tab);
        assert_eq!(world.distinct_id(tab), "from the server");
        assert_eq!(world.own, epoch, "the same again is no change");
        world.identify(tab, "a");
        let said = said(&mut world);
        assert_eq!(
            said[0]["properties"]["$anon_distinct_id"],
            "from the server"
        );
    }
}

#[test]
fn an_account_is_logged_in_and_whoever_was_here_before_becomes_it() {
    let account = json!({"distinctID": "b", "isIdentifiedID": true});
    let (mut world, tab, _) = start(Stored::Nothing, &account);
    let seen = properties(&mut world, tab);
    assert_eq!(seen["distinct_id"], "b");
    assert_eq!(seen["$user_id"], "b");
    assert_eq!(seen["$is_identified"], true);
    assert_eq!(seen["$process_person_profile"], true);
    let device = seen["$device_id"].as_str().expect("an id");
    assert!(device.starts_with(ANONYMOUS_PREFIX));
    assert_eq!(
        said(&mut world),
        [] as [Value; 0],
        "there is nobody to stitch"
    );
    world.identify(tab, "b");
    assert_eq!(said(&mut world), [] as [Value; 0]);

    let (mut world, tab, anonymous) = start(Stored::Anonymous, &account);
    let seen = properties(&mut world, tab);
    assert_eq!(seen["distinct_id"], "b");
    assert_eq!(seen["$device_id"], *anonymous);
    let said = said(&mut world);
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["event"], "$identify");
    assert_eq!(said[0]["properties"]["$anon_distinct_id"], *anonymous);
    assert_eq!(said[0]["properties"]["distinct_id"], "b");
    assert!(world.database.claims.contains_key(&anonymous));
}

#[test]
fn an_account_that_is_logged_in_stays() {
    for identified in [false, true] {
        for (id, errors) in [("b", vec![Error::BootstrapIgnored]), ("a", vec![])] {
            let given = json!({"distinctID": id, "isIdentifiedID": identified});
            let (mut world, tab, anonymous) = start(Stored::Account, &given);
            let own = world.own.clone();
            let seen = properties(&mut world, tab);
            assert_eq!(seen["distinct_id"], "a");
            assert_eq!(seen["$user_id"], "a");
            assert_eq!(seen["$device_id"], *anonymous);
            assert_eq!(world.errors(tab), errors, "{given}");
            assert_eq!(said(&mut world), [] as [Value; 0]);
            assert_eq!(world.own, own);
        }
    }
}

#[test]
fn an_account_that_was_an_anonymous_id_is_logged_in() {
    for stored in [Stored::Nothing, Stored::Anonymous] {
        let (mut world, tab, _) = start(stored, &json!({"distinctID": "a"}));
        world.options["bootstrap"]["isIdentifiedID"] = json!(true);
        world.reload(tab);
        let seen = properties(&mut world, tab);
        assert_eq!(seen["distinct_id"], "a");
        assert_eq!(seen["$is_identified"], true);
        assert_eq!(world.server.named("$identify").len(), 0);
    }
}

#[test]
fn an_id_that_can_be_nobodys_is_reported_and_ignored() {
    let forbidden = [
        (json!("anonymous"), Error::IdForbidden),
        (json!("0"), Error::IdForbidden),
        (json!({"id": 1}), Error::IdMissing),
        (json!("x".repeat(201)), Error::IdTooLong),
    ];
    for (id, error) in forbidden {
        for identified in [false, true] {
            for stored in [Stored::Nothing, Stored::Anonymous] {
                let given = json!({"distinctID": id, "isIdentifiedID": identified});
                let (mut world, tab, anonymous) = start(stored, &given);
                let seen = properties(&mut world, tab);
                let known = seen["distinct_id"].as_str().expect("an id");
                assert!(known.starts_with(ANONYMOUS_PREFIX), "{known}");
                assert!(anonymous.is_empty() || known == anonymous);
                assert_eq!(seen["$is_identified"], false);
                assert_eq!(world.errors(tab), [error], "{given}");
            }
        }
    }

    for (alias, original) in [("guest", None), ("ok", Some("undefined")), ("", None)] {
        let (mut world, tab, anonymous) = start(Stored::Anonymous, &json!(null));
        let stored = world.stored.clone();
        let mut given = json!({"alias": alias});
        if let Some(original) = original {
            given["distinct_id"] = json!(original);
        }
        world.describe(tab, "$create_alias", given);
        assert_eq!(world.errors(tab).len(), 1, "{alias}");
        assert_eq!(world.distinct_id(tab), anonymous);
        assert_eq!(world.stored, stored);
        assert_eq!(said(&mut world), [] as [Value; 0]);
    }
}

#[test]
fn the_pages_own_ids_are_those_of_new_visitors_and_nobody_elses() {
    for (given, taken) in [("device 1", true), ("guest", false), ("", false)] {
        let mut world = World::new();
        world.device_id = given.into();
        let tab = world.open();
        let first = world.distinct_id(tab);
        assert_eq!(first == given, taken, "{given}");
        assert_eq!(first.starts_with(ANONYMOUS_PREFIX), !taken);
        assert_eq!(world.record()["$device_id"], *first);
        assert_eq!(world.errors(tab), []);

        if taken {
            world.device_id = "device 2".into();
        }
        world.reload(tab);
        assert_eq!(world.distinct_id(tab), first);
        world.reset(tab);
        let second = world.distinct_id(tab);
        assert_eq!(second == "device 2", taken);
        assert_ne!(second, first);
        assert_eq!(world.record()["$device_id"], *first);
        world.reset_device(tab);
        assert_eq!(world.record()["$device_id"], world.distinct_id(tab));
    }
}

#[test]
fn a_session_that_the_server_began_goes_on_if_it_can_be_one() {
    let old = session_of(BEGINNING - 10 * MINUTE);
    let soon = session_of(BEGINNING + MINUTE);
    let day_old = session_of(BEGINNING - 24 * 60 * MINUTE - 1);
    let cases = [
        (json!(old), true),
        (json!(soon), true),
        (json!(session_of(BEGINNING + MINUTE + 1)), false),
        (json!(day_old), false),
        (json!(old.replace("-7", "-4")), false),
        (json!("a session"), false),
        (json!(format!("{old}0")), false),
        (json!(7), false),
        (json!(null), false),
    ];
    for stored in [Stored::Nothing, Stored::Anonymous, Stored::Account] {
        for (given, taken) in &cases {
            // `settle` takes a moment where something was captured before.
            let (mut world, tab, _) = start(stored, &json!({"sessionID": given}));
            let id = world.distinct_id(tab);
            let seen = properties(&mut world, tab);
            let is_late = world.now != BEGINNING && *given != json!(old);
            assert!(
                seen["$session_id"] == *given || !taken || is_late,
                "{stored:?} {given}"
            );
            assert!(
                seen["$session_id"] != *given || *taken || is_late,
                "{stored:?} {given}"
            );
            assert_eq!(seen["distinct_id"], *id);
            assert_eq!(world.record()["$sesid"][1], seen["$session_id"]);
            world.options["bootstrap"] = json!(null);
            world.reload(tab);
            assert_eq!(
                properties(&mut world, tab)["$session_id"],
                seen["$session_id"]
            );
        }
    }
    // Its age counts from the time that its id names.
    let (mut world, tab, _) = start(Stored::Nothing, &json!({"sessionID": old}));
    for _ in 0..96 {
        assert_eq!(properties(&mut world, tab)["$session_id"], *old);
        world.advance(15 * MINUTE);
    }
    assert_ne!(properties(&mut world, tab)["$session_id"], *old);
}

/// Another tab reads between the two writes of the page that starts.
#[test]
fn a_bootstrap_that_is_seen_in_part_is_not_undone() {
    let session = session_of(BEGINNING);
    let account = json!({"distinctID": "b", "isIdentifiedID": true, "sessionID": session});
    for given in [account, json!({"distinctID": "y", "sessionID": session})] {
        let mut world = World::new();
        world.options["persistence"] = json!("localStorage");
        let other = world.open();
        properties(&mut world, other);
        let torn = world.stored.clone();
        world.options["bootstrap"] = given.clone();
        let starting = world.open();
        world.stored = torn;
        let seen = properties(&mut world, other);
        assert_eq!(seen["distinct_id"], given["distinctID"]);
        assert_eq!(seen["$session_id"], *session);
        assert_eq!(
            properties(&mut world, starting)["distinct_id"],
            given["distinctID"]
        );
    }
}

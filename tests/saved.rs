#![cfg(not(target_arch = "wasm32"))]
//! The record that posthog-js left, and that it must be able to take over again.

mod world;

use backstitch::effect::Record;
use serde_json::{Value, json};
use world::shell::Access;
use world::{BEGINNING, MINUTE, SECOND, World};

const SESSION: &str = "01936d3c-7d5e-7000-8000-000000000001";
const DEVICE: &str = "01936d3c-7d5e-7000-8000-000000000002";

/// A record as posthog-js writes it for a visitor nobody knows.
fn anonymous() -> Value {
    json!({
        "distinct_id": DEVICE,
        "$device_id": DEVICE,
        "$user_state": "anonymous",
        "$sesid": [BEGINNING - MINUTE, SESSION, BEGINNING - 10 * MINUTE],
        "$initial_person_info": {"r": "$direct", "u": "https://shop.example/"},
        "$stored_person_properties": {"a": 1},
        "$enabled_feature_flags": {"beta": true},
        "$active_feature_flags": ["beta"],
        "$session_recording_remote_config": {"enabled": true},
        "$surveys": [],
        "$client_session_props": {"sessionId": SESSION},
        "__timers": {"x": 1},
        "theme": "dark",
        "cart": {"items": [1, 2.50]},
        "$groups": {},
    })
}

#[test]
fn a_visitor_of_posthog_js_stays_the_same() {
    let mut world = World::with_record(&anonymous());
    let tab = world.open();
    assert_eq!(world.distinct_id(tab), DEVICE);
    let properties = &world.capture(tab, "seen", json!({}))["properties"];
    assert_eq!(properties["distinct_id"], DEVICE);
    assert_eq!(properties["$device_id"], DEVICE);
    assert_eq!(properties["$session_id"], SESSION);
    assert_eq!(properties["$is_identified"], false);
    world.identify(tab, "user_123");
    world.settle();
    let login = world.server.named("$identify")[0];
    assert_eq!(login["properties"]["$anon_distinct_id"], DEVICE);
}

#[test]
fn what_the_site_registered_goes_on_every_event_and_what_posthog_js_keeps_does_not() {
    let mut world = World::with_record(&anonymous());
    let tab = world.open();
    let event = world.capture(tab, "seen", json!({}));
    let properties = event["properties"].as_object().expect("an object");
    assert_eq!(properties["theme"], "dark");
    assert_eq!(properties["cart"], json!({"items": [1, 2.50]}));
    for key in anonymous().as_object().expect("an object").keys() {
        let known = ["distinct_id", "$device_id", "theme", "cart", "$groups"];
        assert_eq!(
            properties.contains_key(key),
            known.contains(&key.as_str()),
            "{key}"
        );
    }
}

#[test]
fn nothing_of_the_record_is_lost_when_it_is_saved() {
    let mut world = World::with_record(&anonymous());
    let tab = world.open();
    world.capture(tab, "seen", json!({}));
    world.identify(tab, "user_123");
    let saves = world.tab(tab).saves.iter();
    assert!(
        saves
            .filter(|(_, record)| *record == Record::Shared)
            .count()
            > 0
    );
    let mut expected = anonymous();
    expected["distinct_id"] = json!("user_123");
    expected["$user_id"] = json!("user_123");
    expected["$user_state"] = json!("identified");
    expected["$epp"] = json!(true);
    expected["$sesid"] = json!([BEGINNING, SESSION, BEGINNING - 10 * MINUTE]);
    assert_eq!(world.record(), expected);
}

#[test]
fn reset_forgets_what_the_site_registered() {
    let mut world = World::with_record(&anonymous());
    let tab = world.open();
    world.reset(tab);
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"].get("theme"), None);
    assert_eq!(world.record().get("theme"), None);
    assert_eq!(world.record().get("$stored_person_properties"), None);
}

#[test]
fn a_second_account_has_nothing_of_the_first() {
    let mut world = World::with_record(&anonymous());
    let tab = world.open();
    world.identify(tab, "a");
    let mut record = world.record();
    assert_eq!(record["theme"], "dark");
    record["$groups"] = json!({"team": "a"});
    world.stored = record.to_string();
    world.identify(tab, "b");
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "b");
    for gone in [
        "theme",
        "$groups",
        "$enabled_feature_flags",
        "$active_feature_flags",
        "$stored_person_properties",
    ] {
        assert_eq!(event["properties"].get(gone), None, "{gone}");
        assert_eq!(world.record().get(gone), None, "{gone}");
    }
}

#[test]
fn an_account_that_posthog_js_logged_in_is_logged_in() {
    let mut record = anonymous();
    record["distinct_id"] = json!("user_123");
    record["$user_id"] = json!("user_123");
    record["$user_state"] = json!("identified");
    record["$epp"] = json!(true);
    let mut world = World::with_record(&record);
    let tab = world.open();
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["$is_identified"], true);
    assert_eq!(event["properties"]["$process_person_profile"], true);
    assert_eq!(event["properties"]["$user_id"], "user_123");
    world.identify(tab, "user_123");
    world.settle();
    assert_eq!(world.server.names(), ["seen"], "nothing to stitch");
}

/// posthog-js takes an id of any type as `bootstrap.distinctID`, and keeps it.
#[test]
fn an_id_that_posthog_js_kept_as_a_number_is_an_id() {
    let record = json!({"distinct_id": 42, "$device_id": 43, "$user_state": "identified"});
    let mut world = World::with_record(&record);
    let tab = world.open();
    assert_eq!(world.distinct_id(tab), "42");
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["$device_id"], "43");
    assert_eq!(event["properties"]["$is_identified"], true);
}

#[test]
fn a_group_an_alias_or_an_earlier_event_with_a_person_makes_persons() {
    let cases = [
        (json!({"$groups": {"company": "acme"}}), true),
        (json!({"$groups": {}}), false),
        (json!({"__alias": "other"}), true),
        (json!({"$epp": true}), true),
        (json!({"$epp": false}), false),
    ];
    for (more, processed) in cases {
        let mut record = anonymous();
        let members = more.as_object().expect("an object").clone();
        record.as_object_mut().expect("an object").extend(members);
        let mut world = World::with_record(&record);
        let tab = world.open();
        let event = world.capture(tab, "seen", json!({}));
        let properties = &event["properties"];
        assert_eq!(properties["$process_person_profile"], processed, "{more}");
        assert_eq!(properties["$is_identified"], false, "{more}");
        assert_eq!(properties.get("$epp"), None);
        assert_eq!(properties.get("__alias"), None);
    }
}

#[test]
fn a_record_of_which_parts_are_missing_or_broken_reads_as_far_as_it_goes() {
    let only_id = json!({"distinct_id": "someone"});
    let mut world = World::with_record(&only_id);
    let tab = world.open();
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "someone");
    assert_eq!(event["properties"]["$device_id"], "someone");

    for broken in [
        "",
        "null",
        "[]",
        "42",
        "\"text\"",
        "{",
        "{}",
        "{\"distinct_id\":\"\"}",
        "{\"distinct_id\":null}",
        "{\"distinct_id\"",
        "}{",
        "{\"a\":1,",
        "\u{0}",
    ] {
        let mut world = World::new();
        world.stored = broken.into();
        let tab = world.open();
        let id = world.distinct_id(tab);
        assert!(id.starts_with("ph_anonymous_"), "{broken}: {id}");
        assert_eq!(world.record()["distinct_id"], *id, "{broken}");
    }

    for session in [
        json!(null),
        json!([null, null, null]),
        json!([1]),
        json!("x"),
        json!([1, 2, 3]),
    ] {
        let mut record = anonymous();
        record["$sesid"] = session.clone();
        let mut world = World::with_record(&record);
        let tab = world.open();
        let event = world.capture(tab, "seen", json!({}));
        assert_eq!(event["properties"]["distinct_id"], DEVICE);
        let id = event["properties"]["$session_id"].as_str().expect("an id");
        assert!(id.parse::<uuid::Uuid>().is_ok(), "{session}: {id}");
    }
}

#[test]
fn a_record_that_another_tab_or_posthog_js_wrote_counts_at_once() {
    let mut world = World::with_record(&anonymous());
    let tab = world.open();
    let mut record = anonymous();
    record["distinct_id"] = json!("user_123");
    record["$user_state"] = json!("identified");
    record["theme"] = json!("light");
    world.stored = record.to_string();
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "user_123");
    assert_eq!(event["properties"]["$is_identified"], true);
    assert_eq!(event["properties"]["theme"], "light");
}

#[test]
fn a_record_that_was_erased_is_written_again() {
    let mut world = World::with_record(&anonymous());
    let tab = world.open();
    world.capture(tab, "seen", json!({}));
    let before = world.record();
    world.stored = String::new();
    assert_eq!(world.distinct_id(tab), DEVICE);
    assert_eq!(world.stored, "", "posthog-js may be about to write it");
    world.advance(5 * SECOND);
    world.capture(tab, "seen", json!({}));
    let mut after = world.record();
    after["$sesid"] = before["$sesid"].clone();
    assert_eq!(after, before);
    assert_eq!(after["theme"], "dark");
}

#[test]
fn the_same_record_is_not_written_twice() {
    let mut world = World::new();
    let tab = world.open();
    world.capture(tab, "first", json!({}));
    let saves = |world: &mut World| {
        let saves = world.tab(tab).saves.iter();
        saves
            .filter(|(_, record)| *record != Record::Unsent)
            .count()
    };
    let before = saves(&mut world);
    for _ in 0..10 {
        world.capture(tab, "again", json!({}));
    }
    world.reload(tab);
    assert_eq!(saves(&mut world), before);
}

#[test]
fn a_visitor_who_opted_out_is_not_captured() {
    for (consent, captured) in [
        ("0", false),
        ("false", false),
        ("no", false),
        ("1", true),
        ("", true),
    ] {
        let client = backstitch::client::Client::new(backstitch::client::Start {
            token: "phc_token",
            consent,
            ..Default::default()
        });
        assert_eq!(client.is_ok(), captured, "{consent}");
    }
}

#[test]
fn an_own_record_without_an_epoch_takes_nothing_from_the_other() {
    for epoch in [json!(null), json!("00000003:77"), json!(-1), json!({})] {
        let mut world = World::new();
        world.options["persistence"] = json!("localStorage");
        world.database.access = Access::Missing;
        let tab = world.open();
        world.identify(tab, "a");
        let mut own: Value = serde_json::from_str(&world.own).expect("JSON");
        own["epoch"] = epoch.clone();
        world.own = own.to_string();
        for _ in 0..2 {
            let tab = world.open();
            let event = world.capture(tab, "seen", json!({}));
            assert_eq!(event["properties"]["distinct_id"], "a", "{epoch}");
            assert_eq!(event["properties"]["$is_identified"], true, "{epoch}");
        }
    }
}

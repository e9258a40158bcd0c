#![cfg(not(target_arch = "wasm32"))]
//! One event as it goes over the wire.

mod world;

use backstitch::error::Error;
use serde_json::{Value, json};
use uuid::{Uuid, Version};
use world::{BEGINNING, TOKEN, World};

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

#[test]
fn a_batch_has_the_shape_that_posthog_takes() {
    let mut world = World::new();
    let tab = world.open();
    world.advance(894);
    world.capture(tab, "seen", json!({"page": "index"}));
    let request = world.server.last_request();
    assert_eq!(request.url, "https://collector.example/e/");
    assert_eq!(keys(&request.body), ["api_key", "batch", "sent_at"]);
    assert_eq!(request.body["api_key"], TOKEN);
    assert_eq!(request.body["sent_at"], "2026-11-23T08:00:00.894Z");

    let event = &request.events()[0];
    assert_eq!(keys(event), ["event", "properties", "timestamp", "uuid"]);
    assert_eq!(event["event"], "seen");
    assert_eq!(event["timestamp"], "2026-11-23T08:00:00.894Z");
    let uuid: Uuid = world::server::uuid(event).parse().expect("a UUID");
    assert_eq!(uuid.get_version(), Some(Version::SortRand));
    assert_eq!(uuid.as_u128() >> 80, u128::from(BEGINNING + 894));
    let properties = &event["properties"];
    assert_eq!(properties["page"], "index");
    assert_eq!(properties["token"], TOKEN);
    assert_eq!(
        properties["$lib_custom_api_host"],
        "https://collector.example"
    );
    assert_eq!(properties["$screen_width"], 1920);
    assert_eq!(properties["$current_url"], "https://shop.example/");
    assert_eq!(properties["$device_type"], "Desktop");
}

#[test]
fn what_capture_returns_is_what_is_sent() {
    let mut world = World::new();
    let tab = world.open();
    let returned = world.capture(tab, "seen", json!({"a": [1, {"b": null}]}));
    assert_eq!(world.server.stored[0].1, returned);
}

#[test]
fn an_event_is_of_the_time_of_its_capture_not_of_its_batch() {
    let mut world = World::new();
    let tab = world.open();
    world.capture(tab, "first", json!({}));
    world.advance(1000);
    world.capture(tab, "later", json!({}));
    world.advance(10_000);
    let request = world.server.last_request();
    assert_eq!(request.names(), ["later"]);
    let event = &request.events()[0];
    assert_eq!(event["timestamp"], "2026-11-23T08:00:01.000Z");
    assert_eq!(request.body["sent_at"], "2026-11-23T08:00:04.000Z");
    let uuid: Uuid = world::server::uuid(event).parse().expect("a UUID");
    assert_eq!(uuid.as_u128() >> 80, u128::from(BEGINNING + 1000));
}

#[test]
fn every_event_has_a_uuid_of_its_own() {
    let mut world = World::new();
    let tab = world.open();
    let mut uuids: Vec<_> = (0..1000)
        .map(|_| world.capture(tab, "seen", json!({}))["uuid"].to_string())
        .collect();
    uuids.sort();
    uuids.dedup();
    assert_eq!(uuids.len(), 1000);
}

#[test]
fn the_caller_may_replace_what_the_page_says_but_not_what_the_core_answers_for() {
    let mut world = World::new();
    let tab = world.open();
    let mine = json!({
        "$current_url": "app://home",
        "distinct_id": "other",
        "$device_id": "other",
        "$lib": "mine",
        "$referrer": "mine",
        "title": "mine",
        "token": "mine",
        "$session_id": "mine",
        "$window_id": "mine",
        "$is_identified": "mine",
        "$process_person_profile": "mine",
    });
    let event = world.capture(tab, "seen", mine.clone());
    for key in keys(&mine) {
        let kept = matches!(
            key,
            "token" | "$session_id" | "$window_id" | "$is_identified" | "$process_person_profile"
        );
        assert_eq!(event["properties"][key] != mine[key], kept, "{key}");
    }
}

#[test]
fn a_later_source_of_a_property_counts_more() {
    let record = json!({"distinct_id": "a", "$host": "registered", "$screen_width": "registered"});
    let mut world = World::with_record(&record);
    let tab = world.open();
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["$host"], "registered");
    assert_eq!(event["properties"]["$screen_width"], "registered");
    let event = world.capture(tab, "seen", json!({"$host": "given"}));
    assert_eq!(event["properties"]["$host"], "given");
}

#[test]
fn options_stand_beside_the_properties() {
    let mut world = World::new();
    let tab = world.open();
    let options = json!({
        "$set": {"plan": "pro"},
        "$set_once": {"first": 1},
        "$unset": ["old"],
        "timestamp": "2020-02-29T12:00:00.000Z",
        "send_instantly": true,
    });
    let event = world.capture_with(tab, "seen", json!({"a": 1}), options);
    assert_eq!(event["$set"], json!({"plan": "pro"}));
    assert_eq!(event["$set_once"], json!({"first": 1}));
    assert_eq!(event["$unset"], json!(["old"]));
    assert_eq!(event["timestamp"], "2020-02-29T12:00:00.000Z");
    assert_eq!(event.get("send_instantly"), None);
    assert_eq!(event["properties"]["a"], 1);

    for odd in [json!(5), json!(null), json!({})] {
        let event = world.capture_with(tab, "seen", json!({}), json!({"timestamp": odd}));
        assert_eq!(event["timestamp"], "2026-11-23T08:00:00.000Z");
    }
}

#[test]
fn a_title_is_a_pageviews_alone() {
    let mut world = World::new();
    let tab = world.open();
    let event = world.capture(tab, "$pageview", json!({}));
    assert_eq!(event["properties"]["title"], "Shop");
    for absent in ["referrer", "referring_domain", "query"] {
        assert_eq!(event["properties"].get(absent), None);
    }
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"].get("title"), None);
}

#[test]
fn an_event_without_a_name_is_reported_and_not_captured() {
    let mut world = World::new();
    let tab = world.open();
    assert_eq!(world.capture(tab, "", json!({})), Value::Null);
    assert_eq!(world.errors(tab), [Error::EventNameMissing]);
    world.settle();
    assert!(world.server.requests.is_empty());
}

#[test]
fn properties_arrive_as_the_page_wrote_them() {
    let mut world = World::new();
    let tab = world.open();
    let odd = json!({
        "text": "a\"b\\c\n\u{1}\u{7f}\u{2028}😀",
        "brackets": "}],{[",
        "": "empty key",
        "key \"quoted\"": {"deep": [[[]], {}]},
        "big": 9_007_199_254_740_993_u64,
        "small": -0.0015,
    });
    let event = world.capture(tab, "naïve \"name\"\n", odd.clone());
    assert_eq!(event["event"], "naïve \"name\"\n");
    for key in keys(&odd) {
        assert_eq!(event["properties"][key], odd[key], "{key}");
    }
}

#[test]
fn options_of_another_type_than_the_server_takes_are_left_out() {
    let mut world = World::new();
    let tab = world.open();
    let options = json!({"$set": 1, "$set_once": "x", "$unset": {"a": 1}});
    let event = world.capture_with(tab, "seen", json!({}), options);
    assert_eq!(keys(&event), ["event", "properties", "timestamp", "uuid"]);
}

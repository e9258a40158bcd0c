#![cfg(not(target_arch = "wasm32"))]
//! The page where a visitor was first seen: kept as posthog-js keeps it, and
//! told once a page, and at every login, as `$initial_…` of the person.

mod world;

use serde_json::{Value, json};
use world::World;

/// A world in which persons are made from the first event on.
fn world() -> World {
    let mut world = World::new();
    world.options["person_profiles"] = json!("always");
    world
}

fn landing() -> Value {
    json!({
        "$current_url": "https://shop.example/landing?utm_source=mail",
        "$host": "shop.example",
        "$pathname": "/landing",
        "referrer": "https://mail.example/inbox",
        "referring_domain": "mail.example",
        "query": {"utm_source": "mail"},
    })
}

/// What an event says of it; nothing if it does not.
fn told(event: &Value) -> Option<(&str, &str)> {
    let once = event.get("$set_once")?;
    let text = |key: &str| once[key].as_str();
    Some((text("$initial_current_url")?, text("$initial_referrer")?))
}

const LANDING: (&str, &str) = (
    "https://shop.example/landing?utm_source=mail",
    "https://mail.example/inbox",
);
const SHOP: (&str, &str) = ("https://shop.example/", "$direct");

#[test]
fn it_is_kept_as_posthog_js_keeps_it() {
    let mut world = World::new();
    let tab = world.open();
    assert_eq!(world.record().get("$initial_person_info"), None);
    world.tab(tab).page = landing();
    world.capture(tab, "seen", json!({}));
    let kept = json!({"u": LANDING.0, "r": LANDING.1});
    assert_eq!(world.record()["$initial_person_info"], kept);
    world.tab(tab).page = json!({"$current_url": "https://shop.example/"});
    world.capture(tab, "seen", json!({}));
    world.identify(tab, "a");
    assert_eq!(world.record()["$initial_person_info"], kept);

    let tab = world.open();
    world.reset(tab);
    world.tab(tab).page = json!({"$current_url": "https://shop.example/", "referrer": ""});
    world.capture(tab, "seen", json!({}));
    let kept = json!({"u": SHOP.0, "r": SHOP.1});
    assert_eq!(world.record()["$initial_person_info"], kept);
}

#[test]
fn it_is_told_once_a_page_with_the_first_event_that_makes_a_person() {
    let mut world = World::new();
    let tab = world.open();
    world.tab(tab).page = landing();
    assert_eq!(
        told(&world.capture(tab, "seen", json!({}))),
        None,
        "nobody is a person yet"
    );
    world.describe(tab, "$set", json!({"$set": {"x": 1}}));
    world.settle();
    assert_eq!(told(world.server.named("$set")[0]), Some(LANDING));
    assert_eq!(told(&world.capture(tab, "seen", json!({}))), None);

    world.reload(tab);
    let options = json!({"$set_once": {"first": 1, "$initial_referrer": "mine"}});
    let event = world.capture_with(tab, "seen", json!({}), options);
    assert_eq!(
        told(&event),
        Some((LANDING.0, "mine")),
        "the page's own word counts"
    );
    assert_eq!(event["$set_once"]["first"], 1);
    assert_eq!(told(&world.capture(tab, "seen", json!({}))), None);
}

#[test]
fn it_is_told_at_every_login() {
    let mut world = world();
    let tab = world.open();
    world.tab(tab).page = landing();
    assert_eq!(told(&world.capture(tab, "seen", json!({}))), Some(LANDING));
    world.identify(tab, "a");
    assert_eq!(told(&world.capture(tab, "seen", json!({}))), None);
    world.tab(tab).page = json!({"$current_url": SHOP.0});
    world.identify(tab, "b");
    world.settle();
    let logins = world.server.named("$identify");
    assert_eq!(told(logins[0]), Some(LANDING));
    assert_eq!(logins[0]["$set_once"]["$initial_utm_source"], "mail");
    assert_eq!(
        told(logins[1]),
        Some(SHOP),
        "where a was first seen is not b's"
    );
    assert_eq!(logins[1]["$set_once"]["$initial_utm_source"], json!(null));
}

/// The server sets nothing of a person by it.
#[test]
fn a_group_does_not_tell_it_and_the_next_event_does() {
    let mut world = world();
    let tab = world.open();
    let group = json!({"$group_type": "company", "$group_key": "acme"});
    world.describe(tab, "$groupidentify", group);
    assert_eq!(told(&world.capture(tab, "seen", json!({}))), Some(SHOP));
    world.settle();
    assert_eq!(told(world.server.named("$groupidentify")[0]), None);
}

#[test]
fn all_tabs_tell_the_same_page() {
    let mut world = world();
    let (first, second) = (world.open(), world.open());
    world.tab(first).page = landing();
    world.capture(first, "seen", json!({}));
    assert_eq!(
        told(&world.capture(second, "seen", json!({}))),
        Some(LANDING)
    );
    world.reset(second);
    world.tab(second).page = json!({"$current_url": SHOP.0});
    world.capture(second, "seen", json!({}));
    assert_eq!(told(&world.capture(first, "seen", json!({}))), Some(SHOP));
}

#[test]
fn what_posthog_js_noted_counts() {
    let noted = json!({"u": "https://first.example/a", "r": "https://other.example/"});
    let mut world = World::with_record(&json!({
        "distinct_id": "x",
        "$device_id": "x",
        "$user_state": "anonymous",
        "$initial_person_info": noted,
    }));
    let tab = world.open();
    world.identify(tab, "a");
    world.settle();
    let login = world.server.named("$identify")[0];
    assert_eq!(
        told(login),
        Some(("https://first.example/a", "https://other.example/"))
    );
    assert_eq!(
        login["$set_once"]["$initial_referring_domain"],
        "other.example"
    );
    assert_eq!(world.record()["$initial_person_info"], noted);
}

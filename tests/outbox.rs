#![cfg(not(target_arch = "wasm32"))]
//! What a page keeps is somebody's at every moment: its own while its lease lasts, then whoever's
//! looks next.

mod world;

use backstitch::client::{Client, Here, Start};
use backstitch::effect::Effect;
use serde_json::json;
use world::server::{Answer, LATENCY};
use world::{BEGINNING, TOKEN, World, entropy};

#[test]
fn what_was_captured_before_the_database_opened_is_kept_with_a_lease() {
    let mut client = Client::new(Start {
        now: BEGINNING,
        entropy: &entropy(1),
        token: TOKEN,
        ..Start::default()
    })
    .expect("a token");
    client.capture(BEGINNING, Here::default(), "early", "{}", "");
    let asked =
        |client: &mut Client| -> Vec<Effect> { std::iter::from_fn(|| client.poll()).collect() };
    asked(&mut client);
    client.kept(BEGINNING, "", true);
    let asked = asked(&mut client);
    let has = |is_it: fn(&Effect) -> bool| asked.iter().any(is_it);
    assert!(has(|effect| matches!(effect, Effect::Keep { .. })));
    assert!(has(|effect| matches!(effect, Effect::Lease { .. })));
}

#[test]
fn what_a_page_kept_without_a_lease_is_adopted_too() {
    let mut world = World::new();
    let tab = world.open();
    let event = json!({"uuid": "01a2076b-4400-7b51-bbfd-4cbae76cc37e", "event": "left"});
    let key = (1, 1 << 32);
    world.database.events.insert(key, event.to_string());
    world.reload(tab);
    world.settle();
    assert_eq!(world.server.names(), ["left"]);
    assert_eq!(world.database.events.len(), 0);
}

#[test]
fn what_a_page_handed_over_and_saw_fail_is_not_taken_for_delivered() {
    let mut world = World::new();
    let tab = world.open();
    world.capture(tab, "first", json!({}));
    world.settle();
    world.server.next.push_back(Answer::status(503));
    world.capture(tab, "last", json!({}));
    world.leave(tab);
    let is_in_doubt = |world: &World| {
        let mut words = world.words.values();
        words.all(|words| words.contains("\"done\":0,"))
    };
    assert!(
        !is_in_doubt(&world),
        "it arrives, as far as anybody can tell"
    );
    world.advance(LATENCY);
    assert!(is_in_doubt(&world));
    world.online(tab);
    world.settle();
    assert_eq!(world.server.names(), ["first", "last"]);
}

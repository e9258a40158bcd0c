#![cfg(not(target_arch = "wasm32"))]
//! In which visit, and in which tab of it, an event was captured.

mod world;

use backstitch::effect::Record;
use serde_json::{Value, json};
use uuid::{Uuid, Version};
use world::{BEGINNING, HOUR, MINUTE, SECOND, World};

fn seen(world: &mut World, tab: usize) -> (String, String) {
    let event = world.capture(tab, "seen", json!({}));
    let id = |key: &str| event["properties"][key].as_str().expect(key).to_owned();
    (id("$session_id"), id("$window_id"))
}

fn session(world: &mut World, tab: usize) -> String {
    seen(world, tab).0
}

#[test]
fn a_session_and_a_window_are_ids_that_sort_by_time() {
    let mut world = World::new();
    let tab = world.open();
    let (session, window) = seen(&mut world, tab);
    for id in [&session, &window] {
        let uuid: Uuid = id.parse().expect("a UUID");
        assert_eq!(uuid.get_version(), Some(Version::SortRand));
        assert_eq!(uuid.as_u128() >> 80, u128::from(BEGINNING));
    }
    assert_ne!(session, window);
    assert_eq!(
        world.record()["$sesid"],
        json!([BEGINNING, session, BEGINNING])
    );
    assert_eq!(world.tab(tab).window_id, window);
}

#[test]
fn a_session_lives_until_half_an_hour_passes_without_an_event() {
    let mut world = World::new();
    let tab = world.open();
    let first = seen(&mut world, tab);
    world.advance(30 * MINUTE);
    assert_eq!(seen(&mut world, tab), first);
    world.advance(30 * MINUTE);
    assert_eq!(seen(&mut world, tab), first);
    world.advance(30 * MINUTE + 1);
    let second = seen(&mut world, tab);
    assert_ne!(second.0, first.0);
    assert_ne!(second.1, first.1, "a new session is a new window");
    assert_eq!(seen(&mut world, tab), second);
}

#[test]
fn a_session_ends_after_a_day_however_active() {
    let mut world = World::new();
    let tab = world.open();
    let first = session(&mut world, tab);
    for _ in 0..24 * 4 {
        world.advance(15 * MINUTE);
        assert_eq!(session(&mut world, tab), first);
    }
    world.advance(1);
    assert_ne!(session(&mut world, tab), first);
}

#[test]
fn a_clock_that_jumps_back_far_ends_the_session() {
    let mut world = World::new();
    let tab = world.open();
    let first = session(&mut world, tab);
    world.now -= 10 * SECOND;
    assert_eq!(session(&mut world, tab), first);
    world.now -= HOUR;
    assert_ne!(session(&mut world, tab), first);
}

#[test]
fn tabs_share_the_session_and_have_a_window_each() {
    let mut world = World::new();
    let (one, other) = (world.open(), world.open());
    let (session, window) = seen(&mut world, one);
    let seen_in_other = seen(&mut world, other);
    assert_eq!(seen_in_other.0, session);
    assert_ne!(seen_in_other.1, window);

    world.reload(one);
    assert_eq!(seen(&mut world, one), (session, window));
}

#[test]
fn activity_in_one_tab_keeps_the_session_for_all() {
    let mut world = World::new();
    let (busy, idle) = (world.open(), world.open());
    let first = session(&mut world, idle);
    for _ in 0..4 {
        world.advance(20 * MINUTE);
        assert_eq!(session(&mut world, busy), first);
    }
    assert_eq!(session(&mut world, idle), first);
}

#[test]
fn a_session_that_one_tab_began_is_everyones() {
    let mut world = World::new();
    let (one, other) = (world.open(), world.open());
    session(&mut world, one);
    world.advance(HOUR);
    let second = session(&mut world, other);
    assert_eq!(session(&mut world, one), second);
}

#[test]
fn activity_is_saved_every_five_seconds_at_most() {
    let mut world = World::new();
    let tab = world.open();
    session(&mut world, tab);
    let since = world.tab(tab).saves.len();
    for _ in 0..100 {
        world.advance(SECOND);
        session(&mut world, tab);
    }
    let saves = &world.tab(tab).saves[since..];
    // Each to localStorage and the cookie.
    assert_eq!(saves.len(), 2 * 100 / 5);
    let saves: Vec<_> = saves.iter().step_by(2).collect();
    assert!(saves.iter().all(|(_, record)| *record == Record::Shared));
    assert!(
        saves
            .windows(2)
            .all(|two| two[1].0 - two[0].0 == 5 * SECOND)
    );
}

#[test]
fn a_session_outlives_a_reload_as_of_its_last_save() {
    let mut world = World::new();
    let tab = world.open();
    let first = session(&mut world, tab);
    world.advance(29 * MINUTE);
    session(&mut world, tab);
    world.reload(tab);
    world.advance(30 * MINUTE);
    assert_eq!(session(&mut world, tab), first);
    world.reload(tab);
    world.advance(31 * MINUTE);
    assert_ne!(session(&mut world, tab), first);
}

#[test]
fn reset_begins_a_new_session_at_once() {
    let mut world = World::new();
    let tab = world.open();
    let first = seen(&mut world, tab);
    world.reset(tab);
    let stored: Value = world.record()["$sesid"][1].clone();
    let second = seen(&mut world, tab);
    assert_ne!(second.0, first.0);
    assert_ne!(second.1, first.1);
    assert_eq!(stored, second.0);
}

#[test]
fn asking_for_the_id_is_no_activity() {
    let mut world = World::new();
    let tab = world.open();
    let first = session(&mut world, tab);
    for _ in 0..4 {
        world.advance(10 * MINUTE);
        world.distinct_id(tab);
    }
    assert_ne!(session(&mut world, tab), first);
}

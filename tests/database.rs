#![cfg(not(target_arch = "wasm32"))]
//! What the database knows counts where everything else was taken back, and
//! against nothing that is newer.

mod world;

use std::collections::BTreeSet;

use backstitch::client::{Client, Here, Start};
use backstitch::effect::{Effect, Record};
use serde_json::{Value, json};
use world::shell::Access;
use world::{MINUTE, World, entropy};

/// Everything but the database.
fn take_back(world: &mut World, stored: &str, own: &str) {
    world.stored = stored.into();
    world.own = own.into();
    world.cookies = [stored.into(), own.into()];
}

/// What a call asks for.
fn asked(client: &mut Client) -> Vec<Effect> {
    std::iter::from_fn(|| client.poll()).collect()
}

fn state(world: &World) -> Value {
    serde_json::from_str(&world.database.state).expect("the state is JSON")
}

#[test]
fn a_login_or_logout_that_a_kill_took_back_is_known_again() {
    for logs_out in [false, true] {
        for loses_all in [false, true] {
            let mut world = World::new();
            let tab = world.open();
            if logs_out {
                world.identify(tab, "a");
            }
            world.capture(tab, "seen", json!({}));
            let mut record = world.record();
            record["theme"] = json!("dark");
            let (stored, own) = (record.to_string(), world.own.clone());
            world.stored = stored.clone();
            if logs_out {
                world.reset(tab);
            } else {
                world.identify(tab, "a");
            }
            let id = world.distinct_id(tab);
            let before = world.capture(tab, "before", json!({}))["properties"].clone();
            let last = state(&world);

            if loses_all {
                take_back(&mut world, "", "");
            } else {
                take_back(&mut world, &stored, &own);
            }
            world.kill(tab);
            let after = world.capture(tab, "after", json!({}))["properties"].clone();
            assert_eq!(after["distinct_id"], *id);
            for same in ["$device_id", "$is_identified", "$session_id", "$user_id"] {
                assert_eq!(after.get(same), before.get(same), "{same}");
            }
            assert_eq!(state(&world), last);
            assert_eq!(world.record()["distinct_id"], *id);
            assert_eq!(
                serde_json::from_str::<Value>(&world.own).expect("JSON"),
                last
            );
            // What the site registered is the same visitor's only after a login.
            let keeps = !logs_out && !loses_all;
            assert_eq!(
                after.get("theme").is_some(),
                keeps,
                "{logs_out} {loses_all}"
            );
        }
    }
}

#[test]
fn a_page_goes_on_as_it_is_until_the_database_opens() {
    let mut world = World::new();
    let tab = world.open();
    let (stored, own) = (world.stored.clone(), world.own.clone());
    let anonymous = world.distinct_id(tab);
    world.identify(tab, "a");
    take_back(&mut world, &stored, &own);
    world.database.access = Access::Hangs;
    world.kill(tab);
    let event = world.capture(tab, "early", json!({}));
    assert_eq!(event["properties"]["distinct_id"], *anonymous);
    world.database.access = Access::Open;
    world.database_opens(tab);
    let event = world.capture(tab, "late", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "a");
    world.settle();
    let early = world.server.named("early")[0];
    assert_eq!(early["properties"]["distinct_id"], *anonymous);
}

/// A login or a logout is what somebody just did; a kill was before it.
#[test]
fn what_the_page_did_before_the_database_opened_is_newer_than_what_that_knows() {
    for logs_out in [false, true] {
        let mut world = World::new();
        let tab = world.open();
        for account in ["x", "y", "a"] {
            world.identify(tab, account);
        }
        let epoch = state(&world)["epoch"].clone();
        take_back(&mut world, "", "");
        world.database.access = Access::Hangs;
        world.kill(tab);
        world.identify(tab, "b");
        if logs_out {
            world.reset(tab);
        }
        let id = world.distinct_id(tab);
        let other = world.open();
        world.database.access = Access::Open;
        world.database_opens(tab);
        assert_eq!(world.distinct_id(tab), id);
        assert_eq!(state(&world)["distinct_id"], *id);
        let raised = state(&world)["epoch"].clone();
        assert!(raised.as_u64() > epoch.as_u64(), "{raised} over {epoch}");
        // A tab that changed nothing itself follows, whichever it is shown first.
        world.database_opens(other);
        assert_eq!(world.distinct_id(other), id);
        world.reload(tab);
        assert_eq!(world.distinct_id(tab), id);
    }
}

#[test]
fn what_another_tab_did_after_this_page_is_newer() {
    let mut world = World::new();
    world.options["persistence"] = json!("localStorage");
    world.database.access = Access::Hangs;
    let late = world.open();
    world.identify(late, "a");
    let (stored, own) = (world.stored.clone(), world.own.clone());
    world.database.access = Access::Open;
    let other = world.open();
    world.identify(other, "b");
    // The database is there before this tab is shown what the other stored.
    (world.stored, world.own) = (stored, own);
    world.database_opens(late);
    assert_eq!(world.distinct_id(late), "b");
    assert_eq!(world.record()["distinct_id"], "b");
}

#[test]
fn the_database_knows_every_change_and_nothing_of_mere_activity() {
    let mut world = World::new();
    let tab = world.open();
    let id = world.distinct_id(tab);
    assert_eq!(state(&world)["distinct_id"], *id);
    let own = |world: &World| serde_json::from_str::<Value>(&world.own).expect("JSON");
    assert_eq!(state(&world), own(&world));
    world.identify(tab, "a");
    assert_eq!(state(&world), own(&world));
    assert_eq!(state(&world)["distinct_id"], "a");
    let saves = |world: &mut World| {
        let saves = world.tab(tab).saves.iter();
        saves.filter(|(_, record)| *record == Record::State).count()
    };
    let before = saves(&mut world);
    for _ in 0..5 {
        world.advance(MINUTE);
        world.capture(tab, "seen", json!({}));
    }
    assert_eq!(saves(&mut world), before);
    world.reset(tab);
    assert_eq!(state(&world), own(&world));
}

#[test]
fn a_state_that_is_older_missing_or_broken_is_written_again() {
    for old in ["", "null", "{", "{\"epoch\":425201762305}", "[1]"] {
        let mut world = World::new();
        let tab = world.open();
        world.identify(tab, "a");
        world.database.state = old.into();
        world.reload(tab);
        assert_eq!(world.distinct_id(tab), "a", "{old}");
        assert_eq!(state(&world)["distinct_id"], "a", "{old}");
    }
}

/// What is asked before could be committed before the state is.
#[test]
fn nothing_is_asked_of_the_database_before_it_has_opened() {
    let mut client = Client::new(Start {
        now: world::BEGINNING,
        entropy: &entropy(1),
        token: world::TOKEN,
        ..Start::default()
    })
    .expect("a token");
    client.identify(world::BEGINNING, Here::default(), "\"a\"", "");
    let is_state = |effect: &Effect| {
        matches!(
            effect,
            Effect::Save {
                record: Record::State,
                ..
            }
        )
    };
    let before = asked(&mut client);
    assert!(
        before
            .iter()
            .any(|effect| matches!(effect, Effect::Open { .. }))
    );
    assert!(!before.iter().any(is_state));
    assert!(
        !before
            .iter()
            .any(|effect| matches!(effect, Effect::Claim { .. }))
    );

    client.kept(world::BEGINNING, "", true);
    let after = asked(&mut client);
    let state = after.iter().position(is_state).expect("the state");
    let claim = after
        .iter()
        .position(|effect| matches!(effect, Effect::Claim { .. }));
    assert!(state < claim.expect("the claim"));
}

#[test]
fn with_session_storage_the_database_neither_gives_nor_gets_a_visitor() {
    let mut world = World::new();
    world.options["persistence"] = json!("sessionStorage");
    let alice = json!({
        "v": 1,
        "epoch": (7_u64 << 32) + 1,
        "distinct_id": "alice",
        "$device_id": "device",
        "$user_id": "alice",
        "$user_state": "identified",
    });
    world.database.state = alice.to_string();
    let tab = world.open();
    world.settle();
    assert_ne!(world.distinct_id(tab), "alice");
    world.identify(tab, "bob");
    world.settle();
    assert_eq!(world.distinct_id(tab), "bob");
    world.reset(tab);
    assert_eq!(world.database.state, alice.to_string());
    // An anonymous id is one account's wherever it is kept.
    assert_eq!(world.database.claims.len(), 1);
}

#[test]
fn with_memory_nothing_is_kept_anywhere() {
    let mut client = Client::new(Start {
        now: world::BEGINNING,
        entropy: &entropy(1),
        token: world::TOKEN,
        options: "{\"persistence\":\"Memory\"}",
        ..Start::default()
    })
    .expect("a token");
    let page = "{\"$current_url\":\"https://shop.example/\",\"query\":{\"utm_source\":\"mail\"}}";
    let here = Here {
        page,
        time: "\"2026-11-23T08:00:00.000Z\"",
    };
    let anonymous = client.distinct_id().to_owned();
    let mut now = world::BEGINNING;
    let mut sent = String::new();
    let mut kinds = BTreeSet::new();
    for step in 0..14 {
        match step {
            0 => drop(client.capture(now, here, "seen", "", "")),
            1 => client.identify(now, here, "\"a\"", ""),
            2 => client.describe(now, here, "$set", "{\"$set\":{\"plan\":\"pro\"}}"),
            3 => client.describe(now, here, "$create_alias", "{\"alias\":\"other\"}"),
            4 => client.hide(now, false, false),
            5 => client.identify(now, here, "\"b\"", ""),
            6 => client.online(now, true),
            7 => client.reset(now, true, ""),
            8 => client.identify(now, here, "\"c\"", ""),
            9 => client.sync("", Default::default()),
            10 => client.take_over(now, ""),
            11 => client.wake(now),
            _ => client.hide(now, false, false),
        }
        for effect in asked(&mut client) {
            kinds.insert(match effect {
                Effect::Send { request, body, .. } => {
                    sent.push_str(&body);
                    client.answered(now, request, 200, 0);
                    "send"
                }
                Effect::Wake { .. } => "wake",
                Effect::Report { .. } => "report",
                other => panic!("{other:?} in step {step}"),
            });
        }
        now += MINUTE;
    }
    assert_eq!(kinds, ["report", "send", "wake"].into());
    for kept in [&*anonymous, "utm_source", "$identify", "$create_alias"] {
        assert!(sent.contains(kept), "{kept}");
    }
    assert_eq!(sent.matches("\"event\":\"$identify\"").count(), 3);
    assert_eq!(client.distinct_id(), "c");
}

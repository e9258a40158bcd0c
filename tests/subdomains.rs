#![cfg(not(target_arch = "wasm32"))]
//! Two subdomains share a visitor through their cookies, and a browser that was
//! killed may have kept only one of the places where a visitor is.

mod world;

use backstitch::visitor::hash;
use serde_json::{Value, json};
use world::shell::Database;
use world::{SECOND, World};

/// What a subdomain has to itself, while the world stands on another.
#[derive(Default)]
struct Away {
    stored: String,
    own: String,
    database: Database,
}

impl Away {
    /// Goes over to the other subdomain; the cookies stay.
    fn cross(&mut self, world: &mut World) {
        std::mem::swap(&mut self.stored, &mut world.stored);
        std::mem::swap(&mut self.own, &mut world.own);
        std::mem::swap(&mut self.database, &mut world.database);
    }
}

struct Places {
    stored: String,
    own: String,
    cookies: [String; 2],
}

impl Places {
    fn of(world: &World) -> Self {
        Places {
            stored: world.stored.clone(),
            own: world.own.clone(),
            cookies: world.cookies.clone(),
        }
    }

    /// Whose each of them is.
    fn ids(&self) -> Vec<Value> {
        let texts = [&self.stored, &self.own].into_iter().chain(&self.cookies);
        let read = |text| serde_json::from_str::<Value>(text).expect("JSON");
        texts
            .map(|text| read(text)["distinct_id"].clone())
            .collect()
    }
}

#[test]
fn a_login_and_a_logout_on_one_are_seen_on_the_other() {
    let (mut world, mut away) = (World::new(), Away::default());
    let app = world.open();
    let visitor = world.distinct_id(app);
    away.cross(&mut world);
    let www = world.open();
    assert_eq!(world.distinct_id(www), visitor);
    let session = world.capture(www, "seen", json!({}))["properties"]["$session_id"].clone();

    away.cross(&mut world);
    world.identify(app, "a");
    away.cross(&mut world);
    let event = world.capture(www, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "a");
    assert_eq!(event["properties"]["$is_identified"], true);
    assert_eq!(event["properties"]["$user_id"], "a");
    assert_eq!(event["properties"]["$session_id"], session);
    assert_eq!(world.record()["distinct_id"], "a", "its own place follows");

    world.reset(www);
    let next = world.distinct_id(www);
    away.cross(&mut world);
    let event = world.capture(app, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], *next);
    assert_eq!(event["properties"]["$is_identified"], false);
    assert_ne!(event["properties"]["$session_id"], session);
}

/// posthog-js merges two accounts here without any crash.
#[test]
fn a_spent_anonymous_id_of_one_is_nobodys_on_the_other() {
    for is_open in [true, false] {
        let (mut world, mut away) = (World::new(), Away::default());
        let www = world.open();
        let spent = world.distinct_id(www);
        away.cross(&mut world);
        let app = world.open();
        world.identify(app, "a");
        world.reset(app);
        let next = world.distinct_id(app);
        away.cross(&mut world);
        if !is_open {
            world.kill(www);
        }
        world.identify(www, "b");
        world.settle();
        let logins = world.server.named("$identify");
        assert_eq!(logins[0]["properties"]["$anon_distinct_id"], *spent);
        assert_eq!(logins[1]["properties"]["$anon_distinct_id"], *next);
        assert_eq!(world.database.claims[&next], hash("b"));
    }
}

#[test]
fn a_place_that_lags_is_not_believed_and_is_written_again() {
    for logs_out in [false, true] {
        let mut world = World::new();
        let tab = world.open();
        if logs_out {
            world.identify(tab, "a");
        }
        world.capture(tab, "seen", json!({}));
        let old = Places::of(&world);
        if logs_out {
            world.reset(tab);
        } else {
            world.identify(tab, "a");
        }
        world.capture(tab, "seen", json!({}));
        let new = Places::of(&world);
        let expected = world.distinct_id(tab);
        let mixtures = [
            (&old.stored, &old.own, &new.cookies),
            (&new.stored, &new.own, &old.cookies),
            (&old.stored, &new.own, &new.cookies),
            (&old.stored, &new.own, &old.cookies),
            (&new.stored, &old.own, &new.cookies),
        ];
        for (at, (stored, own, cookies)) in mixtures.into_iter().enumerate() {
            for starts in [false, true] {
                (world.stored, world.own) = (stored.clone(), own.clone());
                world.cookies = cookies.clone();
                // A kill has taken it from the database, too.
                world.database.state = String::new();
                let reader = if starts { world.open() } else { tab };
                let event = world.capture(reader, "seen", json!({}));
                let id = &event["properties"]["distinct_id"];
                assert_eq!(*id, *expected, "{logs_out} {at} {starts}");
                // At the latest once activity is written down again.
                world.advance(5 * SECOND);
                world.capture(reader, "seen", json!({}));
                let ids = Places::of(&world).ids();
                assert_eq!(ids, new.ids(), "{logs_out} {at} {starts}");
            }
        }
    }
}

/// The cookie of posthog-js may be of a later moment than ours beside it.
#[test]
fn a_cookie_that_posthog_js_seems_to_have_written_is_ours_if_it_is_older() {
    let mut world = World::new();
    let tab = world.open();
    let first = world.cookies[1].clone();
    world.identify(tab, "a");
    let torn = [world.cookies[0].clone(), first];
    world.identify(tab, "b");
    for starts in [false, true] {
        world.cookies = torn.clone();
        let reader = if starts { world.open() } else { tab };
        assert_eq!(world.distinct_id(reader), "b");
        assert_eq!(world.record()["distinct_id"], "b");
    }
}

#[test]
fn what_posthog_js_did_on_the_other_is_newer_than_all_that_is_known_here() {
    for account in ["b", "c"] {
        let mut world = World::new();
        let tab = world.open();
        let first = world.cookies[1].clone();
        for account in ["a", "b", "a"] {
            world.identify(tab, account);
        }
        let mut cookie: Value = serde_json::from_str(&world.cookies[0]).expect("JSON");
        cookie["distinct_id"] = json!(account);
        cookie["$sesid"][1] = json!("a session of theirs");
        world.cookies = [cookie.to_string(), first];
        let event = world.capture(tab, "seen", json!({}));
        assert_eq!(event["properties"]["distinct_id"], account);
        assert_eq!(world.record()["distinct_id"], account);
        let late = world.open();
        assert_eq!(world.distinct_id(late), account);
    }
}

#[test]
fn what_only_one_place_can_hold_survives_a_visit_elsewhere() {
    let (mut world, mut away) = (World::new(), Away::default());
    let app = world.open();
    let mut record = world.record();
    record["theme"] = json!("dark");
    world.stored = record.to_string();
    world.capture(app, "seen", json!({}));
    away.cross(&mut world);
    let www = world.open();
    world.identify(www, "a");
    away.cross(&mut world);
    let event = world.capture(app, "seen", json!({}));
    assert_eq!(event["properties"]["distinct_id"], "a");
    assert_eq!(
        event["properties"]["theme"], "dark",
        "it is the same visitor's"
    );
    away.cross(&mut world);
    world.reset(www);
    away.cross(&mut world);
    let event = world.capture(app, "seen", json!({}));
    assert_eq!(event["properties"].get("theme"), None, "it was a's");
}

#[test]
fn with_local_storage_alone_no_cookie_is_read() {
    let mut world = World::new();
    let tab = world.open();
    world.identify(tab, "a");
    let cookies = world.cookies.clone();
    world.reset(tab);
    let next = world.distinct_id(tab);
    world.options["persistence"] = json!("LocalStorage");
    world.stored = String::new();
    world.own = String::new();
    world.database.state = String::new();
    world.cookies = cookies;
    let fresh = world.open();
    let id = world.distinct_id(fresh);
    assert!(id != "a" && id != next);
}

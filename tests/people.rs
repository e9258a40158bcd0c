#![cfg(not(target_arch = "wasm32"))]
//! Which calls make a person, give it properties, another id or a group, and
//! which events say so.

mod world;

use backstitch::error::Error;
use serde_json::{Value, json};
use world::{MINUTE, World};

fn with(options: Value) -> (World, usize) {
    let mut world = World::new();
    let more = options.as_object().expect("an object").clone();
    world
        .options
        .as_object_mut()
        .expect("an object")
        .extend(more);
    let tab = world.open();
    (world, tab)
}

fn visitor() -> (World, usize) {
    with(json!({}))
}

/// Whether an event now makes a person.
fn makes_persons(world: &mut World, tab: usize) -> bool {
    let event = world.capture(tab, "seen", json!({}));
    let makes = &event["properties"]["$process_person_profile"];
    makes.as_bool().expect("yes or no")
}

/// What the server has, but for what tests look with.
fn said(world: &mut World) -> Vec<Value> {
    world.settle();
    let events = world.server.stored.iter().map(|(_, event)| event);
    events
        .filter(|event| event["event"] != "seen")
        .cloned()
        .collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(world::server::name).collect()
}

fn only(world: &mut World, name: &str) -> Value {
    let said = said(world);
    assert_eq!(names(&said), [name]);
    said[0].clone()
}

fn person(id: &str) -> Value {
    json!({"alias": id})
}

fn group(kind: Value, key: Value) -> Value {
    json!({"$group_type": kind, "$group_key": key})
}

#[test]
fn what_is_set_of_a_person_is_an_event_and_makes_one() {
    let given = json!({"$set": {"plan": "pro"}, "$set_once": {"first": 1}});
    for given in [
        given,
        json!({"$set": {"plan": "pro"}}),
        json!({"$unset": ["plan"]}),
    ] {
        let (mut world, tab) = visitor();
        assert!(!makes_persons(&mut world, tab));
        world.describe(tab, "$set", given.clone());
        assert!(makes_persons(&mut world, tab));
        let id = world.distinct_id(tab);
        let event = only(&mut world, "$set");
        let properties = &event["properties"];
        for key in ["$set", "$set_once", "$unset"] {
            assert_eq!(properties.get(key), given.get(key), "{given}");
        }
        assert_eq!(properties["distinct_id"], *id);
        assert_eq!(properties["$process_person_profile"], true);
        assert_eq!(properties["$is_identified"], false);
        assert_eq!(
            event.get("$set"),
            None,
            "that is what capture's options are for"
        );
    }
}

#[test]
fn what_was_just_set_is_not_set_again() {
    let (mut world, tab) = visitor();
    let other = world.open();
    let set = |plan: &str| json!({"$set": {"plan": plan}});
    world.describe(tab, "$set", json!({}));
    assert!(!makes_persons(&mut world, tab));
    let mut count = 0;
    let mut says = |world: &mut World, new: bool| {
        count += usize::from(new);
        assert_eq!(said(world).len(), count);
    };
    for (plan, new) in [("a", true), ("a", false), ("b", true), ("a", true)] {
        world.describe(tab, "$set", set(plan));
        says(&mut world, new);
    }
    world.describe(tab, "$set", json!({}));
    says(&mut world, false);
    world.describe(tab, "$set", json!({"$set": {}}));
    says(&mut world, true);
    // Of somebody else it is news, and so is a login itself.
    for (account, new) in [("x", true), ("x", false)] {
        world.identify_with(tab, account, json!({"plan": "a"}), json!({}));
        says(&mut world, new);
    }
    world.describe(tab, "$set", json!({"$set": {"plan": "a"}, "$set_once": {}}));
    says(&mut world, false);
    world.reset(tab);
    world.describe(tab, "$set", set("a"));
    says(&mut world, true);
    world.identify(other, "y");
    says(&mut world, true);
    world.describe(tab, "$set", set("a"));
    says(&mut world, true);
    // What was unset is unset however often it is said.
    for _ in 0..2 {
        world.describe(tab, "$set", json!({"$unset": ["plan"]}));
        says(&mut world, true);
    }
    // Another page does not know what this one set.
    world.describe(tab, "$set", set("a"));
    says(&mut world, true);
    world.reload(tab);
    world.describe(tab, "$set", set("a"));
    says(&mut world, true);
}

/// `createPersonProfile`.
#[test]
fn a_person_may_be_asked_for_once() {
    let (mut world, tab) = visitor();
    let blank = json!({"$set": {}});
    world.describe(tab, "$person", blank.clone());
    world.describe(tab, "$person", blank.clone());
    assert!(makes_persons(&mut world, tab));
    only(&mut world, "$set");
    world.reload(tab);
    world.describe(tab, "$person", blank.clone());
    only(&mut world, "$set");

    let (mut world, tab) = visitor();
    world.identify(tab, "a");
    world.describe(tab, "$person", blank);
    only(&mut world, "$identify");
}

#[test]
fn once_an_event_made_a_person_all_do_until_reset() {
    type Call = fn(&mut World, usize);
    let calls: [Call; 5] = [
        |world, tab| world.identify(tab, "a"),
        |world, tab| world.describe(tab, "$set", json!({"$set": {"x": 1}})),
        |world, tab| world.describe(tab, "$create_alias", person("other")),
        |world, tab| {
            world.describe(
                tab,
                "$groupidentify",
                group(json!("company"), json!("acme")),
            )
        },
        |world, tab| {
            world.describe(
                tab,
                "$groupidentify",
                group(json!("company"), json!("acme")),
            );
            world.describe(tab, "$groups", json!({}));
        },
    ];
    for (number, call) in calls.into_iter().enumerate() {
        let (mut world, tab) = visitor();
        let other = world.open();
        assert!(!makes_persons(&mut world, tab));
        assert!(world.record().get("$epp").is_none());
        call(&mut world, tab);
        assert!(makes_persons(&mut world, tab), "{number}");
        assert!(makes_persons(&mut world, other), "{number}");
        assert_eq!(world.record()["$epp"], true, "{number}");
        world.reload(tab);
        assert!(makes_persons(&mut world, tab), "{number}");
        world.reset(tab);
        assert!(!makes_persons(&mut world, tab), "{number}");
        assert!(!makes_persons(&mut world, other), "{number}");
    }
}

#[test]
fn a_site_may_want_persons_always_or_never() {
    let (mut world, tab) = with(json!({"person_profiles": "always"}));
    world.describe(tab, "$person", json!({"$set": {}}));
    assert!(said(&mut world).is_empty());
    assert!(makes_persons(&mut world, tab));
    let (mut world, tab) = with(json!({"person_profiles": "never"}));
    let stored = world.stored.clone();
    world.identify(tab, "a");
    world.describe(tab, "$set", json!({"$set": {"x": 1}}));
    world.describe(tab, "$set", json!({"$unset": ["x"]}));
    world.describe(tab, "$person", json!({"$set": {}}));
    world.describe(tab, "$create_alias", person("other"));
    assert_eq!(world.errors(tab), [Error::PersonsNever; 5]);
    assert_eq!(world.stored, stored);
    assert_eq!(said(&mut world), [] as [Value; 0]);
    // A group is no person.
    world.describe(
        tab,
        "$groupidentify",
        group(json!("company"), json!("acme")),
    );
    assert_eq!(world.errors(tab).len(), 5);
    let event = only(&mut world, "$groupidentify");
    assert_eq!(event["properties"]["$process_person_profile"], false);
    assert_eq!(event.get("$set_once"), None);
    assert!(!makes_persons(&mut world, tab));

    // Also of an account that was logged in before the site wanted none.
    let (mut world, tab) = visitor();
    world.identify(tab, "a");
    world.options["person_profiles"] = json!("never");
    world.reload(tab);
    assert!(!makes_persons(&mut world, tab));
    assert_eq!(world.distinct_id(tab), "a");
}

#[test]
fn an_alias_is_one_more_id_of_this_person_or_of_another() {
    let (mut world, tab) = visitor();
    let anonymous = world.distinct_id(tab);
    world.describe(tab, "$create_alias", person("other"));
    assert_eq!(world.distinct_id(tab), anonymous);
    let event = only(&mut world, "$create_alias");
    assert_eq!(event["properties"]["alias"], "other");
    assert_eq!(event["properties"]["distinct_id"], *anonymous);
    assert_eq!(event["properties"]["$process_person_profile"], true);
    assert_eq!(event["properties"]["$is_identified"], false);
    assert_eq!(world.record()["__alias"], "other");

    let (mut world, tab) = visitor();
    world.describe(
        tab,
        "$create_alias",
        json!({"alias": 7, "distinct_id": "someone"}),
    );
    let event = only(&mut world, "$create_alias");
    assert_eq!(event["properties"]["alias"], "7");
    assert_eq!(event["properties"]["distinct_id"], "someone");
    let seen = world.capture(tab, "seen", json!({}));
    assert_ne!(seen["properties"]["distinct_id"], "someone");
    assert_eq!(seen["properties"].get("alias"), None);
}

#[test]
fn an_alias_of_itself_is_a_login() {
    let (mut world, tab) = visitor();
    let anonymous = world.distinct_id(tab);
    world.describe(tab, "$create_alias", person(&anonymous));
    let event = only(&mut world, "$set");
    assert_eq!(event["properties"]["$user_id"], *anonymous);
    assert_eq!(world.record()["$user_state"], "identified");

    let (mut world, tab) = visitor();
    world.describe(
        tab,
        "$create_alias",
        json!({"alias": "a", "distinct_id": "a"}),
    );
    only(&mut world, "$identify");
    assert_eq!(world.distinct_id(tab), "a");
}

/// As in posthog-js: the server knows the alias for the visitor's already.
#[test]
fn a_login_as_the_alias_keeps_the_id_and_one_as_another_does_not() {
    for (account, keeps) in [("other", true), ("a", false)] {
        let (mut world, tab) = visitor();
        let anonymous = world.distinct_id(tab);
        world.describe(tab, "$create_alias", person("other"));
        world.identify(tab, account);
        let said = said(&mut world);
        assert_eq!(names(&said), ["$create_alias", "$identify"]);
        let login = &said[1]["properties"];
        assert_eq!(login["distinct_id"], account);
        assert_eq!(login["$anon_distinct_id"], *anonymous);
        let id = world.distinct_id(tab);
        assert_eq!(id, if keeps { &*anonymous } else { account });
        assert_eq!(world.record()["$user_id"], account);
        assert_eq!(world.record().get("__alias").is_some(), keeps);

        world.identify(tab, account);
        world.reload(tab);
        world.identify(tab, account);
        assert_eq!(world.distinct_id(tab), id);
        assert_eq!(world.record().get("__alias").is_some(), keeps);
        assert_eq!(world.errors(tab), []);
        assert_eq!(self::said(&mut world).len(), 2, "logged in already");
    }
}

#[test]
fn a_group_is_on_every_event_until_reset_and_said_when_it_is_new() {
    let (mut world, tab) = visitor();
    let join = |world: &mut World, key: Value, set: Value| {
        let mut properties = group(json!("company"), key);
        if !set.is_null() {
            properties["$group_set"] = set;
        }
        world.describe(tab, "$groupidentify", properties);
    };
    join(&mut world, json!("acme"), json!(null));
    let event = only(&mut world, "$groupidentify");
    let properties = &event["properties"];
    assert_eq!(properties["$group_type"], "company");
    assert_eq!(properties["$group_key"], "acme");
    assert_eq!(properties.get("$group_set"), None);
    assert_eq!(properties["$groups"], json!({"company": "acme"}));
    assert_eq!(properties["$process_person_profile"], true);

    join(&mut world, json!("acme"), json!(null));
    assert_eq!(said(&mut world).len(), 1);
    join(&mut world, json!("acme"), json!({"size": 3}));
    let with_set = said(&mut world)[1].clone();
    assert_eq!(with_set["properties"]["$group_set"], json!({"size": 3}));
    join(&mut world, json!(7), json!(null));
    assert_eq!(said(&mut world).len(), 3);
    world.describe(tab, "$groupidentify", group(json!("team"), json!("ä\"")));
    let groups = json!({"company": "7", "team": "ä\""});
    world.reload(tab);
    let other = world.open();
    for tab in [tab, other] {
        let event = world.capture(tab, "seen", json!({}));
        assert_eq!(event["properties"]["$groups"], groups);
    }

    world.describe(tab, "$groups", json!({}));
    let event = world.capture(other, "seen", json!({}));
    assert_eq!(event["properties"]["$groups"], json!({}));
    world.describe(tab, "$groupidentify", group(json!("team"), json!("red")));
    world.identify(tab, "a");
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"]["$groups"], json!({"team": "red"}));
    world.reset(tab);
    let event = world.capture(tab, "seen", json!({}));
    assert_eq!(event["properties"].get("$groups"), None);
}

#[test]
fn a_group_without_a_type_or_a_key_is_none() {
    let cases = [
        (json!(""), json!("acme"), "$group_type"),
        (json!(null), json!("acme"), "$group_type"),
        (json!("company"), json!(""), "$group_key"),
        (json!("company"), json!({"id": 1}), "$group_key"),
    ];
    for (kind, key, at) in cases {
        let (mut world, tab) = visitor();
        world.describe(tab, "$groupidentify", group(kind, key));
        assert_eq!(world.tab(tab).reports, [(Error::GroupMissing, at.into())]);
        assert!(!makes_persons(&mut world, tab));
        assert_eq!(said(&mut world), [] as [Value; 0]);
    }
}

#[test]
fn with_posthog_js_s_account_switch_a_second_account_takes_the_place() {
    let (mut world, tab) = with(json!({"on_account_switch": "posthog"}));
    let anonymous = world.distinct_id(tab);
    world.identify(tab, "a");
    world.describe(
        tab,
        "$groupidentify",
        group(json!("company"), json!("acme")),
    );
    let before = world.capture(tab, "seen", json!({}))["properties"].clone();
    world.advance(MINUTE);
    world.identify(tab, "b");
    world.identify_with(tab, "c", json!({"plan": "pro"}), json!({}));
    let after = world.capture(tab, "seen", json!({}))["properties"].clone();
    assert_eq!(
        (&after["distinct_id"], &after["$user_id"]),
        (&json!("c"), &json!("c"))
    );
    for same in ["$device_id", "$session_id", "$window_id", "$groups"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!(after["$device_id"], *anonymous);
    let said = said(&mut world);
    assert_eq!(names(&said), ["$identify", "$groupidentify", "$set"]);
    assert_eq!(said[2]["properties"]["distinct_id"], "c");
    assert_eq!(said[2]["properties"]["$set"], json!({"plan": "pro"}));
    assert_eq!(world.errors(tab), []);
}

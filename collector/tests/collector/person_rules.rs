//! Person rules that PostHog's cases leave open, on every store.

use std::fmt::Debug;
use std::sync::Arc;

use backstitch_collector::json::Object;
use backstitch_collector::persons::{
    Attribution, MemoryStore, Outcome, Person, PersonEvent, PersonMode, PersonStore, Project,
    person_uuid, process,
};
use backstitch_collector::store::{Known, SqlitePersons, open_environment};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cases::moment;

const PROJECT: Project = Project {
    team_id: 1,
    person_processing_opt_out: false,
};

/// The moment at which events happen, in seconds, if nothing else is said.
const NOON: i64 = 43_200;

fn event_at(millis: i64, name: &str, id: &str, properties: &Value) -> PersonEvent {
    PersonEvent::new(
        Uuid::from_u128(7),
        &name.into(),
        &id.into(),
        moment(NOON).plus(millis),
        &Object::parse(&properties.to_string()).unwrap(),
    )
}

fn take<S: PersonStore<Error: Debug>>(store: &mut S, event: &PersonEvent) -> Attribution {
    match process(&PROJECT, event, store).unwrap() {
        Outcome::Attributed(attribution) => attribution,
        Outcome::Dropped(warning) => panic!("dropped: {warning}"),
    }
}

fn capture<S: PersonStore<Error: Debug>>(
    store: &mut S,
    name: &str,
    id: &str,
    properties: Value,
) -> Attribution {
    take(store, &event_at(0, name, id, &properties))
}

fn personless<S: PersonStore<Error: Debug>>(store: &mut S, id: &str) {
    capture(store, "e", id, json!({"$process_person_profile": false}));
}

fn identify<S: PersonStore<Error: Debug>>(store: &mut S, user: &str, anon: &str) -> Attribution {
    capture(store, "$identify", user, json!({"$anon_distinct_id": anon}))
}

fn person<S: PersonStore<Error: Debug>>(store: &mut S, id: &str) -> Arc<Person> {
    store.find(id).unwrap().expect("a person").person
}

/// A property of a person, and whether the event shows the same.
fn property<'a>(person: &'a Person, event: &'a Attribution, key: &str) -> Option<&'a str> {
    let of_person = person.properties.get(key).map(|value| value.as_str());
    let of_event = event.properties.get(key).map(|value| value.as_str());
    assert_eq!(of_person, of_event, "{key}");
    of_person
}

/// Runs each rule on an empty store of each kind; `version` reads an id's version from it.
macro_rules! rules {
    ($($rule:ident($store:ident, $version:ident) $body:block)*) => {
        mod memory {
            use super::*;
            $(#[test]
            fn $rule() {
                let $store = &mut MemoryStore::new();
                #[allow(unused_variables, reason = "not every rule is about versions")]
                let $version = |store: &MemoryStore, id: &str| {
                    store.ids().find(|(known, _)| &***known == id).unwrap().1.version
                };
                $body
            })*
        }

        mod sqlite {
            use super::*;
            $(#[test]
            fn $rule() {
                let directory = tempfile::tempdir().unwrap();
                let (connection, _) =
                    open_environment(&directory.path().join("dev.db"), "dev").unwrap();
                let mut known = Known::default();
                let $store = &mut SqlitePersons::new(&connection, &mut known, 1, moment(0));
                #[allow(unused_variables, reason = "not every rule is about versions")]
                let $version = |_: &SqlitePersons<'_>, id: &str| -> u32 {
                    let select = "SELECT version FROM distinct_ids WHERE distinct_id = ?1";
                    connection.query_row(select, [id], |row| row.get(0)).unwrap()
                };
                $body
            })*
        }
    };
}

rules! {
    a_person_takes_the_uuid_that_one_personless_id_has_shown(store, version) {
        personless(store, "anon");
        let event = identify(store, "user", "anon");
        assert_eq!(event.person_uuid, person_uuid(1, "anon"));
        assert_eq!([version(store, "anon"), version(store, "user")], [0, 0]);

        personless(store, "user_2");
        let event = identify(store, "user_2", "anon_2");
        assert_eq!(event.person_uuid, person_uuid(1, "user_2"));
        assert_eq!([version(store, "anon_2"), version(store, "user_2")], [0, 0]);
    }

    of_two_personless_ids_the_other_is_overridden(store, version) {
        personless(store, "anon");
        personless(store, "user");
        let event = identify(store, "user", "anon");
        assert_eq!(event.person_uuid, person_uuid(1, "user"));
        assert_eq!([version(store, "anon"), version(store, "user")], [1, 0]);
    }

    an_id_that_joins_is_overridden_if_it_was_seen_personless(store, version) {
        capture(store, "e", "user", json!({}));
        identify(store, "user", "new");
        assert_eq!(version(store, "new"), 0);
        personless(store, "seen");
        identify(store, "user", "seen");
        assert_eq!(version(store, "seen"), 1);
    }

    a_merge_raises_the_higher_version(store, version) {
        for id in ["a", "b", "c", "d"] {
            capture(store, "e", id, json!({}));
        }
        let merge = |store: &mut _, into: &str, other: &str| {
            capture(store, "$merge_dangerously", into, json!({"alias": other}));
        };
        assert_eq!(person(store, "a").version, 0);
        merge(store, "a", "b");
        merge(store, "a", "c");
        assert_eq!(person(store, "a").version, 2);
        merge(store, "d", "a");
        assert_eq!(person(store, "b").version, 3);
    }

    personless_events_are_upgraded_after_one_minute(store, version) {
        capture(store, "e", "user", json!({}));
        let flag = json!({"$process_person_profile": false});
        let mode = |store: &mut _, millis| take(store, &event_at(millis, "e", "user", &flag)).mode;
        assert_eq!(mode(store, 60_000), PersonMode::Propertyless);
        assert_eq!(mode(store, 60_001), PersonMode::ForceUpgrade);
    }

    a_person_begins_with_its_first_event(store, version) {
        take(store, &event_at(5, "e", "one", &json!({})));
        assert_eq!(person(store, "one").created_at, moment(NOON).plus(5));
        let link = json!({"$anon_distinct_id": "anon"});
        take(store, &event_at(6, "$identify", "two", &link));
        assert_eq!(person(store, "two").created_at, moment(NOON).plus(6));
    }

    null_properties_are_not_copied(store, version) {
        let event = capture(store, "e", "u", json!({"$browser": null, "utm_source": "x"}));
        let person = person(store, "u");
        assert_eq!(property(&person, &event, "$browser"), None);
        assert_eq!(property(&person, &event, "$initial_browser"), None);
        assert_eq!(property(&person, &event, "utm_source"), Some("\"x\""));
    }

    a_volatile_property_is_written_once(store, version) {
        capture(store, "e", "u", json!({}));
        // Without `$initial_…`, which would have it written for its own sake.
        let set = |value: u32| json!({"$set": {"$geoip_latitude": value}});
        let event = capture(store, "e", "u", set(1));
        assert_eq!(property(&person(store, "u"), &event, "$geoip_latitude"), Some("1"));
        let event = capture(store, "e", "u", set(2));
        assert_eq!(event.properties["$geoip_latitude"].as_str(), "2");
        assert_eq!(person(store, "u").properties["$geoip_latitude"].as_str(), "1");
    }

    a_person_begins_the_same_with_and_without_a_link(store, version) {
        let properties = json!({
            "$set": {"a": 1}, "$set_once": {"b": 2}, "$unset": ["a"], "$anon_distinct_id": "anon",
        });
        let single = capture(store, "e", "single", properties.clone());
        let linked = capture(store, "$identify", "linked", properties);
        assert_eq!(single.properties, linked.properties);
        assert_eq!(property(&person(store, "linked"), &linked, "a"), Some("1"));
        assert_eq!(property(&person(store, "single"), &single, "b"), Some("2"));
    }

    a_merge_applies_the_events_properties_once_and_over_both(store, version) {
        capture(store, "e", "anon", json!({"$set": {"a": 1, "b": 1, "c": 1, "gone": 1}}));
        capture(store, "e", "user", json!({"$set": {"b": 2, "c": 2}}));
        let event = capture(store, "$identify", "user", json!({
            "$anon_distinct_id": "anon", "$set": {"c": 3}, "$set_once": {"a": 3, "d": 3}, "$unset": ["gone"],
        }));
        let person = person(store, "anon");
        let values = ["a", "b", "c", "d", "gone"].map(|key| property(&person, &event, key));
        assert_eq!(values, [Some("1"), Some("2"), Some("3"), Some("3"), None]);
        assert_eq!((person.is_identified, person.name.as_deref()), (true, Some("user")));
    }

    long_ids_and_ids_with_nul_are_linked_as_they_are_kept(store, version) {
        let kept = |id: &str| backstitch_collector::event::bounded(id).0;
        for sent in ["x".repeat(250), "a\0b".to_owned()] {
            capture(store, "pv", &kept(&sent), json!({}));
            let event = identify(store, "user", &sent);
            let codes: Vec<_> = event.warnings.iter().map(|warning| warning.code()).collect();
            let is_cut = sent.len() > 200;
            assert_eq!(codes, ["distinct_id_truncated"][..usize::from(is_cut)]);
            assert_eq!(person(store, &kept(&sent)).uuid, event.person_uuid);
        }
    }

    properties_that_are_too_large_are_left_as_they_are(store, version) {
        let large = |key: &str, kib: usize| json!({"$set": {key: "x".repeat(kib * 1024)}});
        let codes = |event: &Attribution| -> Vec<&str> {
            event.warnings.iter().map(|warning| warning.code()).collect()
        };
        capture(store, "e", "u", large("a", 400));
        let event = capture(store, "e", "u", large("b", 239));
        assert!(codes(&event).is_empty());
        let event = capture(store, "e", "u", large("c", 1));
        assert_eq!(codes(&event), ["person_properties_size_violation"]);
        assert!(!person(store, "u").properties.contains_key("c"));
        assert!(!event.properties.contains_key("c"));

        let event = capture(store, "e", "large", large("a", 641));
        assert_eq!(codes(&event), ["person_properties_size_violation"]);
        assert_eq!(person(store, "large").properties.len(), 1);

        capture(store, "e", "anon", large("d", 400));
        let event = identify(store, "u", "anon");
        assert_eq!(codes(&event), ["person_properties_size_violation"]);
        let person = person(store, "anon");
        let keys: Vec<&str> = person.properties.keys().map(|key| &**key).collect();
        assert_eq!(keys, ["$creator_event_uuid", "a", "b"]);
    }

    a_groups_key_that_is_too_long_is_told(store, version) {
        for (name, length, is_told) in [
            ("$groupidentify", 400, false),
            ("$groupidentify", 401, true),
            ("other", 401, false),
        ] {
            let key = "é".repeat(length);
            let event = capture(store, name, "u", json!({"$group_type": "t", "$group_key": key}));
            let codes: Vec<_> = event.warnings.iter().map(|warning| warning.code()).collect();
            assert_eq!(codes, ["group_key_too_long"][..usize::from(is_told)]);
        }
    }

    a_clients_own_warning_is_no_event(store, version) {
        let message = json!({"$$client_ingestion_warning_message": "too fast"});
        let event = event_at(0, "$$client_ingestion_warning", "u", &message);
        let Outcome::Dropped(warning) = process(&PROJECT, &event, store).unwrap() else {
            panic!("taken")
        };
        assert_eq!(warning.code(), "client_ingestion_warning");
        assert_eq!(warning.to_string(), "the client warns: too fast");
        assert!(store.find("u").unwrap().is_none());
    }
}

#![cfg(target_arch = "wasm32")]
//! Who the visitor is, over the core's exports in a real browser: every call
//! that says so, every step that keeps it, and what is in storage afterwards.

mod page;

use backstitch::effect::{ADOPT, CLAIM, KEEP, OPEN, REPORT, SAVE, SEND, SEND_LAST};
use backstitch::error::Error;
use backstitch::exports::{DESCRIBE, HIDE, ONLINE, RESET, SYNC};
use js_sys::{Date, RegExp};
use page::visit::{
    Kept, answer, capture, here, identify, iso, kept, kinds, leave, login, options, reset, sent,
    started,
};
use page::{Instance, OWN, SHARED, STATE, Step, UNSENT, WINDOW, json, of_kind, parsed};
use serde_json::{Value, json};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn a_visitor_is_kept_in_real_storage_and_known_again() {
    let (first, steps) = Instance::start("phc_visitor", &options());
    let new = [(SAVE, WINDOW), (SAVE, OWN), (SAVE, SHARED), (OPEN, 0)];
    assert_eq!(kinds(&steps), new);
    let opened = first.opened("");
    let known = [(SAVE, OWN), (SAVE, STATE), (SAVE, SHARED), (ADOPT, 0)];
    assert_eq!(kinds(&opened), known);
    assert_eq!(opened[1].text, first.kept(OWN));

    let id = first.distinct_id();
    let anonymous = RegExp::new(
        "^ph_anonymous_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        "",
    );
    assert!(anonymous.test(&id), "{id}");
    for record in [SHARED, OWN] {
        let kept: Kept = parsed(&first.kept(record));
        assert_eq!(kept.distinct_id, id);
        assert_eq!(kept.device_id, id);
        assert_eq!(kept.user_state, "anonymous");
        assert_eq!(kept.user_id, None);
        assert_eq!(kept.session.map(|session| session.2), Some(first.now));
    }

    let (again, steps) = Instance::start("phc_visitor", &options());
    assert_eq!(kinds(&steps), [(OPEN, 0)], "nothing new to keep");
    assert_eq!(kinds(&again.opened(&opened[1].text)), [(ADOPT, 0)]);
    assert_eq!(again.distinct_id(), id);
    assert_ne!(again.number, first.number);
}

#[wasm_bindgen_test]
fn a_login_and_a_logout() {
    let instance = started("phc_identity");
    let anonymous = instance.distinct_id();
    let steps = identify(&instance, "user_123");
    let saved = [(SAVE, OWN), (SAVE, STATE), (SAVE, SHARED)];
    assert_eq!(kinds(&steps)[..3], saved);
    assert_eq!(of_kind(&steps, SEND), [] as [&Step; 0]);
    let claim = of_kind(&steps, CLAIM)[0];
    assert_eq!(claim.text, anonymous);
    let steps = instance.claimed(claim, Some(claim.number));
    let login = &sent(of_kind(&steps, SEND)[0]).batch[0];
    assert_eq!(login.event, "$identify");
    assert_eq!(login.properties.anonymous_id, Some(anonymous.clone()));
    assert_eq!(login.set, Some(json!({"plan": "pro"})));
    assert_eq!(instance.distinct_id(), "user_123");
    assert_eq!(kept(&instance).user_state, "identified");
    assert_eq!(kept(&instance).user_id.as_deref(), Some("user_123"));

    let steps = identify(&instance, "user_456");
    let report = of_kind(&steps, REPORT);
    assert_eq!(report.len(), 1);
    assert_eq!(report[0].number, f64::from(Error::AccountSwitched.number()));
    assert_eq!(report[0].text, "user_456");

    reset(&instance, "", "");
    let second = instance.distinct_id();
    assert_ne!(second, anonymous);
    assert_eq!(kept(&instance).distinct_id, second);
    assert_eq!(kept(&instance).device_id, anonymous);
    assert_eq!(kept(&instance).user_state, "anonymous");

    reset(&instance, "true", "");
    assert_eq!(kept(&instance).device_id, instance.distinct_id());
    reset(&instance, "true", "ä\"\\");
    assert_eq!(instance.distinct_id(), "ä\"\\");
    assert_eq!(kept(&instance).device_id, "ä\"\\");
}

#[wasm_bindgen_test]
fn a_claim_that_another_account_holds_or_nobody_answers_for() {
    let instance = started("phc_claim");
    let steps = identify(&instance, "user_123");
    let claim = of_kind(&steps, CLAIM)[0];
    let steps = instance.claimed(claim, Some(claim.number - 1.0));
    let login = &sent(of_kind(&steps, SEND)[0]).batch[0];
    assert_ne!(login.properties.anonymous_id.as_ref(), Some(&claim.text));
    assert_eq!(login.properties.distinct_id, "user_123");

    let other = started("phc_no_claim");
    let steps = identify(&other, "user_123");
    let claim = of_kind(&steps, CLAIM)[0];
    let steps = other.claimed(claim, None);
    let login = &sent(of_kind(&steps, SEND)[0]).batch[0];
    assert_eq!(login.properties.anonymous_id.as_ref(), Some(&claim.text));
}

#[wasm_bindgen_test]
fn what_the_database_knows_better_counts() {
    let instance = started("phc_state");
    login(&instance, "user_123");
    let state = instance.kept(OWN);
    drop(instance);
    let (killed, _) = Instance::start("phc_state", &options());
    assert_ne!(killed.distinct_id(), "user_123");
    let steps = killed.opened(&state);
    assert_eq!(killed.distinct_id(), "user_123");
    assert!(steps.iter().any(|step| step.keeps(SHARED)));
    assert_eq!(kept(&killed).distinct_id, "user_123");
}

#[wasm_bindgen_test]
fn what_is_said_of_a_person_or_a_group() {
    let instance = started("phc_describe");
    let describe = |name: &str, properties: Value| {
        let [page, time] = here(&instance);
        let lines = [page, time, json(&name), json(&properties)];
        let (answer, steps) = instance.call(DESCRIBE, &lines);
        assert_eq!(answer, "");
        steps
    };
    describe("$set", json!({"$set": {"plan": "pro"}}));
    let steps = leave(&instance);
    let request = of_kind(&steps, SEND)[0];
    assert_eq!(sent(request).batch[0].event, "$set");
    answer(&instance, request, 200, 0);
    describe("$set", json!({"$unset": ["plan"]}));
    describe(
        "$groupidentify",
        json!({"$group_type": "company", "$group_key": 7}),
    );
    describe("$create_alias", json!({"alias": "other"}));
    describe("$groups", json!({}));
    let (_, steps) = instance.call(HIDE, &[]);
    let last = of_kind(&steps, SEND_LAST)[0];
    let names: Vec<_> = sent(last).batch.into_iter().map(|e| e.event).collect();
    assert_eq!(names, ["$set", "$groupidentify", "$create_alias"]);
    let steps = describe("$groupidentify", json!({"$group_type": "company"}));
    let report = of_kind(&steps, REPORT)[0];
    assert_eq!(report.number, f64::from(Error::GroupMissing.number()));
    assert_eq!(report.text, "$group_key");
}

#[wasm_bindgen_test]
fn what_is_held_at_the_end_of_a_page_is_the_next_ones() {
    let instance = started("phc_unsent");
    let claim = of_kind(&identify(&instance, "user_123"), CLAIM)[0].clone();
    let (_, steps) = instance.call(HIDE, &["true".into()]);
    assert_eq!(of_kind(&steps, SEND_LAST), [] as [&Step; 0]);
    let until = || parsed::<Value>(&instance.kept(UNSENT))["until"].as_f64();
    assert_eq!(until(), Some(0.0));

    // It was not the end: the page is seen again.
    let (_, steps) = instance.call(ONLINE, &["true".into()]);
    instance.adopted_nothing(&steps);
    assert_eq!(until(), Some(instance.now + 10_000.0));

    instance.call(HIDE, &["true".into()]);
    let (next, steps) = Instance::start("phc_unsent", &options());
    assert_eq!(of_kind(&steps, CLAIM), [] as [&Step; 0]);
    let steps = next.opened("");
    assert_eq!(of_kind(&steps, CLAIM), [&claim]);
    assert_eq!(of_kind(&steps, KEEP).len(), 1);
    assert_ne!(instance.kept(UNSENT), "", "it is not kept elsewhere yet");
    next.adopted_nothing(&steps);
    assert_eq!(instance.kept(UNSENT), "", "one page takes it, and only one");
    let steps = next.claimed(&claim, Some(claim.number));
    assert_eq!(sent(of_kind(&steps, SEND)[0]).batch[0].event, "$identify");

    // Here a page was already there when the other went.
    let earlier = started("phc_unsent");
    instance.call(HIDE, &["true".into()]);
    assert_eq!(of_kind(&earlier.take_over(), CLAIM), [&claim]);
    let steps = instance.claimed(&claim, Some(claim.number));
    assert_eq!(of_kind(&steps, SEND_LAST).len(), 1);
}

#[wasm_bindgen_test]
fn what_another_tab_stored_counts_once_it_is_told() {
    let instance = started("phc_sync");
    let mut lines = vec![String::new(); 5];
    lines[1] = json(&json!({"distinct_id": "elsewhere", "$user_state": "identified"}));
    instance.call(SYNC, &lines);
    assert_eq!(instance.distinct_id(), "elsewhere");
    let (_, steps) = instance.call(SYNC, &vec![String::new(); 5]);
    assert!(steps.iter().any(|step| step.keeps(SHARED)));
    assert_eq!(kept(&instance).distinct_id, "elsewhere");
}

#[wasm_bindgen_test]
fn every_line_of_a_start_and_a_sync_has_its_place() {
    let now = Date::now();
    let record = |id: &str| {
        let session = json!([now, "a session", now]);
        json(&json!({"distinct_id": id, "$user_state": "identified", "$sesid": session}))
    };
    let first = json(&json!({"$current_url": "https://first.example/", "referrer": "$direct"}));
    let mut lines = [
        json(&"5"),
        json(&"phc_lines"),
        json(&"1"),
        json(&"a window"),
        json(&"a device"),
        json(&json!({"bootstrap": {"isIdentifiedID": true, "distinctID": "user_7"}})),
        json(&json!({"$screen_width": 7})),
        json(&json!({"utm_source": "mail"})),
        json(&json!({"$pathname": "/start"})),
        json(&iso(now)),
        first.clone(),
    ]
    .to_vec();
    let (instance, _) = Instance::start_with("phc_lines", &lines);
    assert_eq!(instance.distinct_id(), "user_7");
    let event: Value = parsed(&capture(&instance, "seen", Value::Null).0);
    let properties = &event["properties"];
    assert_eq!(properties["$device_id"], "a device");
    assert_eq!(properties["$screen_width"], 7);
    assert_eq!(properties["utm_source"], "mail");
    let once = &event["$set_once"];
    assert_eq!(once["$initial_current_url"], "https://first.example/");

    lines[5] = json(&json!({}));
    // Shared record, own one, and both once more in cookies: the first of the
    // shared ones counts, until the own one says that it is an older visitor's.
    for at in [0, 2] {
        let mut more = vec![String::new(); 4];
        more[at] = record("stored");
        let all = [&lines[..], &more].concat();
        let (instance, _) = Instance::start_with("phc_lines", &all);
        assert_eq!(instance.distinct_id(), "stored");
        let event: Value = parsed(&capture(&instance, "seen", Value::Null).0);
        assert_eq!(event["properties"]["$window_id"], "a window");
        more[at] = record("another");
        instance.call(SYNC, &[&[first.clone()], &more[..]].concat());
        assert_eq!(instance.distinct_id(), "another");
        let own = json!({
            "v": 1,
            "epoch": (99_u64 << 32) + 1,
            "past": {},
            "distinct_id": "newest",
            "$device_id": "newest",
            "$user_state": "anonymous",
        });
        more[at].clear();
        more[at + 1] = json(&own);
        instance.call(SYNC, &[&[first.clone()], &more[..]].concat());
        assert_eq!(instance.distinct_id(), "newest");
    }
}

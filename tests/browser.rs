#![cfg(target_arch = "wasm32")]
//! The core's exports in a real browser: every call, every kind of step, and
//! what is in storage afterwards.

mod page;

use backstitch::error::Error;
use backstitch::exports::{
    ANSWERED, CAPTURE, DISTINCT_ID, HIDE, IDENTIFY, NOTHING, ONLINE, REFUSED, REPORT, RESET,
    SAVE_SHARED, SAVE_TAB, SAVE_WINDOW, SEND, SEND_LAST, START, SYNC, WAKE, WAKE_AT, number, poll,
    tell, text,
};
use gloo_storage::{LocalStorage, SessionStorage, Storage};
use js_sys::{Date, RegExp};
use page::{Instance, Step, json, of_kind, parsed};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What localStorage holds, read back by its members.
#[derive(Debug, Deserialize, PartialEq)]
struct Kept {
    distinct_id: String,
    #[serde(rename = "$device_id")]
    device_id: String,
    #[serde(rename = "$user_state")]
    user_state: String,
    #[serde(rename = "$user_id")]
    user_id: Option<String>,
    #[serde(rename = "$sesid")]
    session: Option<(f64, String, f64)>,
}

#[derive(Deserialize)]
struct Body {
    api_key: String,
    batch: Vec<Event>,
    sent_at: String,
}

#[derive(Deserialize)]
struct Event {
    uuid: String,
    event: String,
    timestamp: String,
    properties: Properties,
    #[serde(rename = "$set")]
    set: Option<Value>,
}

#[derive(Deserialize)]
struct Properties {
    distinct_id: String,
    #[serde(rename = "$anon_distinct_id")]
    anonymous_id: Option<String>,
    #[serde(rename = "$window_id")]
    window_id: String,
    #[serde(rename = "$session_id")]
    session_id: String,
    given: Option<Value>,
}

fn options() -> Value {
    json!({"api_host": "https://collector.example"})
}

fn started(token: &str) -> Instance {
    let (instance, steps) = Instance::start(token, &options());
    let kinds: Vec<_> = steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [SAVE_SHARED]);
    instance
}

fn capture(instance: &Instance, name: &str, given: Value) -> (String, Vec<Step>) {
    let properties = json(&json!({ "given": given }));
    instance.call(
        CAPTURE,
        &[String::new(), json(&name), properties, String::new()],
    )
}

fn identify(instance: &Instance, id: &str) -> Vec<Step> {
    let set = json(&json!({"plan": "pro"}));
    instance
        .call(IDENTIFY, &[String::new(), json(&id), set, String::new()])
        .1
}

fn answer(instance: &Instance, request: &Step, status: u32, retry_after: u32) -> Vec<Step> {
    let lines = [
        request.number.to_string(),
        status.to_string(),
        retry_after.to_string(),
    ];
    instance.call(ANSWERED, &lines).1
}

fn sent(step: &Step) -> Body {
    let (url, body) = step.text.split_once('\n').expect("two lines");
    assert_eq!(url, "https://collector.example/e/");
    parsed(body)
}

fn iso(time: f64) -> String {
    Date::new(&time.into()).to_iso_string().into()
}

fn kept(instance: &Instance) -> Kept {
    LocalStorage::get(instance.name()).expect("a record")
}

#[wasm_bindgen_test]
fn a_visitor_is_kept_in_real_storage_and_known_again() {
    let first = started("phc_visitor");
    let id = first.distinct_id();
    let anonymous = RegExp::new(
        "^ph_anonymous_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        "",
    );
    assert!(anonymous.test(&id), "{id}");
    let expected = Kept {
        distinct_id: id.clone(),
        device_id: id.clone(),
        user_state: "anonymous".into(),
        user_id: None,
        session: None,
    };
    assert_eq!(kept(&first), expected);

    let (again, steps) = Instance::start("phc_visitor", &options());
    assert_eq!(steps, [], "nothing new to keep");
    assert_eq!(again.distinct_id(), id);
    assert_ne!(again.number, first.number);
}

#[wasm_bindgen_test]
fn an_event_is_answered_kept_and_sent() {
    let instance = started("phc_capture");
    let (event, steps) = capture(&instance, "seen", json!({"a": [1, null]}));
    let kinds: Vec<_> = steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [SAVE_WINDOW, SAVE_SHARED, SAVE_TAB, SEND]);

    let event: Event = parsed(&event);
    assert_eq!(event.event, "seen");
    assert_eq!(event.timestamp, iso(instance.now));
    assert_eq!(event.properties.given, Some(json!({"a": [1, null]})));
    assert_eq!(event.properties.distinct_id, instance.distinct_id());

    let body = sent(&steps[3]);
    assert_eq!(steps[3].number, 1.0);
    assert_eq!(body.api_key, "phc_capture");
    assert_eq!(body.sent_at, iso(instance.now));
    assert_eq!(body.batch.len(), 1);
    assert_eq!(body.batch[0].uuid, event.uuid);

    let window = SessionStorage::raw().get_item(&instance.window_name());
    assert_eq!(window, Ok(Some(event.properties.window_id)));
    let session = kept(&instance).session;
    let expected = (instance.now, event.properties.session_id, instance.now);
    assert_eq!(session, Some(expected));
    let tab: Value = SessionStorage::get(instance.name()).expect("a record");
    assert_eq!(tab["$referrer"], "$direct");
}

#[wasm_bindgen_test]
fn a_login_and_a_logout() {
    let instance = started("phc_identity");
    let anonymous = instance.distinct_id();
    let steps = identify(&instance, "user_123");
    let send = of_kind(&steps, SEND);
    let login = &sent(send[0]).batch[0];
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

    instance.call(RESET, &["0".into()]);
    let second = instance.distinct_id();
    assert_ne!(second, anonymous);
    assert_eq!(kept(&instance).distinct_id, second);
    assert_eq!(kept(&instance).device_id, anonymous);
    assert_eq!(kept(&instance).user_state, "anonymous");

    instance.call(RESET, &["1".into()]);
    assert_eq!(kept(&instance).device_id, instance.distinct_id());
}

#[wasm_bindgen_test]
fn a_batch_waits_for_its_time_and_for_the_answer() {
    let mut instance = started("phc_delivery");
    let (_, steps) = capture(&instance, "first", Value::Null);
    let request = of_kind(&steps, SEND)[0].clone();
    let (_, steps) = capture(&instance, "second", Value::Null);
    assert_eq!(steps, [], "one request is under way");

    let steps = answer(&instance, &request, 200, 0);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].kind, WAKE_AT);
    assert_eq!(steps[0].number, instance.now + 3000.0);

    instance.now += 3000.0;
    let (_, steps) = instance.call(WAKE, &[]);
    let names: Vec<_> = sent(&steps[0]).batch.into_iter().map(|e| e.event).collect();
    assert_eq!(names, ["second"]);
    assert_eq!(steps[0].number, 2.0);

    let steps = answer(&instance, &steps[0], 503, 60_000);
    assert_eq!(steps[0].kind, WAKE_AT);
    assert_eq!(steps[0].number, instance.now + 60_000.0);
    instance.now += 60_000.0;
    let (_, steps) = instance.call(WAKE, &[]);
    let steps = answer(&instance, &steps[0], 401, 0);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].kind, REPORT);
    assert_eq!(steps[0].number, f64::from(Error::Refused.number()));
}

#[wasm_bindgen_test]
fn a_network_that_is_back_is_used_at_once() {
    let instance = started("phc_online");
    let (_, steps) = capture(&instance, "first", Value::Null);
    let steps = answer(&instance, of_kind(&steps, SEND)[0], 0, 0);
    assert_eq!(steps[0].kind, WAKE_AT);
    let (_, steps) = instance.call(ONLINE, &[]);
    assert_eq!(sent(of_kind(&steps, SEND)[0]).batch[0].event, "first");
}

#[wasm_bindgen_test]
fn a_page_that_is_hidden_hands_over_what_waits() {
    let instance = started("phc_hide");
    capture(&instance, "first", Value::Null);
    capture(&instance, "second", Value::Null);
    let (_, steps) = instance.call(HIDE, &[]);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].kind, SEND_LAST);
    assert_eq!(sent(&steps[0]).batch[0].event, "second");
    assert_eq!(instance.call(HIDE, &[]).1, []);
}

#[wasm_bindgen_test]
fn what_another_tab_stored_counts_once_it_is_told() {
    let instance = started("phc_sync");
    let record = json(&json!({"distinct_id": "elsewhere", "$user_state": "identified"}));
    instance.call(SYNC, &[record]);
    assert_eq!(instance.distinct_id(), "elsewhere");
    let (_, steps) = instance.call(SYNC, &[String::new()]);
    assert_eq!(steps[0].kind, SAVE_SHARED);
    assert_eq!(kept(&instance).distinct_id, "elsewhere");
}

#[wasm_bindgen_test]
fn text_of_every_script_comes_back_as_it_was() {
    let instance = started("phc_text");
    let odd = "ä€😀\u{0}\u{1f}\u{7f}\u{2028}\u{2029}\u{feff}\"\\\n\r\t";
    let (event, steps) = capture(&instance, odd, json!(odd));
    let event: Event = parsed(&event);
    assert_eq!(event.event, odd);
    assert_eq!(event.properties.given, Some(json!(odd)));
    assert_eq!(sent(of_kind(&steps, SEND)[0]).batch[0].event, odd);
    identify(&instance, odd);
    assert_eq!(instance.distinct_id(), odd);
    assert_eq!(kept(&instance).distinct_id, odd);

    // Half a surrogate pair, as the browser writes it.
    let properties = "{\"given\":\"\\ud83d\"}".to_owned();
    let half = "\"a\\ud83d\"".to_owned();
    let (event, _) = instance.call(CAPTURE, &[String::new(), half, properties, String::new()]);
    assert_eq!(parsed::<Value>(&event)["event"], "a\u{fffd}");
    assert!(event.contains("\"given\":\"\\ud83d\""));
}

#[wasm_bindgen_test]
fn what_the_page_says_of_itself_is_on_the_event() {
    let instance = started("phc_page");
    let page = json!({"$pathname": "/", "title": "Shop", "query": {"utm_source": "mail"}});
    let person = json!({"$set": {"plan": "pro"}});
    let lines = [
        json(&page),
        json(&"$pageview"),
        String::new(),
        json(&person),
    ];
    let event: Value = parsed(&instance.call(CAPTURE, &lines).0);
    assert_eq!(event["properties"]["$pathname"], "/");
    assert_eq!(event["properties"]["title"], "Shop");
    assert_eq!(event["properties"]["utm_source"], "mail");
    assert_eq!(event["$set"], json!({"plan": "pro"}));

    let (reloaded, _) = Instance::start("phc_page", &options());
    let later: Value = parsed(&capture(&reloaded, "seen", Value::Null).0);
    for kept in ["utm_source", "$window_id", "$session_id"] {
        assert_eq!(
            later["properties"][kept], event["properties"][kept],
            "{kept}"
        );
    }
}

#[wasm_bindgen_test]
fn instances_share_nothing() {
    let (one, other) = (started("phc_one"), started("phc_other"));
    assert_ne!(one.distinct_id(), other.distinct_id());
    let before = other.distinct_id();
    identify(&one, "user_123");
    assert_eq!(other.drain(), []);
    assert_eq!(other.distinct_id(), before);
    let (_, steps) = capture(&other, "seen", Value::Null);
    assert_eq!(sent(of_kind(&steps, SEND)[0]).api_key, "phc_other");
}

#[wasm_bindgen_test]
fn an_instance_that_could_not_start_says_why_once_and_does_nothing() {
    for (token, options, error, detail) in [
        ("", json!({}), Error::TokenMissing, ""),
        (
            "phc",
            json!({"api_host": "shop.example"}),
            Error::ApiHostInvalid,
            "shop.example",
        ),
    ] {
        let (instance, steps) = Instance::start(token, &options);
        let refused = Step {
            kind: REFUSED,
            text: detail.into(),
            number: error.number().into(),
        };
        assert_eq!(steps, [refused]);
        let (event, steps) = capture(&instance, "seen", Value::Null);
        assert_eq!((event.as_str(), steps), ("", vec![]));
        assert_eq!(instance.distinct_id(), "");
        assert_eq!(identify(&instance, "user_123"), []);
    }
}

#[wasm_bindgen_test]
fn a_start_after_an_opt_out_is_refused() {
    let lines = [json(&""), json(&"phc_opted_out"), json(&"0"), json(&"")];
    tell(0, START, Date::now(), &lines.join("\n"));
    let instance = number() as u32;
    assert_eq!(poll(instance), REFUSED);
    assert_eq!(number(), f64::from(Error::OptedOut.number()));
    assert_eq!(poll(instance), NOTHING);
    tell(instance, DISTINCT_ID, Date::now(), "");
    assert_eq!(text(), "");
}

#[wasm_bindgen_test]
fn a_text_is_taken_once() {
    let instance = started("phc_once");
    instance.tell(DISTINCT_ID, &[]);
    assert_ne!(text(), "");
    assert_eq!(text(), "");
}

#[wasm_bindgen_test]
fn unknown_numbers_and_broken_lines_are_harmless() {
    let instance = started("phc_harmless");
    let id = instance.distinct_id();
    for what in 0..40 {
        tell(u32::MAX, what.max(1), Date::now(), "\"x\"\n\"y\"");
        assert_eq!(text(), "");
    }
    assert_eq!(poll(u32::MAX), NOTHING);
    for what in [10, 99, u32::MAX] {
        assert_eq!(
            instance.call(what, &["\"x\"".into()]),
            (String::new(), vec![])
        );
    }
    for what in [CAPTURE, IDENTIFY, SYNC, ANSWERED, WAKE, ONLINE, HIDE] {
        for given in ["", "\n\n\n\n\n\n", "{", "\"", "[1,\n{\"a\"\n\\", "ä\n😀"] {
            tell(instance.number, what, f64::NAN, given);
            text();
            instance.drain();
        }
    }
    assert_eq!(instance.distinct_id(), id);
}

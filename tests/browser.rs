#![cfg(target_arch = "wasm32")]
//! The core's exports in a real browser: what is captured is sent, texts cross
//! unchanged, and nothing that a page says does harm.

mod page;

use backstitch::effect::{
    CLAIM, FLUSHED, FORGET, KEEP, LEASE, REPORT, SAVE, SEND, SEND_LAST, WAKE_AT,
};
use backstitch::error::Error;
use backstitch::exports::{
    ADOPTED, ANSWERED, CAPTURE, CLAIMED, DESCRIBE, DISTINCT_ID, FLUSH, HIDE, IDENTIFY, KEPT,
    ONLINE, OPT_OUT, RESET, STORED, SYNC, TAKE_OVER, WAKE,
};
use page::visit::{
    Event, answer, capture, here, identify, iso, kept, kinds, leave, login, options, sent, started,
};
use page::{Instance, SHARED, Step, TAB, UNSENT, WINDOW, json, of_kind, parsed};
use serde_json::{Value, json};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn an_event_is_answered_kept_and_sent() {
    let instance = started("phc_capture");
    let (text, steps) = capture(&instance, "seen", json!({"a": [1, null]}));
    let asked = [(SAVE, SHARED), (SAVE, TAB), (KEEP, 0), (LEASE, 0)];
    assert_eq!(kinds(&steps)[..4], asked);
    assert_eq!(kinds(&steps)[4..], [(WAKE_AT, 0)]);
    let [kept_event, lease] = [&steps[2], &steps[3]];
    assert_eq!(kept_event.text, text, "as it will be sent");
    assert_eq!(lease.number, instance.now + 10_000.0);

    let event: Event = parsed(&text);
    assert_eq!(event.event, "seen");
    assert_eq!(event.timestamp, iso(instance.now));
    assert_eq!(event.properties.given, Some(json!({"a": [1, null]})));
    assert_eq!(event.properties.distinct_id, instance.distinct_id());

    let steps = leave(&instance);
    let body = sent(&steps[0]);
    assert_eq!(steps[0].number, 1.0);
    assert_eq!(body.api_key, "phc_capture");
    assert_eq!(body.batch.len(), 1);
    assert_eq!(body.batch[0].uuid, event.uuid);

    assert_eq!(instance.kept(WINDOW), event.properties.window_id);
    let expected = (instance.now, event.properties.session_id, instance.now);
    assert_eq!(kept(&instance).session, Some(expected));
    assert_eq!(parsed::<Value>(&instance.kept(TAB))["$referrer"], "$direct");

    let steps = answer(&instance, &steps[0], 200, 0);
    let forgotten = of_kind(&steps, FORGET);
    assert_eq!(forgotten.len(), 1, "once the server has it");
    assert_eq!(forgotten[0].number, kept_event.number);
    assert_eq!(forgotten[0].text, kept_event.number.to_string());
}

#[wasm_bindgen_test]
fn a_batch_waits_for_its_time_and_for_the_answer() {
    let mut instance = started("phc_delivery");
    capture(&instance, "first", Value::Null);
    let request = of_kind(&leave(&instance), SEND)[0].clone();
    let (_, steps) = capture(&instance, "second", Value::Null);
    assert_eq!(kinds(&steps), [(KEEP, 0)], "one request is under way");

    let steps = answer(&instance, &request, 200, 0);
    let wake = of_kind(&steps, WAKE_AT);
    assert_eq!(wake.len(), 1);
    assert_eq!(wake[0].number, instance.now + 3000.0);

    instance.now += 3000.0;
    let steps = leave(&instance);
    let names: Vec<_> = sent(&steps[0]).batch.into_iter().map(|e| e.event).collect();
    assert_eq!(names, ["second"]);
    assert_eq!(steps[0].number, 2.0);

    answer(&instance, &steps[0], 503, 60_000);
    instance.now += 59_999.0;
    assert_eq!(of_kind(&leave(&instance), SEND), [] as [&Step; 0]);
    instance.now += 1.0;
    let steps = leave(&instance);
    let steps = answer(&instance, of_kind(&steps, SEND)[0], 401, 0);
    let report = of_kind(&steps, REPORT);
    assert_eq!(report.len(), 1);
    assert_eq!(report[0].number, f64::from(Error::Refused.number()));
    assert_eq!(of_kind(&steps, FORGET), [] as [&Step; 0], "it stays");
}

#[wasm_bindgen_test]
fn a_network_that_is_back_is_used_at_once() {
    let instance = started("phc_online");
    capture(&instance, "first", Value::Null);
    let steps = leave(&instance);
    let steps = answer(&instance, of_kind(&steps, SEND)[0], 0, 0);
    assert_eq!(of_kind(&steps, SEND), [] as [&Step; 0]);
    let (_, steps) = instance.call(ONLINE, &[]);
    assert_eq!(sent(of_kind(&steps, SEND)[0]).batch[0].event, "first");
}

#[wasm_bindgen_test]
fn a_page_that_is_hidden_hands_over_what_waits() {
    let instance = started("phc_hide");
    capture(&instance, "first", Value::Null);
    let request = of_kind(&leave(&instance), SEND)[0].clone();
    answer(&instance, &request, 200, 0);
    capture(&instance, "second", Value::Null);
    let (_, steps) = instance.call(HIDE, &[]);
    let last = of_kind(&steps, SEND_LAST);
    assert_eq!(last.len(), 1);
    assert_eq!(sent(last[0]).batch[0].event, "second");
    let (_, steps) = instance.call(HIDE, &["true".into()]);
    assert_eq!(of_kind(&steps, SEND_LAST), [] as [&Step; 0]);
    let words: Value = parsed(&instance.kept(UNSENT));
    assert_eq!(words["events"], json!([]), "all of it is on its way");
    assert_ne!(words["done"], 0);
}

#[wasm_bindgen_test]
fn a_page_that_asks_is_told_what_left_and_what_did_not() {
    let instance = started("phc_flush");
    capture(&instance, "first", Value::Null);
    let (_, steps) = instance.call(FLUSH, &[]);
    assert_eq!(of_kind(&steps, FLUSHED), [] as [&Step; 0]);
    let steps = answer(&instance, of_kind(&steps, SEND)[0], 200, 0);
    let told = of_kind(&steps, FLUSHED)[0];
    assert_eq!((told.number, told.text.as_str()), (1.0, "0"));
    capture(&instance, "second", Value::Null);
    let (_, steps) = instance.call(FLUSH, &[]);
    let steps = answer(&instance, of_kind(&steps, SEND)[0], 503, 0);
    let told = of_kind(&steps, FLUSHED)[0];
    assert_eq!((told.number, told.text.as_str()), (0.0, "1"));
}

#[wasm_bindgen_test]
fn what_was_captured_is_forgotten_with_an_opt_out() {
    let instance = started("phc_opt_out");
    capture(&instance, "first", Value::Null);
    let (_, steps) = instance.call(OPT_OUT, &[]);
    assert_eq!(of_kind(&steps, FORGET).len(), 1);
    assert_eq!(instance.kept(UNSENT), "");
    assert_eq!(of_kind(&leave(&instance), SEND), [] as [&Step; 0]);
}

#[wasm_bindgen_test]
fn text_of_every_script_comes_back_as_it_was() {
    let instance = started("phc_text");
    let odd = "ä€😀\u{0}\u{1f}\u{7f}\u{2028}\u{2029}\u{feff}\"\\\n\r\t";
    let (text, steps) = capture(&instance, odd, json!(odd));
    let event: Event = parsed(&text);
    assert_eq!(event.event, odd);
    assert_eq!(event.properties.given, Some(json!(odd)));
    assert_eq!(of_kind(&steps, KEEP)[0].text, text);
    assert_eq!(
        sent(of_kind(&leave(&instance), SEND)[0]).batch[0].event,
        odd
    );
    let id = "ä€😀\u{7f}\u{2028}\u{2029}\u{feff}\"\\";
    let steps = login(&instance, id);
    assert_eq!(instance.distinct_id(), id);
    assert_eq!(kept(&instance).distinct_id, id);
    instance.call(RESET, &["".into(), json(&id)]);
    let claim = of_kind(&identify(&instance, "user_123"), CLAIM)[0].clone();
    assert_eq!(
        format!("\"{}\"", claim.text),
        json(&id),
        "as it stands between quotes"
    );
    assert_eq!(of_kind(&steps, REPORT), [] as [&Step; 0]);

    // Half a surrogate pair, as the browser writes it.
    let properties = "{\"given\":\"\\ud83d\"}".to_owned();
    let half = "\"a\\ud83d\"".to_owned();
    let [page, time] = here(&instance);
    let lines = [page, time, half, properties, String::new()];
    let (event, _) = instance.call(CAPTURE, &lines);
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
        json(&iso(instance.now)),
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
    assert_eq!(other.distinct_id(), before);
    capture(&other, "seen", Value::Null);
    assert_eq!(sent(of_kind(&leave(&other), SEND)[0]).api_key, "phc_other");
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
            kind: REPORT,
            number: error.number().into(),
            text: detail.into(),
            more: String::new(),
        };
        assert_eq!(steps, [refused]);
        let (event, steps) = capture(&instance, "seen", Value::Null);
        assert_eq!((event.as_str(), steps), ("", vec![]));
        assert_eq!(instance.call(DISTINCT_ID, &[]), (String::new(), vec![]));
        assert_eq!(identify(&instance, "user_123"), []);
    }
}

#[wasm_bindgen_test]
fn a_start_after_an_opt_out_is_refused() {
    let lines = [json(&""), json(&"phc_opted_out"), json(&"0"), json(&"")];
    let (instance, steps) = Instance::start_with("phc_opted_out", &lines);
    let refused = Step {
        kind: REPORT,
        number: Error::OptedOut.number().into(),
        text: String::new(),
        more: String::new(),
    };
    assert_eq!(steps, [refused]);
    assert_eq!(instance.call(DISTINCT_ID, &[]), (String::new(), vec![]));
}

/// Every number that an instance can be told after its start.
const CALLS: [u32; 17] = [
    CAPTURE,
    IDENTIFY,
    DESCRIBE,
    RESET,
    DISTINCT_ID,
    SYNC,
    KEPT,
    CLAIMED,
    ANSWERED,
    WAKE,
    ONLINE,
    HIDE,
    TAKE_OVER,
    STORED,
    ADOPTED,
    FLUSH,
    OPT_OUT,
];

#[wasm_bindgen_test]
fn unknown_numbers_and_broken_lines_are_harmless() {
    let mut instance = started("phc_harmless");
    let id = instance.distinct_id();
    let nobody = Instance::named(u32::MAX, "phc_nobody");
    let lines = [json(&"x"), json(&"y")];
    for what in CALLS.into_iter().chain(50..60) {
        assert_eq!(nobody.call(what, &lines), (String::new(), vec![]));
    }
    for what in [18, 50, 99, u32::MAX] {
        assert_eq!(instance.call(what, &lines), (String::new(), vec![]));
    }
    instance.now = f64::NAN;
    // A logout needs no line to be one.
    for what in CALLS.into_iter().filter(|what| *what != RESET) {
        for given in ["", "\n\n\n\n\n\n", "{", "\"", "[1,\n{\"a\"\n\\", "ä\n😀"] {
            instance.call(what, &[given.into()]);
        }
    }
    assert_eq!(instance.distinct_id(), id);
    for given in ["", "\n\n", "true\n{", "\"\n\"null\"", "ä\n😀"] {
        instance.call(RESET, &[given.into()]);
        assert!(
            instance.distinct_id().starts_with("ph_anonymous_"),
            "{given}"
        );
    }
}

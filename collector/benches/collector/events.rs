//! Events as visitors of a shop cause them.
//!
//! Knows the shape of what a browser sends: anonymous visitors without a person, some of whom log
//! in. The same number always gives the same event, but for its uuid. Must never know how they are
//! sent.

use std::fmt::Write;

use uuid::Uuid;

/// How many visitors there are.
const VISITORS: usize = 1_000;

/// After so many events a visitor logs in.
const LOGIN: usize = 20;

const NAMES: [&str; 6] = [
    "$pageview",
    "$pageleave",
    "$autocapture",
    "product_viewed",
    "add_to_basket",
    "search",
];

/// Writes the event of a number as JSON.
pub fn write(json: &mut String, number: usize) {
    let visitor = number % VISITORS;
    let turn = number / VISITORS;
    let anonymous = format!("ph_anonymous_{:08x}-5b1d-4c3a-9f00-0123456789ab", visitor);
    let user = format!("user_{visitor}");
    // Every second visitor has an account.
    let has_account = visitor.is_multiple_of(2);
    let is_login = has_account && turn == LOGIN;
    let is_known = has_account && turn >= LOGIN;
    let name = if is_login {
        "$identify"
    } else {
        NAMES[(number * 7 + turn) % NAMES.len()]
    };
    let id = if is_known { &user } else { &anonymous };
    let time = 1_780_000_000_000_u64 + number as u64 * 10;
    let (second, milli) = ((time / 1000) % 60, time % 1000);
    let (minute, hour) = ((time / 60_000) % 60, (time / 3_600_000) % 24);
    write!(
        json,
        r#"{{"uuid":"{}","event":"{name}","timestamp":"2026-05-28T{hour:02}:{minute:02}:{second:02}.{milli:03}Z","properties":{{"distinct_id":"{id}","$device_id":"{anonymous}","$session_id":"019e6a{visitor:06}-7aaa-8bbb-{turn:012}","$current_url":"https://shop.example/products/{}?ref=list","$host":"shop.example","$pathname":"/products/{}","$browser":"Chrome","$browser_version":156,"$os":"Mac OS X","$device_type":"Desktop","$screen_height":1117,"$screen_width":1728,"$viewport_height":905,"$viewport_width":1512,"$lib":"web","$lib_version":"1.449.2","$referrer":"$direct","$referring_domain":"$direct","price":{}.50,"currency":"EUR","in_stock":true,"$is_identified":{is_known},"$process_person_profile":{is_known}"#,
        Uuid::now_v7(),
        number % 211,
        number % 211,
        number % 90,
    )
    .expect("a string takes everything");
    if is_login {
        write!(
            json,
            r#","$anon_distinct_id":"{anonymous}"}},"$set":{{"email":"{user}@example.com"}}}}"#
        )
        .expect("a string takes everything");
    } else {
        json.push_str("}}");
    }
}

/// About how many bytes of properties an event has.
pub fn mean_size() -> usize {
    let mut json = String::new();
    for number in 0..100 {
        write(&mut json, number);
    }
    json.len() / 100 - r#"{"uuid":"","event":"","timestamp":"","properties":}"#.len() - 36 - 10 - 24
}

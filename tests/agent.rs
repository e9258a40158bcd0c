#![cfg(not(target_arch = "wasm32"))]
//! What user agents say, against what posthog-js reads from them: the same
//! strings were given to user-agent-utils of @posthog/core 1.67.3.

use backstitch::agent;
use backstitch::json::Object;
use proptest::prelude::*;
use serde_json::{Map, Value};

const NAMES: [&str; 6] = [
    "$browser",
    "$browser_version",
    "$os",
    "$os_version",
    "$device",
    "$device_type",
];

/// A user agent, and what it says in the order of [`NAMES`]; empty for nothing.
const AGENTS: &[(&str, [&str; 6])] = &[
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        ["Chrome", "131", "Windows", "10", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        ["Chrome", "131", "Mac OS X", "10.15.7", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        ["Chrome", "131", "Linux", "", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        ["Chrome", "131", "Chrome OS", "", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (X11; CrOS aarch64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        ["Chrome", "131", "Chrome OS", "", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
        ["Chrome", "131", "Linux", "", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
        ["Chrome", "131", "Android", "", "Android", "Mobile"],
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.39 Mobile Safari/537.36",
        ["Chrome", "131", "Android", "", "Android", "Mobile"],
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        ["Chrome", "131", "Android", "", "Android Tablet", "Tablet"],
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
        ["Samsung Internet", "27", "Android", "", "Android", "Mobile"],
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36",
        ["Chrome", "131", "Android", "", "Android", "Mobile"],
    ),
    (
        "Mozilla/5.0 (Linux; U; Android 4.0.3; en-us; GT-I9100) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
        [
            "Android Mobile",
            "4",
            "Android",
            "4.0.3",
            "Android",
            "Mobile",
        ],
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
        ["Firefox", "133", "Windows", "10", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        ["Firefox", "133", "Linux", "", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        ["Firefox", "133", "Linux", "", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0",
        ["Firefox", "133", "Mac OS X", "10.15.0", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0",
        ["Firefox", "133", "Android", "", "Android", "Mobile"],
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/133.0 Mobile/15E148 Safari/605.1.15",
        ["Firefox iOS", "133", "iOS", "17.7.0", "iPhone", "Mobile"],
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
        ["Chrome iOS", "131", "iOS", "17.7.0", "iPhone", "Mobile"],
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
        ["Safari", "18.1", "Mac OS X", "10.15.7", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1.1 Mobile/15E148 Safari/604.1",
        ["Mobile Safari", "18.1", "iOS", "18.1.1", "iPhone", "Mobile"],
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
        ["Mobile Safari", "17.7", "iOS", "17.7.0", "iPad", "Tablet"],
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        ["Mobile Safari", "", "iOS", "18.1.0", "iPhone", "Mobile"],
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51",
        ["Microsoft Edge", "131", "Windows", "10", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; HD1913) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.39 Mobile Safari/537.36 EdgA/131.0.2903.41",
        ["Chrome", "131", "Android", "", "Android", "Mobile"],
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 EdgiOS/131.0.2903.41 Mobile/15E148 Safari/605.1.15",
        ["Mobile Safari", "17", "iOS", "17.7.1", "iPhone", "Mobile"],
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
        ["Microsoft Edge", "18.17763", "Windows", "10", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
        ["Opera", "115", "Windows", "10", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Mobile Safari/537.36 OPR/85.0.0.0",
        ["Opera", "85", "Android", "", "Android", "Mobile"],
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        ["Internet Explorer", "11", "Windows", "7", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
        ["Internet Explorer", "9", "Windows", "7", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (Linux; U; Android 11; en-US; RMX2185) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.4.0.1306 Mobile Safari/537.36",
        ["UC Browser", "13.4", "Android", "", "Android", "Mobile"],
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 [FBAN/FBIOS;FBAV/465.0.1.41.103;FBBV/602060281;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5.1;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]",
        ["Facebook Mobile", "", "iOS", "17.5.1", "iPhone", "Mobile"],
    ),
    (
        "Mozilla/5.0 (Windows NT 6.3; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
        ["Chrome", "109", "Windows", "8.1", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
        ["Chrome", "109", "Windows", "7", "", "Desktop"],
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
        ["Chrome iOS", "131", "iOS", "17.7.0", "iPad", "Tablet"],
    ),
    (
        "Mozilla/5.0 (Android 14; Tablet; rv:133.0) Gecko/133.0 Firefox/133.0",
        ["Firefox", "133", "Android", "", "Android Tablet", "Tablet"],
    ),
    // Nothing that is no number in JSON becomes one.
    ("Chrome/_1", ["Chrome", "", "", "", "", "Desktop"]),
    ("Chrome/01.2", ["Chrome", "", "", "", "", "Desktop"]),
    ("curl/8.5.0", ["", "", "", "", "", "Desktop"]),
    ("", ["", "", "", "", "", "Desktop"]),
];

fn properties(agent: &str) -> Map<String, Value> {
    let mut properties = Object::default();
    agent::add_properties(&mut properties, agent);
    serde_json::from_str(&properties.text()).expect("JSON")
}

#[test]
fn user_agents_say_what_posthog_js_reads_from_them() {
    for (agent, expected) in AGENTS {
        let said = properties(agent);
        for (name, expected) in NAMES.iter().zip(expected) {
            let said = match said.get(*name) {
                Some(Value::String(text)) => text.clone(),
                Some(number) => number.to_string(),
                None => String::new(),
            };
            assert_eq!(said, *expected, "{name} of {agent}");
        }
    }
}

#[test]
fn a_browsers_version_is_a_number_and_a_systems_a_text() {
    for (agent, _) in AGENTS {
        let said = properties(agent);
        assert!(said.get("$browser_version").is_none_or(Value::is_number));
        assert!(said.get("$os_version").is_none_or(Value::is_string));
    }
}

#[test]
fn opera_mini_is_known_by_its_own_agent() {
    let agent = "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423";
    assert_eq!(properties(agent)["$browser"], "Opera Mini");
    assert_eq!(properties(agent)["$browser_version"], 36.2);
}

#[test]
fn the_user_agent_that_a_page_gives_is_what_is_read() {
    use backstitch::client::{Client, Start};
    let (agent, [browser, ..]) = AGENTS[0];
    let device = serde_json::json!({"$raw_user_agent": agent}).to_string();
    let mut client = Client::new(Start {
        token: "phc_token",
        device: &device,
        ..Start::default()
    })
    .expect("a token");
    let event: Value = serde_json::from_str(&client.capture(0, "", "seen", "", "")).expect("JSON");
    assert_eq!(event["properties"]["$browser"], browser);
    assert_eq!(event["properties"]["$raw_user_agent"], agent);
}

proptest! {
    /// Whatever it is, what is said of it is an object, with a device type.
    #[test]
    fn any_text_is_a_user_agent(text in prop_oneof![
        any::<String>(),
        "(Chrome/|Version/|Windows NT |OS |Android |Edg|Mobile|[0-9._\u{e4}; ]){0,8}",
    ]) {
        prop_assert!(properties(&text).contains_key("$device_type"));
    }
}

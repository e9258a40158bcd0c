#![cfg(not(target_arch = "wasm32"))]
//! What the options of `init` come to.

use backstitch::config::Config;
use backstitch::error::Error;
use backstitch::json::Object;
use serde_json::{Value, json};

fn config(options: Value) -> Result<Config, (Error, String)> {
    Config::new("phc_token", &Object::parse(&options.to_string()))
}

fn host(api_host: &str) -> (String, bool) {
    let config = config(json!({"api_host": api_host})).expect("a host");
    (config.api_host, config.custom_host)
}

#[test]
fn without_a_host_events_go_to_posthogs_cloud() {
    for options in [
        json!({}),
        json!({"api_host": ""}),
        json!({"api_host": null}),
    ] {
        let config = config(options).expect("the default");
        assert_eq!(config.api_host, "https://us.i.posthog.com");
        assert!(!config.custom_host);
    }
}

#[test]
fn an_address_of_posthogs_cloud_becomes_its_ingestion_host() {
    for host_of_us in [
        "https://app.posthog.com",
        "https://us.posthog.com",
        "https://us.i.posthog.com/",
        "https://us-assets.i.posthog.com",
        "https://app.i.posthog.com",
    ] {
        assert_eq!(host(host_of_us), ("https://us.i.posthog.com".into(), false));
    }
    for host_of_eu in [
        "https://eu.posthog.com",
        "https://eu.i.posthog.com",
        "https://eu-assets.i.posthog.com/",
    ] {
        assert_eq!(host(host_of_eu), ("https://eu.i.posthog.com".into(), false));
    }
}

#[test]
fn any_other_address_is_the_sites_own() {
    for (given, used) in [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        (" https://t.shop.example/ ", "https://t.shop.example"),
        (
            "https://shop.example/ingest/",
            "https://shop.example/ingest",
        ),
        ("/ingest", "/ingest"),
        ("/", ""),
        ("https://posthog.com", "https://posthog.com"),
        (
            "https://us.posthog.com.evil.example",
            "https://us.posthog.com.evil.example",
        ),
        ("https://xx.posthog.com", "https://xx.posthog.com"),
        ("http://us.i.posthog.com", "http://us.i.posthog.com"),
    ] {
        assert_eq!(host(given), (used.into(), true), "{given}");
    }
}

#[test]
fn what_is_no_address_is_refused_with_its_value() {
    for given in [
        "shop.example",
        "ftp://shop.example",
        "javascript:alert(1)",
        " ",
        "https:/x",
    ] {
        let refused = config(json!({"api_host": given}));
        assert_eq!(refused, Err((Error::ApiHostInvalid, given.into())));
    }
}

#[test]
fn a_token_is_needed_and_trimmed() {
    let made = Config::new(" phc_token\n", &Object::default()).expect("a token");
    assert_eq!(made.token, "phc_token");
    for missing in ["", "  \t"] {
        let refused = Config::new(missing, &Object::default());
        assert_eq!(refused, Err((Error::TokenMissing, String::new())));
    }
}

#[test]
fn the_flush_interval_has_posthogs_default_and_bounds() {
    for (given, used) in [
        (json!(null), 3000),
        (json!("fast"), 3000),
        (json!(0), 250),
        (json!(249), 250),
        (json!(1234), 1234),
        (json!(1234.5), 1234),
        (json!(5000), 5000),
        (json!(1e9), 5000),
        (json!(u64::MAX), 5000),
    ] {
        let options = json!({"request_queue_config": {"flush_interval_ms": given}});
        assert_eq!(
            config(options).expect("options").flush_interval,
            used,
            "{given}"
        );
    }
    let odd = config(json!({"request_queue_config": 5})).expect("options");
    assert_eq!(odd.flush_interval, 3000);
}

#[test]
fn a_body_is_one_object_around_the_events() {
    let made = Config::new("t\\\"", &Object::default()).expect("a token");
    let body = made.body("[{\"a\":1},{}]");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let expected = json!({
        "api_key": "t\"",
        "batch": [{"a": 1}, {}],
    });
    assert_eq!(body, expected);
}

#[test]
fn an_option_that_restricts_and_is_not_supported_is_refused_by_name() {
    for (option, value) in [
        ("opt_out_capturing_by_default", json!(true)),
        ("cookieless_mode", json!("always")),
        ("respect_dnt", json!(true)),
    ] {
        let refused = config(json!({option: value}));
        assert_eq!(refused, Err((Error::Unsupported, option.into())));
    }
    for (option, value) in [
        ("disable_persistence", json!(false)),
        ("opt_out_capturing_by_default", json!(false)),
        ("respect_dnt", json!(false)),
        ("cookieless_mode", json!(null)),
        ("debug", json!(true)),
    ] {
        assert!(config(json!({option: value})).is_ok(), "{option}");
    }
}

#[test]
fn persistence_is_read_in_any_case_and_is_both_where_it_is_unknown() {
    // Whether nothing is kept, by this tab alone, in a cookie beside localStorage.
    for (given, expected) in [
        (json!("localStorage"), (false, false, false)),
        (json!("LOCALSTORAGE+COOKIE"), (false, false, true)),
        (json!("Cookie"), (false, false, false)),
        (json!("sessionstorage"), (false, true, false)),
        (json!("memory"), (true, false, false)),
        (json!("floppy"), (false, false, true)),
        (json!(null), (false, false, true)),
    ] {
        let read = config(json!({"persistence": given})).expect("a token");
        let kept = (read.memory, read.tab_alone, read.cookie_beside);
        assert_eq!(kept, expected, "{given}");
    }
}

#[test]
fn a_session_lasts_within_posthogs_bounds() {
    for (seconds, idle) in [
        (json!(null), 1800),
        (json!(1), 60),
        (json!(90.7), 90),
        (json!(99_999), 36_000),
    ] {
        let read = config(json!({"session_idle_timeout_seconds": seconds})).expect("a token");
        assert_eq!(read.session_idle, idle * 1000, "{seconds}");
    }
}

#[test]
fn an_environment_that_was_not_found_is_an_error_of_its_own() {
    let options = Object::parse(&json!({"environments": {}}).to_string());
    let refused = Config::new("", &options).map_err(|(error, _)| error);
    assert_eq!(refused, Err(Error::NoEnvironment));
}

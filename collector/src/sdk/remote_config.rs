//! The configuration that an SDK loads before it sends much.
//!
//! Knows: the least of it with which PostHog's clients work well: gzip, the path of events, and no
//! service that the collector does not have. Must never know: a visitor.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::JAVASCRIPT;
use crate::config::EnvironmentConfig;

/// The answer to `/array/{token}/config`.
pub(super) fn json(environment: &EnvironmentConfig) -> Response {
    let mut config = of(environment);
    config.insert("token".to_owned(), environment.api_key.clone().into());
    ([(CACHE_CONTROL, "no-store")], Json(config)).into_response()
}

/// The answer to `/array/{token}/config.js`.
pub(super) fn script(environment: &EnvironmentConfig) -> Response {
    let headers = [(CONTENT_TYPE, JAVASCRIPT), (CACHE_CONTROL, "no-store")];
    (headers, statement(environment)).into_response()
}

/// The configuration as a statement of JavaScript that leaves it where posthog-js looks for it.
pub(super) fn statement(environment: &EnvironmentConfig) -> String {
    let mut config = of(environment);
    config.insert("token".to_owned(), environment.api_key.clone().into());
    let key = Value::from(environment.api_key.as_str());
    let value = json!({"config": config, "siteApps": []});
    format!(
        "(window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {{}})[{key}] = {value};\n"
    )
}

/// The members of the configuration, as the older answers to flags have them too.
pub(super) fn of(environment: &EnvironmentConfig) -> Map<String, Value> {
    let members = json!({
        "hasFeatureFlags": !environment.flags.is_empty(),
        "supportedCompression": ["gzip", "gzip-js"],
        "analytics": {"endpoint": "/i/v0/e/"},
        "defaultIdentifiedOnly": true,
        "sessionRecording": false,
        "surveys": false,
        "heatmaps": false,
        "capturePerformance": false,
        "autocaptureExceptions": false,
        "isAuthenticated": false,
        "siteApps": [],
        "toolbarParams": {},
        "config": {"enable_collect_everything": true},
    });
    match members {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

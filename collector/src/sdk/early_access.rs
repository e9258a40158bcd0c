//! The features that a visitor may ask to have early.
//!
//! Knows: which of the config file's features a client asks for. Must never know: who has asked for
//! one; that is a property of a person, which an event sets.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Sdk, text};
use crate::config::{EarlyAccessFeature, Stage};
use crate::ingest::Reason;

/// The answer to `/api/early_access_features/?token=…&stage=…`; `stage` may come again, and is
/// `beta` if it does not come.
pub(super) async fn list(
    State(sdk): State<Sdk>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Response {
    let named = |name: &'static str| {
        let of_name =
            move |(found, value): &(String, String)| (found == name).then(|| value.clone());
        parameters.iter().filter_map(of_name)
    };
    let Some(token) = named("token").next() else {
        return text(
            StatusCode::UNAUTHORIZED,
            "request submitted without a token; send the environment's key in \"token\"",
        );
    };
    let Some(environment) = sdk.by_key(&token) else {
        let unknown = Reason::UnknownToken { token }.to_string();
        return text(StatusCode::UNAUTHORIZED, &unknown);
    };
    let mut stages: Vec<Value> = named("stage").map(Value::from).collect();
    if stages.is_empty() {
        stages.push(json!(Stage::default()));
    }
    let features: Vec<Value> = environment
        .early_access_features
        .iter()
        .filter(|feature| stages.contains(&json!(feature.stage)))
        .map(answer)
        .collect();
    let body = Json(json!({"earlyAccessFeatures": features}));
    ([(CACHE_CONTROL, "no-store")], body).into_response()
}

fn answer(feature: &EarlyAccessFeature) -> Value {
    json!({
        // The same one in every answer; PostHog's is random, and kept.
        "id": Uuid::new_v5(&Uuid::NAMESPACE_OID, feature.flag.as_bytes()),
        "name": feature.name,
        "description": feature.description,
        "stage": feature.stage,
        "documentationUrl": feature.documentation_url,
        "payload": {},
        "flagKey": feature.flag,
    })
}

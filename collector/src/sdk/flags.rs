//! Feature flags for one visitor.
//!
//! Knows: for whom a flag of the config file is on, and the shapes in which PostHog's clients of all
//! ages expect to be told. Must never know: persons; a flag here asks for ids alone.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Sdk, remote_config};
use crate::config::{EnvironmentConfig, Flag};
use crate::ingest::{FLAGS_OFF, Question};

/// The shape of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A list of the keys that are on.
    Keys,
    /// The values that are on, by key.
    On,
    /// All values by key, and payloads.
    Values,
    /// Everything about each flag.
    Details,
}

/// The answer to `/flags`.
pub(super) async fn flags(State(sdk): State<Sdk>, request: Request) -> Response {
    let uri = request.uri().clone();
    let shape = match version(&uri) {
        Some(2..) => Shape::Details,
        _ => Shape::Values,
    };
    let with_config = parameter(&uri, "config").is_some_and(|value| value == "true");
    answer(&sdk, request, shape, with_config).await
}

/// The answer to `/decide`, which is what `/flags` was before; it always has the configuration.
pub(super) async fn decide(State(sdk): State<Sdk>, request: Request) -> Response {
    let shape = match version(request.uri()) {
        Some(4..) => Shape::Details,
        Some(3) => Shape::Values,
        Some(2) => Shape::On,
        _ => Shape::Keys,
    };
    answer(&sdk, request, shape, true).await
}

fn version(uri: &Uri) -> Option<u32> {
    parameter(uri, "v")?.parse().ok()
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    form_urlencoded::parse(uri.query().unwrap_or("").as_bytes())
        .find_map(|(found, value)| (found == name).then(|| value.into_owned()))
}

async fn answer(sdk: &Sdk, request: Request, shape: Shape, with_config: bool) -> Response {
    let now = (sdk.ingest.now)();
    let environment_of = |key: &str| sdk.by_key(key);
    let question = match Question::read(&sdk.ingest, request, environment_of).await {
        Ok(question) => question,
        Err(refusal) => return refusal,
    };
    let verdicts = verdicts(&question);
    let mut body = if with_config {
        remote_config::of(question.environment)
    } else {
        Map::new()
    };
    let mut tell = |name: &str, value: Value| body.insert(name.to_owned(), value);
    match shape {
        Shape::Keys => {
            let on = verdicts.iter().filter(|verdict| verdict.is_on);
            tell("featureFlags", on.map(|verdict| verdict.key).collect());
        }
        Shape::On => {
            let on = verdicts.iter().filter(|verdict| verdict.is_on);
            tell("featureFlags", by_key(on, Verdict::value));
        }
        Shape::Values => {
            tell("featureFlags", by_key(verdicts.iter(), Verdict::value));
            let with_payload = verdicts
                .iter()
                .filter(|verdict| verdict.payload().is_some());
            let payload = |verdict: &Verdict<'_>| verdict.payload().into();
            tell("featureFlagPayloads", by_key(with_payload, payload));
        }
        Shape::Details => {
            tell("flags", by_key(verdicts.iter(), Verdict::details));
        }
    }
    if shape != Shape::Keys {
        tell("errorsWhileComputingFlags", false.into());
        tell("requestId", Uuid::now_v7().to_string().into());
        tell("evaluatedAt", now.0.into());
    }
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// What is said of one flag.
struct Verdict<'a> {
    key: &'a str,
    flag: &'a Flag,
    /// Its number in the config file, from 1.
    id: usize,
    is_on: bool,
}

/// The flags that are asked for, in the order of the config file.
fn verdicts<'a>(question: &Question<&'a EnvironmentConfig>) -> Vec<Verdict<'a>> {
    if question.is_true(FLAGS_OFF) {
        return Vec::new();
    }
    let wanted = ["flag_keys_to_evaluate", "flag_keys"]
        .iter()
        .find_map(|name| question.fields.get(*name)?.as_array());
    let is_wanted = |key: &str| {
        wanted.is_none_or(|wanted| wanted.iter().any(|wanted| wanted.as_str() == Some(key)))
    };
    let flags = question.environment.flags.iter().enumerate();
    flags
        .filter(|(_, (key, _))| is_wanted(key))
        .map(|(index, (key, flag))| Verdict {
            key,
            flag,
            id: index + 1,
            is_on: flag.enabled && is_for(flag, &question.distinct_id),
        })
        .collect()
}

fn is_for(flag: &Flag, distinct_id: &str) -> bool {
    let ids = flag.distinct_ids.as_ref();
    ids.is_none_or(|ids| ids.iter().any(|id| id == distinct_id))
}

fn by_key<'a>(
    verdicts: impl Iterator<Item = &'a Verdict<'a>>,
    tell: impl Fn(&Verdict<'a>) -> Value,
) -> Value {
    verdicts
        .map(|verdict| (verdict.key.to_owned(), tell(verdict)))
        .collect()
}

impl Verdict<'_> {
    /// The variant, or whether it is on.
    fn value(&self) -> Value {
        match &self.flag.variant {
            Some(variant) if self.is_on => variant.as_str().into(),
            _ => self.is_on.into(),
        }
    }

    /// The payload as JSON text, which PostHog sends as a string.
    fn payload(&self) -> Option<&str> {
        self.flag.payload.as_deref().filter(|_| self.is_on)
    }

    fn details(&self) -> Value {
        let variant = self.flag.variant.as_deref().filter(|_| self.is_on);
        let (code, description) = match (self.is_on, self.flag.enabled) {
            (true, _) => ("condition_match", "On in the collector's config file"),
            (false, true) => (
                "no_condition_match",
                "The distinct_id is none of those that the config file names",
            ),
            (false, false) => ("flag_disabled", "Off in the collector's config file"),
        };
        json!({
            "key": self.key,
            "enabled": self.is_on,
            "variant": variant,
            "reason": {
                "code": code,
                "condition_index": self.is_on.then_some(0),
                "description": description,
            },
            "metadata": {
                "id": self.id,
                "version": 1,
                "description": self.flag.description,
                "payload": self.payload(),
            },
        })
    }
}

//! A body in which an SDK asks for the flags of somebody, instead of sending events.
//!
//! Knows: that it comes in the encodings of events, with the environment's key among its fields.
//! Must never know: which flags there are.

use std::sync::Arc;

use axum::extract::Request as HttpRequest;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::arrival::Arrival;
use super::body::{self, Hints};
use super::envelope::{TOKEN_NAMES, not_json, type_of};
use super::refusal::{Reason, Refusal};
use super::routes::{Ingest, Query, read, unavailable};
use super::{Refused, text, token};
use crate::store::StoreError;

/// The largest body of a question, in bytes.
pub(crate) const QUESTION_LIMIT: usize = 2 * 1024 * 1024;

/// The field that asks for no flags.
pub(crate) const FLAGS_OFF: &str = "disable_flags";

/// A question that names an environment.
pub(crate) struct Question<E> {
    /// What `environment_of` gave for its key.
    pub environment: E,
    /// Its fields.
    pub fields: Map<String, Value>,
    /// For whom flags are asked; empty if none are.
    pub distinct_id: String,
}

impl<E> Question<E> {
    /// Reads a question. What cannot be read or names no environment is logged with the events that
    /// are refused: the `Err` is its answer. `environment_of` looks up a key.
    pub async fn read(
        ingest: &Ingest,
        request: HttpRequest,
        environment_of: impl Fn(&str) -> Option<E>,
    ) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let arrival = Arrival::new((ingest.now)(), &parts);
        let hints = Query::of(&parts).hints;
        let fields = match fields(ingest, parts, body, hints).await {
            Ok(Ok(fields)) => fields,
            Ok(Err(refusal)) => return Err(refuse(ingest, arrival, refusal).await),
            Err(stopped) => return Err(stopped),
        };
        let named = environment(&fields, environment_of)
            .and_then(|environment| Ok((environment, distinct_id(&fields)?)));
        match named {
            Ok((environment, distinct_id)) => Ok(Self {
                environment,
                fields,
                distinct_id,
            }),
            Err(refusal) => Err(refuse(ingest, arrival, refusal).await),
        }
    }

    /// Whether a field is true.
    pub fn is_true(&self, name: &str) -> bool {
        is_true(&self.fields, name)
    }
}

fn is_true(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name) == Some(&Value::Bool(true))
}

/// The fields of the body. Decoded beside the async threads: it may inflate to who knows how much.
async fn fields(
    ingest: &Ingest,
    parts: Parts,
    body: axum::body::Body,
    hints: Hints,
) -> Result<Result<Map<String, Value>, Refusal>, Response> {
    let bytes = match read(HttpRequest::from_parts(parts, body), QUESTION_LIMIT).await {
        Ok(bytes) => bytes,
        Err(reason) => return Ok(Err(reason.into())),
    };
    let permit = Arc::clone(&ingest.decoders).acquire_owned().await;
    let work = move || {
        let fields = decode(&bytes, &hints);
        drop(permit);
        fields
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| unavailable(&StoreError::Stopped))
}

fn decode(bytes: &[u8], hints: &Hints) -> Result<Map<String, Value>, Refusal> {
    let text = body::read(bytes, hints)?;
    let text = text::repair(&text)?;
    let body: &RawValue = serde_json::from_str(&text).map_err(|error| not_json(&error))?;
    if body.get().starts_with('{') {
        serde_json::from_str(body.get()).map_err(|error| not_json(&error))
    } else {
        let found = type_of(body.get());
        Err(Reason::NotAQuestion { found }.into())
    }
}

fn environment<E>(
    fields: &Map<String, Value>,
    environment_of: impl Fn(&str) -> Option<E>,
) -> Result<E, Refusal> {
    let sent = TOKEN_NAMES
        .iter()
        .find_map(|name| fields.get(*name)?.as_str())
        .ok_or(Reason::MissingToken)?;
    let token = token::shaped(sent)?;
    environment_of(&token).ok_or_else(|| Reason::UnknownToken { token }.into())
}

fn distinct_id(fields: &Map<String, Value>) -> Result<String, Refusal> {
    let sent = ["distinct_id", "$distinct_id"]
        .iter()
        .find_map(|name| fields.get(*name));
    match sent {
        Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
        Some(Value::Number(id)) => Ok(id.to_string()),
        _ if is_true(fields, FLAGS_OFF) => Ok(String::new()),
        _ => Err(Reason::NobodyNamed.into()),
    }
}

async fn refuse(ingest: &Ingest, arrival: Arrival, refusal: Refusal) -> Response {
    let refused = Refused::without_environment(refusal);
    arrival
        .refuse(&ingest.environments.refusals, *refused)
        .await
}

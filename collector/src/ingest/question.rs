//! A body in which an SDK asks for the flags of somebody, instead of sending events.
//!
//! Knows: that it comes in the encodings of events, with the environment's key among its fields.
//! Must never know: which flags there are.

use axum::body::Bytes;
use axum::extract::Request as HttpRequest;
use axum::response::Response;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::arrival::Arrival;
use super::body::{self, is_plain};
use super::envelope::{TOKEN_NAMES, not_json, type_of};
use super::hints::{Endpoint, Hints};
use super::query::Query;
use super::refusal::{Reason, Refusal};
use super::routes::{hints, unavailable};
use super::service::Ingest;
use super::wire::{self, Arrived};
use super::{Refused, text, token};

/// The largest body of a question, in bytes.
const LIMIT: usize = 2 * 1024 * 1024;

/// The field that asks for no flags.
pub(crate) const FLAGS_OFF: &str = "disable_flags";

type Fields = Map<String, Value>;

/// A question that names an environment.
pub(crate) struct Question<E> {
    /// What `environment_of` gave for its key.
    pub environment: E,
    /// Its fields.
    pub fields: Fields,
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
        let query = Query::read(parts.uri.query().unwrap_or_default());
        let hints = hints(&parts, &query, Endpoint::Legacy, false);
        let Arrived { bytes, size, flaw } = wire::read(body, LIMIT, wire::BODY_TIMEOUT).await;
        let arrival = arrival.with_body(bytes.clone(), size);
        let fields = match flaw {
            Some(reason) => Err(reason.into()),
            None => decoded(ingest, bytes, hints).await?,
        };
        let question = fields.and_then(|fields| {
            Ok(Self {
                environment: environment(&fields, environment_of)?,
                distinct_id: distinct_id(&fields)?,
                fields,
            })
        });
        match question {
            Ok(question) => Ok(question),
            Err(refusal) => {
                let refused = Refused::without_environment(refusal);
                Err(ingest.refuse(arrival, *refused).await)
            }
        }
    }

    /// Whether a field is true.
    pub fn is_true(&self, name: &str) -> bool {
        is_true(&self.fields, name)
    }
}

async fn decoded(
    ingest: &Ingest,
    bytes: Bytes,
    hints: Hints,
) -> Result<Result<Fields, Refusal>, Response> {
    let (size, is_plain) = (bytes.len(), is_plain(&bytes, &hints));
    let work = move || fields(&bytes, &hints);
    match ingest.decode(size, is_plain, work).await {
        Ok((fields, _permit)) => Ok(fields),
        Err(error) => Err(unavailable(&error)),
    }
}

fn fields(bytes: &[u8], hints: &Hints) -> Result<Fields, Refusal> {
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

fn is_true(fields: &Fields, name: &str) -> bool {
    fields.get(name) == Some(&Value::Bool(true))
}

fn environment<E>(
    fields: &Fields,
    environment_of: impl Fn(&str) -> Option<E>,
) -> Result<E, Refusal> {
    let sent = TOKEN_NAMES
        .iter()
        .find_map(|name| fields.get(*name)?.as_str())
        .ok_or(Reason::MissingToken)?;
    let token = token::checked(sent)?;
    environment_of(&token).ok_or_else(|| Reason::UnknownToken { token }.into())
}

fn distinct_id(fields: &Fields) -> Result<String, Refusal> {
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

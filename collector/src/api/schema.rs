//! `GET /api/{environment}/schema`.
//!
//! Knows: the parameters and the shape. Must never know: how properties are read.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde::Serialize;

use super::Api;
use super::error::ApiError;
use super::parameters::parameters;
use crate::query::EventSchema;

const DEFAULT_SAMPLE: usize = 1_000;
const MAX_SAMPLE: usize = 10_000;

/// What was seen of each event.
#[derive(Debug, Serialize)]
pub(super) struct Schema {
    events: Vec<EventSchema>,
}

pub(super) async fn schema(
    State(api): State<Api>,
    Path(environment): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Schema>, ApiError> {
    let environment = api.environment(&environment)?;
    let mut names = Vec::new();
    let mut sample = DEFAULT_SAMPLE;
    for parameter in parameters(query.as_deref()) {
        match &*parameter.name {
            "event" => names.push(parameter.text()),
            "sample" => sample = parameter.number(1..=MAX_SAMPLE, "a number from 1 to 10000")?,
            _ => return Err(parameter.unknown("event or sample")),
        }
    }
    let events = environment.reader.schemas(names, sample).await?;
    Ok(Json(Schema { events }))
}

//! `GET /api/{environment}/counts`.
//!
//! Knows: the parameters. Must never know: how events are counted.

use axum::Json;
use axum::extract::{Path, RawQuery, State};

use super::Api;
use super::error::ApiError;
use super::filter::filter;
use crate::query::{Counts, EventFilter};

const KNOWN: &str = "event, person, distinct_id, after, before, internal or buckets";

const DEFAULT_BUCKETS: usize = 60;
const MIN_BUCKETS: usize = 2;
const MAX_BUCKETS: usize = 500;

pub(super) async fn counts(
    State(api): State<Api>,
    Path(environment): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Counts>, ApiError> {
    let environment = api.environment(&environment)?;
    let (filter, buckets) = read(query.as_deref())?;
    Ok(Json(environment.reader.counts(filter, buckets).await?))
}

fn read(query: Option<&str>) -> Result<(EventFilter, usize), ApiError> {
    let mut buckets = DEFAULT_BUCKETS;
    let filter = filter(query, |_, parameter| {
        if parameter.name != "buckets" {
            return Err(parameter.unknown(KNOWN));
        }
        buckets = parameter.number(MIN_BUCKETS..=MAX_BUCKETS, "a number from 2 to 500")?;
        Ok(())
    })?;
    Ok((filter, buckets))
}

//! `GET /api/refusals`.

use axum::Json;
use axum::extract::{RawQuery, State};

use super::Api;
use super::error::ApiError;
use super::parameters::{DEFAULT_LIMIT, parameters};
use crate::store::{RefusalsPage, StoreError};

pub(super) async fn list(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Result<Json<RefusalsPage>, ApiError> {
    let mut limit = DEFAULT_LIMIT;
    let mut cursor = None;
    for parameter in parameters(query.as_deref()) {
        match &*parameter.name {
            "limit" => limit = parameter.limit()?,
            "cursor" => cursor = Some(parameter.cursor()?),
            _ => return Err(parameter.unknown("limit or cursor")),
        }
    }
    let refusals = api.environments.refusals.clone();
    let page = tokio::task::spawn_blocking(move || refusals.page(limit, cursor)).await;
    Ok(Json(page.map_err(|_| StoreError::Stopped)??))
}

//! `POST /api/{environment}/reset`.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde::Serialize;

use super::Api;
use super::error::ApiError;
use super::parameters::none;
use crate::store::Removed;

/// What was there.
#[derive(Debug, Serialize)]
pub(super) struct Reset {
    removed: Removed,
}

pub(super) async fn reset(
    State(api): State<Api>,
    Path(environment): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Reset>, ApiError> {
    let environment = api.environment(&environment)?;
    none(query.as_deref())?;
    let removed = environment.writer.reset().await?;
    tracing::info!(environment = %environment.name, events = removed.events, "reset");
    Ok(Json(Reset { removed }))
}

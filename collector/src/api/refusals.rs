//! `GET …/refusals`, one of them, and its body: of an environment, and of none.
//!
//! Knows: the parameters, and the shapes. Must never know: why something was refused.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::Serialize;

use super::Api;
use super::error::ApiError;
use super::parameters::parameters;
use super::refused_body::Body;
use crate::query::{Reader, RefusalDetail, RefusalFilter, RefusalsPage};
use crate::store::RefusalRow;

pub(super) async fn list(
    State(api): State<Api>,
    Path(environment): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<RefusalsPage>, ApiError> {
    page(&api.environment(&environment)?.reader, query.as_deref()).await
}

pub(super) async fn list_unnamed(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Result<Json<RefusalsPage>, ApiError> {
    page(&api.environments.refusals_reader, query.as_deref()).await
}

async fn page(reader: &Reader, query: Option<&str>) -> Result<Json<RefusalsPage>, ApiError> {
    let mut filter = RefusalFilter::default();
    for parameter in parameters(query) {
        match &*parameter.name {
            "limit" => filter.limit = parameter.limit()?,
            "cursor" => filter.cursor = Some(parameter.cursor()?),
            "status" => {
                let status = parameter.number(100..=599, "a status of HTTP, from 100 to 599")?;
                filter.status = Some(status);
            }
            _ => return Err(parameter.unknown("limit, cursor or status")),
        }
    }
    Ok(Json(reader.refusals(filter).await?))
}

/// A refusal with its body.
#[derive(Debug, Serialize)]
pub(super) struct Detail {
    #[serde(flatten)]
    row: RefusalRow,
    body: Body,
}

pub(super) async fn one(
    State(api): State<Api>,
    Path((environment, id)): Path<(String, String)>,
) -> Result<Json<Detail>, ApiError> {
    detail(&api.environment(&environment)?.reader, &id).await
}

pub(super) async fn one_unnamed(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<Detail>, ApiError> {
    detail(&api.environments.refusals_reader, &id).await
}

async fn detail(reader: &Reader, id: &str) -> Result<Json<Detail>, ApiError> {
    let RefusalDetail { row, body } = found(reader, id).await?;
    let size = row.body_size;
    // Inflating is work for a thread that nobody waits for.
    let body = tokio::task::spawn_blocking(move || Body::new(size, &body));
    let body = body.await.map_err(|_| crate::store::StoreError::Stopped)?;
    Ok(Json(Detail { row, body }))
}

pub(super) async fn body(
    State(api): State<Api>,
    Path((environment, id)): Path<(String, String)>,
) -> Result<impl IntoResponse, ApiError> {
    file(&api.environment(&environment)?.reader, &id).await
}

pub(super) async fn body_unnamed(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    file(&api.environments.refusals_reader, &id).await
}

/// Whatever a client sent is a file to save: no browser shows it, or takes it for a page of ours.
async fn file(reader: &Reader, id: &str) -> Result<impl IntoResponse + use<>, ApiError> {
    let RefusalDetail { row, body } = found(reader, id).await?;
    let disposition = format!("attachment; filename=\"refusal-{}.bin\"", row.id);
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, body))
}

async fn found(reader: &Reader, id: &str) -> Result<RefusalDetail, ApiError> {
    let missing = ApiError::Missing {
        what: "refusal",
        field: "id",
    };
    let Ok(id) = id.parse() else {
        return Err(missing);
    };
    reader.refusal(id).await?.ok_or(missing)
}

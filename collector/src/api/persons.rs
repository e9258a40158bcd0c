//! `GET /api/{environment}/persons/{uuid}`.

use axum::Json;
use axum::extract::{Path, State};
use uuid::Uuid;

use super::Api;
use super::error::ApiError;
use crate::query::PersonDetail;

pub(super) async fn one(
    State(api): State<Api>,
    Path((environment, uuid)): Path<(String, String)>,
) -> Result<Json<PersonDetail>, ApiError> {
    let environment = api.environment(&environment)?;
    let missing = ApiError::Missing {
        what: "person",
        field: "uuid",
    };
    let Ok(uuid) = Uuid::try_parse(&uuid) else {
        return Err(missing);
    };
    environment
        .reader
        .person(uuid)
        .await?
        .map(Json)
        .ok_or(missing)
}

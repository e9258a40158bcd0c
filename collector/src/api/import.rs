//! `POST /api/{environment}/import`.
//!
//! Knows: that a body of any size goes to a file first, which is removed afterwards: the disk bounds
//! it, not the memory. Must never know: what is in it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use futures_util::StreamExt;
use serde::Serialize;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use super::Api;
use super::error::ApiError;
use super::parameters::none;
use crate::store::{Imported, StoreError};

/// What is there now.
#[derive(Debug, Serialize)]
pub(super) struct Import {
    imported: Imported,
}

pub(super) async fn import(
    State(api): State<Api>,
    Path(environment): Path<String>,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Json<Import>, ApiError> {
    let environment = Arc::clone(api.environment(&environment)?);
    none(query.as_deref())?;
    let spooled = spool(&api, body).await?;
    // Goes on if the client hangs up: the writer may be at it, and the file is removed in the end.
    let import = tokio::spawn(async move {
        let imported = environment.writer.import(spooled.path().to_owned()).await;
        drop(spooled);
        imported
    });
    let imported = import.await.map_err(|_| StoreError::Stopped)??;
    Ok(Json(Import { imported }))
}

async fn spool(api: &Api, body: Body) -> Result<NamedTempFile, ApiError> {
    let failed = |error: std::io::Error| ApiError::NotSpooled {
        cause: error.to_string(),
    };
    let spooled = NamedTempFile::new_in(api.environments.spool()).map_err(failed)?;
    let mut file = tokio::fs::File::from_std(spooled.reopen().map_err(failed)?);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| ApiError::BodyBroken {
            cause: error.to_string(),
        })?;
        file.write_all(&piece).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    Ok(spooled)
}

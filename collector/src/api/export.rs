//! `GET /api/{environment}/export`.
//!
//! Knows: that what is written on one thread is sent on another, a piece at a time. Must never know:
//! what is in it.

use std::io::Write;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use futures_util::stream::unfold;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Api;
use super::error::ApiError;
use super::parameters::none;

/// Bytes of a piece.
const PIECE: usize = 64 * 1024;

/// How long a client may read nothing. Until it does, the export holds a transaction, and the file's
/// log grows.
const STALL: Duration = Duration::from_secs(60);

/// Pieces that are written ahead of a client that reads slowly.
const AHEAD: usize = 4;

pub(super) async fn export(
    State(api): State<Api>,
    Path(environment): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, ApiError> {
    let environment = api.environment(&environment)?;
    none(query.as_deref())?;
    let (pieces, sent) = mpsc::channel(AHEAD);
    let failed = pieces.clone();
    let reader = environment.reader.clone();
    let name = environment.name.clone();
    tokio::spawn(async move {
        let exported = reader.export(Box::new(Pieces(pieces))).await;
        if let Err(error) = exported {
            tracing::warn!(environment = %name, %error, "an export has broken off");
            // The client sees that it is not whole, if it is there.
            let _ = failed.send(Err(std::io::Error::other(error))).await;
        }
    });
    let pieces = unfold(
        sent,
        |mut sent| async move { Some((sent.recv().await?, sent)) },
    );
    let disposition = format!("attachment; filename=\"{}.ndjson\"", environment.name);
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::from_stream(pieces)))
}

/// Sends what is written to it.
struct Pieces(mpsc::Sender<std::io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let send = self.0.send(Ok(Bytes::copy_from_slice(piece)));
        // Written on a thread that may wait; the time is the runtime's.
        let sent = Handle::current().block_on(timeout(STALL, send));
        let sent = sent.map_err(|_| std::io::ErrorKind::TimedOut)?;
        sent.map_err(|_| std::io::ErrorKind::BrokenPipe)?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

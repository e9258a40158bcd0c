//! What every route of ingestion works with.
//!
//! Knows: the environments, the clock, and how much may be decoded at a time. Must never know: any
//! path, or how a body is decoded.

use std::sync::Arc;

use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Refused;
use super::arrival::Arrival;
use crate::environment::{Environment, Environments};
use crate::event::Event;
use crate::instant::UnixMillis;
use crate::store::{Receipt, StoreError};

/// Plain bodies up to this size are decoded at once. Larger ones, and all that inflate to who knows
/// how much, are decoded beside the async threads, which others wait for.
const INLINE_LIMIT: usize = 8 * 1024;

/// How many bodies are decoded beside the async threads at a time: each may take as much memory as
/// the largest body inflates to, several times over.
const DECODERS: usize = 2;

/// What ingestion needs: the environments, and the time.
#[derive(Clone, Debug)]
pub struct Ingest {
    /// Where events go.
    pub environments: Arc<Environments>,
    /// The clock.
    pub now: fn() -> UnixMillis,
    /// Who has a permit may decode a large body.
    decoders: Arc<Semaphore>,
}

/// The right to hold a large body's events in memory.
pub(super) type Permit = Option<OwnedSemaphorePermit>;

impl Ingest {
    /// Ingestion into these environments.
    pub fn new(environments: Arc<Environments>, now: fn() -> UnixMillis) -> Self {
        Self {
            environments,
            now,
            decoders: Arc::new(Semaphore::new(DECODERS)),
        }
    }

    /// Decodes a body of so many bytes, at once if it is plain and small.
    pub(super) async fn decode<T: Send + 'static>(
        &self,
        size: usize,
        is_plain: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Permit), StoreError> {
        if is_plain && size <= INLINE_LIMIT {
            return Ok((work(), None));
        }
        let permit = Arc::clone(&self.decoders).acquire_owned().await;
        // The permit goes with the work, which goes on also if the client hangs up.
        tokio::task::spawn_blocking(move || (work(), permit.ok()))
            .await
            .map_err(|_| StoreError::Stopped)
    }

    /// Stores the events of one request, all or none.
    pub(super) async fn store(
        &self,
        environment: &Environment,
        events: Vec<Event>,
        received_at: UnixMillis,
        permit: Permit,
    ) -> Result<Receipt, StoreError> {
        let submitted = environment.writer.submit(events, received_at).await;
        // Not before: events that are decoded and find no room in the queue take memory too.
        drop(permit);
        let receipt = submitted?.receipt().await?;
        tracing::debug!(
            environment = %environment.name,
            stored = receipt.stored,
            duplicates = receipt.duplicates,
            dropped = receipt.dropped.len(),
            "taken"
        );
        Ok(receipt)
    }

    /// Logs a refusal and answers it in text.
    pub(super) async fn refuse(
        &self,
        arrival: Arrival,
        refused: Refused<Arc<Environment>>,
    ) -> Response {
        arrival.refuse(&self.environments.refusals, refused).await
    }
}

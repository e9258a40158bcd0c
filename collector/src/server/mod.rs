//! The HTTP server: ingestion, the API and the page on one port.
//!
//! Knows: how the parts are put together, and how it stops: no new connections, open streams end,
//! requests that were taken are finished and committed. Must never know: what any route does.

mod connection;
mod health;
mod observe;
mod retention;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::{Router, middleware};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::api::{self, Access, Api};
use crate::config::Config;
use crate::environment::Environments;
use crate::ingest::{self, Ingest};
use crate::instant::UnixMillis;
use crate::metrics::Metrics;
use crate::sdk::{self, Sdk};
use crate::store::StoreError;

/// Why the server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be had.
    #[error(
        "cannot listen on {address}: {cause}; stop what listens there, or name another address with --listen"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The server broke.
    #[error("the server failed: {0}")]
    Serve(#[from] std::io::Error),
    /// The data cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A collector that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    environments: Environments,
    config: Config,
}

impl Server {
    /// Opens the data and the port. From here on clients can connect; they are served by
    /// [`Server::run`].
    ///
    /// # Errors
    /// [`ServerError`], which names the address or the file.
    pub async fn bind(config: &Config) -> Result<Self, ServerError> {
        let environments = Environments::open(config)?;
        let failed = |cause| ServerError::Listen {
            address: config.listen,
            cause,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            environments,
            config: config.clone(),
        })
    }

    /// The address with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready, then stops in order: what was taken is finished.
    ///
    /// # Errors
    /// [`ServerError::Serve`].
    pub async fn run(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServerError> {
        let environments = Arc::new(self.environments);
        let (stopping, stopped) = watch::channel(false);
        let metrics = Arc::new(Metrics::new(Arc::clone(&environments)));
        let api = Api {
            environments: Arc::clone(&environments),
            access: Access::new(&self.config, self.address),
            metrics: Arc::clone(&metrics),
            stopped: stopped.clone(),
        };
        let router = router(&environments, &self.config, api);
        let limits = self.config.limits;
        let retention = retention::keep(&environments, now, stopped.clone());
        let serve = connection::serve(self.listener, router, limits, metrics, stopped);
        let stop = async {
            stop.await;
            stopping.send_replace(true);
        };
        tokio::join!(serve, retention, stop);
        // The last owner of the writers waits for their threads.
        let closed = tokio::task::spawn_blocking(move || drop(environments)).await;
        closed.map_err(|error| ServerError::Serve(std::io::Error::other(error)))
    }
}

fn now() -> UnixMillis {
    UnixMillis::from(Timestamp::now())
}

fn router(environments: &Arc<Environments>, config: &Config, api: Api) -> Router {
    let ingest = Ingest::new(Arc::clone(environments), now);
    let metrics = Arc::clone(&api.metrics);
    Router::new()
        .merge(sdk::routes(Sdk::new(config, ingest.clone())))
        .merge(ingest::routes(ingest))
        .merge(health::routes(Arc::clone(environments)))
        .merge(api::routes(api))
        .layer(middleware::from_fn_with_state(metrics, observe::observe))
}

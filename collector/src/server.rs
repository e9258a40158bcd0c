//! The HTTP server: ingestion, the API and the page on one port.
//!
//! Knows: how the parts are put together, and how it stops: no new connections, open streams end,
//! requests that were taken are finished and committed. Must never know: what any route does.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::api::{self, Api};
use crate::config::Config;
use crate::environment::Environments;
use crate::ingest::{self, Ingest};
use crate::instant::UnixMillis;
use crate::sdk::{self, Sdk};
use crate::store::StoreError;

/// How long a stop waits for requests that are under way.
const GRACE: Duration = Duration::from_secs(10);

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
        let api = Api {
            environments: Arc::clone(&environments),
            port: self.address.port(),
            stopped: stopped.clone(),
        };
        let router = router(&environments, &self.config, api);
        let listener = self.listener.tap_io(|connection| {
            // Streams send a few bytes at a time; Nagle's algorithm would hold them back.
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
        });
        let serve = axum::serve(
            listener,
            router.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .with_graceful_shutdown(async move {
            stop.await;
            // Nobody listens any more only if the server is gone already.
            let _ = stopping.send(true);
        });
        tokio::select! {
            result = serve => result?,
            () = overdue(stopped) => tracing::warn!("requests are still under way; not waiting any longer"),
        }
        // The last owner of the writers waits for their threads.
        let closed = tokio::task::spawn_blocking(move || drop(environments)).await;
        closed.map_err(|error| ServerError::Serve(std::io::Error::other(error)))
    }
}

fn router(environments: &Arc<Environments>, config: &Config, api: Api) -> Router {
    let now = || UnixMillis::from(Timestamp::now());
    let ingest = Ingest::new(Arc::clone(environments), now);
    Router::new()
        .merge(sdk::routes(Sdk::new(config, ingest.clone())))
        .merge(ingest::routes(ingest))
        .merge(api::routes(api))
}

/// Ready when the stop has taken too long.
async fn overdue(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        // The sender went with the server: there is nothing to wait for.
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(GRACE).await;
}

//! Connections.
//!
//! Knows: how many there may be, how long they may dawdle, and that each ends in order: after the
//! answer that is under way. Must never know: what is asked on them.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower_http::timeout::TimeoutBody;
use tower_service::Service;

use crate::config::Limits;
use crate::metrics::Metrics;

/// How long to wait when the system has no socket left for a new connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `stopped` is true, and then those that are open until they have their
/// answers, for at most the time of grace.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    metrics: Arc<Metrics>,
    mut stopped: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let stop = stopped.clone();
    let accept = async {
        let mut was_full = false;
        loop {
            // Before a connection is accepted: those beyond the limit wait in the system's queue.
            let is_full = room.available_permits() == 0;
            if is_full && !was_full {
                let limit = limits.connections;
                tracing::warn!(limit, "no further connections until one of them ends");
            }
            was_full = is_full;
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            let (stream, peer) = accepted(&listener).await;
            // Those that have ended are forgotten.
            while connections.try_join_next().is_some() {}
            let open = metrics.connection();
            let connection = connection(stream, peer, router.clone(), limits, stop.clone());
            connections.spawn(async move {
                connection.await;
                drop((permit, open));
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = is_true(&mut stopped) => {}
    }
    drop(listener);
    let answered = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.grace, answered).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "requests are still under way; not waiting any longer"
        );
        connections.shutdown().await;
    }
}

async fn accepted(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // One client that gave up is no reason to stop, nor are too many open files.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    mut stopped: watch::Receiver<bool>,
) {
    // Streams send a few bytes at a time; Nagle's algorithm would hold them back.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let request = request.map(|body| TimeoutBody::new(limits.body, body));
        Service::call(&mut router.clone(), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_header_size(limits.head_bytes)
        .max_headers(limits.headers)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = is_true(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection broke");
    }
}

/// Ready when it is true, or its sender is gone, which goes with the server.
async fn is_true(value: &mut watch::Receiver<bool>) {
    drop(value.wait_for(|value| *value).await);
}

//! Who may read.
//!
//! Knows: every request is for one of our names, none that changes anything comes from a foreign
//! page, and, where there is a token, its sender has shown it: as `Authorization: Bearer`, or at
//! `/login`, which gives a cookie. Must never know: what is asked for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;

use super::attempts::Attempts;
use super::error::ApiError;
use super::host::Hosts;
use super::origin;
use super::sessions::Sessions;
use crate::config::{ApiToken, Config};

/// The rules of one collector, and who has shown the token. Clones share it.
#[derive(Clone, Debug)]
pub struct Access(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    hosts: Hosts,
    token: Option<ApiToken>,
    sessions: Sessions,
    attempts: Attempts,
}

impl Access {
    /// The rules of a config, for a collector that listens on this address.
    pub fn new(config: &Config, address: SocketAddr) -> Self {
        Self(Arc::new(Rules {
            hosts: Hosts::new(address, &config.hosts),
            token: config.api_token.clone(),
            sessions: Sessions::default(),
            attempts: Attempts::default(),
        }))
    }

    pub(super) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The name of the cookie. Cookies are for a host with all its ports: each collector of a
    /// machine has its own.
    pub(super) fn cookie(&self) -> String {
        format!("backstitch_session_{}", self.0.hosts.port())
    }

    /// Whether this is the token; true if there is none.
    pub(super) async fn is_token(&self, given: &str, client: SocketAddr) -> bool {
        match &self.0.token {
            Some(token) => {
                let is_right = || token.is(given);
                self.0.attempts.check(client.ip(), is_right).await
            }
            None => true,
        }
    }

    async fn check(&self, request: &Parts, client: SocketAddr) -> Result<(), ApiError> {
        let hosts = &self.0.hosts;
        if !hosts.are_named_by(request) {
            return Err(ApiError::ForeignHost { port: hosts.port() });
        }
        if origin::is_forged(request, hosts) {
            return Err(ApiError::ForeignOrigin);
        }
        if self.0.token.is_none() || is_open(request.uri.path()) {
            return Ok(());
        }
        let cookies = CookieJar::from_headers(&request.headers);
        let session = cookies.get(&self.cookie());
        if session.is_some_and(|id| self.0.sessions.has(id.value(), Instant::now())) {
            return Ok(());
        }
        match bearer(&request.headers) {
            Some(token) if self.is_token(token, client).await => Ok(()),
            _ => Err(ApiError::NoToken),
        }
    }
}

/// What is needed to show the token: `/login`, and the page's files, which hold no data.
fn is_open(path: &str) -> bool {
    path == "/login" || path.starts_with("/page/")
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Lets a request pass that follows the rules.
pub(super) async fn guard(
    State(access): State<Access>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let (request, body) = request.into_parts();
    match access.check(&request, client).await {
        Ok(()) => next.run(Request::from_parts(request, body)).await,
        Err(ApiError::NoToken) if request.method == Method::GET && request.uri.path() == "/" => {
            Redirect::to("/login").into_response()
        }
        Err(error) => {
            tracing::warn!(%client, path = request.uri.path(), %error, "a reader is refused");
            error.into_response()
        }
    }
}

//! `/login` and `/logout`: a browser shows the token once and gets a cookie.
//!
//! Knows: the form and the cookie's attributes. Must never know: what a session may read.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN, REFERRER_POLICY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::access::Access;
use super::sessions::LIFETIME;
use crate::page;

/// The page's policy, but for the form.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(super) fn routes(access: Access) -> Router {
    Router::new()
        .route("/login", get(form).post(begin))
        .route("/logout", post(end))
        .with_state(access)
}

#[derive(Deserialize)]
struct Login {
    token: String,
}

async fn form() -> Response {
    answer(StatusCode::OK, page::LOGIN.to_owned())
}

async fn begin(
    State(access): State<Access>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    cookies: CookieJar,
    headers: HeaderMap,
    Form(login): Form<Login>,
) -> Response {
    if !access.is_token(login.token.trim(), client).await {
        tracing::warn!(%client, "a login with a wrong token");
        return answer(StatusCode::UNAUTHORIZED, page::login_refused());
    }
    let id = access.sessions().begin(Instant::now());
    tracing::info!(%client, "a login");
    let mut cookie = cookie(&access, id.to_string(), &headers);
    cookie.set_max_age(LIFETIME.try_into().ok());
    (cookies.add(cookie), Redirect::to("/")).into_response()
}

async fn end(State(access): State<Access>, cookies: CookieJar, headers: HeaderMap) -> Response {
    if let Some(session) = cookies.get(&access.cookie()) {
        access.sessions().end(session.value());
    }
    let cookie = cookie(&access, String::new(), &headers);
    (cookies.remove(cookie), Redirect::to("/login")).into_response()
}

fn cookie(access: &Access, value: String, headers: &HeaderMap) -> Cookie<'static> {
    // A browser says so on the way to a proxy that speaks TLS for the collector.
    let origin = headers.get(ORIGIN).map(|origin| origin.as_bytes());
    let is_secure = origin.is_some_and(|origin| origin.starts_with(b"https://"));
    Cookie::build((access.cookie(), value))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_secure)
        .path("/")
        .build()
}

fn answer(status: StatusCode, form: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, form).into_response()
}

//! What SDKs ask of the host that they send events to: flags, their configuration, the features in
//! early access, and the script of a page's snippet.
//!
//! Knows: the paths, which are PostHog's, and that all of it is answered across origins, as
//! ingestion is; so nothing here may tell of an event or a person. Must never know: SQL, or how a
//! body is decoded.

mod early_access;
mod flags;
mod remote_config;
mod scripts;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Router, middleware};

use crate::config::{Config, EnvironmentConfig};
use crate::cors;
use crate::ingest::{Ingest, Reason};

/// The content type of scripts.
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// What the answers are made of.
#[derive(Clone, Debug)]
pub struct Sdk {
    /// What the config file says of each environment.
    environments: Arc<[EnvironmentConfig]>,
    /// The folder of the built script.
    scripts: Option<Arc<PathBuf>>,
    /// What reads bodies, and logs those that are refused.
    ingest: Ingest,
}

impl Sdk {
    /// Answers as a config file says.
    pub fn new(config: &Config, ingest: Ingest) -> Self {
        Self {
            environments: config.environments.values().cloned().collect(),
            scripts: config.sdk.clone().map(Arc::new),
            ingest,
        }
    }

    fn by_key(&self, api_key: &str) -> Option<&EnvironmentConfig> {
        self.environments
            .iter()
            .find(|environment| environment.api_key == api_key)
    }
}

/// The routes that SDKs ask.
pub fn routes(sdk: Sdk) -> Router {
    let mut router = Router::new()
        .route("/array/{token}/{file}", reads(get(of_token)))
        .route("/static/{file}", reads(get(scripts::plain)))
        .route("/static/{version}/{file}", reads(get(scripts::versioned)));
    for (path, route) in [
        ("/flags", asks(post(flags::flags))),
        ("/decide", asks(post(flags::decide))),
        ("/api/early_access_features", reads(get(early_access::list))),
    ] {
        router = router
            .route(path, route.clone())
            .route(&format!("{path}/"), route);
    }
    router
        .layer(middleware::from_fn(cors::mirror))
        .with_state(sdk)
}

fn reads(route: MethodRouter<Sdk>) -> MethodRouter<Sdk> {
    let refuse = || async {
        text(
            StatusCode::METHOD_NOT_ALLOWED,
            "method not allowed: send GET",
        )
    };
    route.options(allowed).fallback(refuse)
}

fn asks(route: MethodRouter<Sdk>) -> MethodRouter<Sdk> {
    let refuse = || async {
        text(
            StatusCode::METHOD_NOT_ALLOWED,
            "method not allowed: send POST",
        )
    };
    route.options(allowed).fallback(refuse)
}

async fn allowed() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// What stands under the key of an environment: its configuration, and scripts.
async fn of_token(State(sdk): State<Sdk>, Path((token, file)): Path<(String, String)>) -> Response {
    let Some(environment) = sdk.by_key(&token) else {
        return text(
            StatusCode::NOT_FOUND,
            &Reason::UnknownToken { token }.to_string(),
        );
    };
    match file.as_str() {
        "config" => remote_config::json(environment),
        "config.js" => remote_config::script(environment),
        _ => scripts::with_config(&sdk, environment, &file).await,
    }
}

/// A plain text that no cache keeps.
fn text(status: StatusCode, text: &str) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, text.to_owned()).into_response()
}

//! The scripts that a page's snippet loads.
//!
//! Knows: the names by which pages ask for PostHog's script, all of which get Backstitch's, and
//! where that lies. Must never know: any other file; a name from a request is never made a path.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::{JAVASCRIPT, Sdk, remote_config, text};
use crate::config::EnvironmentConfig;

const SCRIPT: &str = "backstitch.js";

/// What the script loads where there is no WebAssembly, from the folder that it came from itself.
const WITHOUT_WASM: &str = "backstitch.nowasm.js";

/// A script of `/static/`.
pub(super) async fn plain(State(sdk): State<Sdk>, Path(asked): Path<String>) -> Response {
    send(&sdk, &asked, "").await
}

/// A script of `/static/{version}/`. There is one version: that which was built.
pub(super) async fn versioned(
    State(sdk): State<Sdk>,
    Path((_, asked)): Path<(String, String)>,
) -> Response {
    send(&sdk, &asked, "").await
}

/// A script of `/array/{token}/`: the one that pages ask for has the environment's configuration
/// before it.
pub(super) async fn with_config(
    sdk: &Sdk,
    environment: &EnvironmentConfig,
    asked: &str,
) -> Response {
    let before = match file(asked) {
        Some(SCRIPT) => remote_config::statement(environment),
        _ => String::new(),
    };
    send(sdk, asked, &before).await
}

/// The file of a name.
fn file(asked: &str) -> Option<&'static str> {
    // Also `array.full.js`, `array.no-external.js`, `array.full.es5.js`: builds of one thing.
    let is_posthogs = asked.starts_with("array.") && asked.ends_with(".js");
    match asked {
        WITHOUT_WASM => Some(WITHOUT_WASM),
        _ if is_posthogs || asked == SCRIPT => Some(SCRIPT),
        _ => None,
    }
}

async fn send(sdk: &Sdk, asked: &str, before: &str) -> Response {
    let Some(file) = file(asked) else {
        return missing(format!(
            "there is no {asked}: of PostHog's scripts this collector has the one that its snippet loads, array.js, and answers with Backstitch"
        ));
    };
    let Some(folder) = &sdk.scripts else {
        return missing(format!(
            "there is no {asked}: this collector was not told where Backstitch's script is; start it with --sdk and the folder of {SCRIPT}, or write sdk in its config file"
        ));
    };
    let path = Arc::clone(folder).join(file);
    match tokio::fs::read_to_string(&path).await {
        Ok(script) => {
            // A page must show the script that was built last.
            let headers = [(CONTENT_TYPE, JAVASCRIPT), (CACHE_CONTROL, "no-store")];
            (headers, format!("{before}{script}")).into_response()
        }
        Err(error) => missing(format!(
            "there is no {asked}: {} cannot be read ({error}); build it, or name another folder with --sdk",
            path.display()
        )),
    }
}

fn missing(message: String) -> Response {
    text(StatusCode::NOT_FOUND, &message)
}

//! The paths of the API.
//!
//! Knows: which method and path lead where. `openapi.json` has the same list, and a test compares
//! them. Must never know: what an answer says.

use axum::Router;
use axum::routing::{get, post};

use super::{
    Api, counts, environments, events, export, import, openapi, persons, refusals, reset, schema,
    stream,
};

macro_rules! routes {
    ($($method:ident $path:literal => $handler:path;)*) => {
        /// Every route.
        pub(super) fn all() -> Router<Api> {
            Router::new()$(.route($path, $method($handler)))*
        }

        /// Their methods and paths.
        #[cfg(test)]
        pub(super) const LIST: &[(&str, &str)] = &[$((stringify!($method), $path)),*];
    };
}

routes! {
    get "/api/openapi.json" => openapi::document;
    get "/api/environments" => environments::list;
    get "/api/refusals" => refusals::list_unnamed;
    get "/api/refusals/stream" => stream::unnamed;
    get "/api/refusals/{id}" => refusals::one_unnamed;
    get "/api/refusals/{id}/body" => refusals::body_unnamed;
    get "/api/{environment}/events" => events::list;
    get "/api/{environment}/events/{uuid}" => events::one;
    get "/api/{environment}/persons/{uuid}" => persons::one;
    get "/api/{environment}/counts" => counts::counts;
    get "/api/{environment}/names" => events::names;
    get "/api/{environment}/schema" => schema::schema;
    get "/api/{environment}/refusals" => refusals::list;
    get "/api/{environment}/refusals/{id}" => refusals::one;
    get "/api/{environment}/refusals/{id}/body" => refusals::body;
    get "/api/{environment}/stream" => stream::environment;
    post "/api/{environment}/reset" => reset::reset;
    get "/api/{environment}/export" => export::export;
    post "/api/{environment}/import" => import::import;
}

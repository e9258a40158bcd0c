//! Errors of the API.
//!
//! Knows: their one shape, `{"error": {"field", "message"}}`. Must never know: how they come about.

use axum::Json;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::environment::Environments;
use crate::store::StoreError;

/// What is wrong with a request to the API.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// A parameter is not right.
    #[error("{field} must be {expected}; send {example}")]
    Parameter {
        /// The parameter.
        field: String,
        /// What it must be.
        expected: &'static str,
        /// One that is right.
        example: &'static str,
    },
    /// A parameter is unknown.
    #[error("{field} is no parameter here; send {known}")]
    UnknownParameter {
        /// The parameter.
        field: String,
        /// Those that there are.
        known: &'static str,
    },
    /// There is no such environment.
    #[error("there is no environment \"{name}\"; there are {known}")]
    NoEnvironment {
        /// The name in the path.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// There is no such thing in the environment.
    #[error("there is no {what} with this {field} here; lists show those that there are")]
    Missing {
        /// `event`, `person` or `refusal`.
        what: &'static str,
        /// `uuid` or `id`.
        field: &'static str,
    },
    /// There is no such path.
    #[error("there is nothing at {path}; the events page is at /, and docs/api.md lists the API")]
    NoPath {
        /// The path.
        path: String,
    },
    /// The path does not take the method.
    #[error("this path does not take this method; send one that the Allow header names")]
    MethodNotAllowed,
    /// `Host` is none of the collector's names.
    #[error(
        "the Host header names another host or port than this collector's; open http://127.0.0.1:{port}, or add the name to hosts in the config file"
    )]
    ForeignHost {
        /// The collector's port.
        port: u16,
    },
    /// A page of another site would change something.
    #[error(
        "a page of another origin may change nothing here; send it from the events page or a script"
    )]
    ForeignOrigin,
    /// The collector has a token, and the request does not show it.
    #[error("this collector has a token; send it as Authorization: Bearer, or log in at /login")]
    NoToken,
    /// A body broke off, or stalled.
    #[error("the body has broken off: {cause}; send it again")]
    BodyBroken {
        /// What the connection says.
        cause: String,
    },
    /// A body cannot be kept.
    #[error("the body cannot be kept: {cause}; make room on the disk of the data directory")]
    NotSpooled {
        /// What the system says.
        cause: String,
    },
    /// An import into an environment that has something.
    #[error("{message}")]
    NotEmpty {
        /// What the store says.
        message: String,
    },
    /// A line of an import is not right.
    #[error("{message}")]
    BadLine {
        /// What the store says, with the line's number.
        message: String,
    },
    /// The store failed.
    #[error("{message}")]
    Store {
        /// What it says.
        message: String,
    },
}

impl ApiError {
    /// An environment that does not exist.
    pub(super) fn no_environment(name: &str, environments: &Environments) -> Self {
        let known: Vec<&str> = environments
            .iter()
            .map(|environment| environment.name.as_str())
            .collect();
        Self::NoEnvironment {
            name: name.to_owned(),
            known: known.join(", "),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Parameter { .. } | Self::UnknownParameter { .. } => StatusCode::BAD_REQUEST,
            Self::NoEnvironment { .. } | Self::Missing { .. } | Self::NoPath { .. } => {
                StatusCode::NOT_FOUND
            }
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::ForeignHost { .. } | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::BodyBroken { .. } | Self::BadLine { .. } => StatusCode::BAD_REQUEST,
            Self::NotEmpty { .. } => StatusCode::CONFLICT,
            Self::NotSpooled { .. } | Self::Store { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Parameter { field, .. } | Self::UnknownParameter { field, .. } => Some(field),
            Self::NoEnvironment { .. } | Self::NotEmpty { .. } => Some("environment"),
            Self::Missing { field, .. } => Some(field),
            Self::ForeignHost { .. } => Some("Host"),
            Self::ForeignOrigin => Some("Origin"),
            Self::NoToken => Some("Authorization"),
            Self::NoPath { .. }
            | Self::MethodNotAllowed
            | Self::BodyBroken { .. }
            | Self::BadLine { .. }
            | Self::NotSpooled { .. }
            | Self::Store { .. } => None,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::NotEmpty => Self::NotEmpty { message },
            StoreError::Line { .. } => Self::BadLine { message },
            error => {
                tracing::error!(%error, "the store failed");
                Self::Store { message }
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"error": {"field": self.field(), "message": self.to_string()}});
        let mut response = (self.status(), Json(body)).into_response();
        if self == Self::NoToken {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// The answer to a path that there is not.
pub(super) async fn not_found(uri: Uri) -> ApiError {
    ApiError::NoPath {
        path: uri.path().to_owned(),
    }
}

/// The answer to a method that a path does not take.
pub(super) async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}

//! Why a request of the protocol's first version is refused, beyond what refuses older requests.
//!
//! Knows: every such reason, its status, and PostHog's name for it. Must never know: how the
//! request is read.

use axum::http::StatusCode;

/// Why a request cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no key.
    #[error(
        "request is missing the Authorization header; send the environment's key as \"Authorization: Bearer KEY\""
    )]
    MissingAuthorization,
    /// Headers are missing.
    #[error("request is missing required headers: {}; send each of them", names.join(", "))]
    MissingHeaders {
        /// Their names.
        names: Vec<&'static str>,
    },
    /// A header has a value that it cannot have.
    #[error("invalid header value: {header} is {found:?}; send {expected}")]
    InvalidHeader {
        /// Its name.
        header: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What was sent.
        found: String,
    },
    /// The body is said to be something else than JSON.
    #[error("unsupported content type: {found:?}; send application/json")]
    UnsupportedContentType {
        /// What was sent.
        found: String,
    },
    /// The body is compressed in a way that is not taken.
    #[error("unsupported content encoding: {found:?}; send gzip, deflate, br, zstd or none")]
    UnsupportedEncoding {
        /// What was sent.
        found: String,
    },
    /// The batch does not say when it was made.
    #[error(
        "invalid batch: \"created_at\" is not valid RFC 3339: {value:?}; send it as 2026-01-31T12:00:00Z"
    )]
    InvalidCreatedAt {
        /// What was sent.
        value: String,
    },
    /// A field is not there.
    #[error("failed to parse request: \"{field}\" is missing; send {expected}")]
    MissingField {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// An event has no uuid.
    #[error("event submitted without a uuid: \"uuid\" is {value:?}; send a UUID")]
    InvalidUuid {
        /// The beginning of what was sent.
        value: String,
    },
    /// Two events have one uuid.
    #[error("duplicate event uuid: {uuid}; send each event once, with a uuid of its own")]
    DuplicateUuid {
        /// The uuid.
        uuid: String,
    },
}

impl Problem {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingAuthorization => StatusCode::UNAUTHORIZED,
            Self::UnsupportedContentType { .. } | Self::UnsupportedEncoding { .. } => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// PostHog's name for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingAuthorization => "missing_authorization",
            Self::MissingHeaders { .. } => "missing_required_headers",
            Self::InvalidHeader { .. } => "invalid_header_value",
            Self::UnsupportedContentType { .. } => "unsupported_content_type",
            Self::UnsupportedEncoding { .. } => "unsupported_encoding",
            Self::InvalidCreatedAt { .. } => "invalid_batch",
            Self::MissingField { .. } => "request_parsing_error",
            Self::InvalidUuid { .. } => "missing_event_uuid",
            Self::DuplicateUuid { .. } => "duplicate_event_uuid",
        }
    }

    /// The header or the field to look at.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::MissingAuthorization => Some("Authorization"),
            Self::MissingHeaders { names } => names.first().copied(),
            Self::InvalidHeader { header, .. } => Some(header),
            Self::UnsupportedContentType { .. } => Some("Content-Type"),
            Self::UnsupportedEncoding { .. } => Some("Content-Encoding"),
            Self::InvalidCreatedAt { .. } => Some("created_at"),
            Self::MissingField { field, .. } => Some(field),
            Self::InvalidUuid { .. } | Self::DuplicateUuid { .. } => Some("uuid"),
        }
    }
}

//! Why one event of a request is let go, while the others are taken.
//!
//! Knows: every such reason, and PostHog's name for it. Must never know: what becomes of the others.

use std::sync::Arc;

use crate::warning::Warning;

/// The longest name and the longest id, in bytes.
pub(super) const MAX_BYTES: usize = 200;

/// Why an event is let go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("event submitted without an event name; send the name in \"event\"")]
    MissingEventName,
    #[error(
        "event name exceeds maximum length: \"event\" has more than {MAX_BYTES} bytes; send a shorter one"
    )]
    EventNameTooLong,
    #[error("$performance_event is not taken")]
    PerformanceEvent,
    #[error("event submitted without a distinct_id; send the visitor's id in \"distinct_id\"")]
    MissingDistinctId,
    #[error(
        "distinct_id exceeds maximum size: it has more than {MAX_BYTES} bytes; send a shorter one"
    )]
    DistinctIdTooLong,
    #[error(
        "distinct_id is a known illegal value: {0:?} is no id of one person; send the visitor's own id"
    )]
    GenericDistinctId(Arc<str>),
    #[error("event submitted with invalid timestamp: {0:?}; send it as 2026-01-31T12:00:00Z")]
    InvalidTimestamp(Arc<str>),
    #[error("event properties is not a JSON object; send an object in \"properties\"")]
    MalformedProperties,
    #[error("the option {0} cannot be read; send a boolean, or leave it out")]
    InvalidOption(&'static str),
}

impl Flaw {
    /// PostHog's name for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingEventName => "missing_event_name",
            Self::EventNameTooLong => "event_name_too_long",
            Self::PerformanceEvent => "dropped_performance_event",
            Self::MissingDistinctId => "missing_distinct_id",
            Self::DistinctIdTooLong => "distinct_id_too_large",
            Self::GenericDistinctId(_) => "malformed_distinct_id",
            Self::InvalidTimestamp(_) => "invalid_event_timestamp",
            Self::MalformedProperties => "malformed_event_properties",
            Self::InvalidOption(_) => "invalid_options",
        }
    }

    /// The field to look at.
    fn field(&self) -> &'static str {
        match self {
            Self::MissingEventName | Self::EventNameTooLong | Self::PerformanceEvent => "event",
            Self::MissingDistinctId | Self::DistinctIdTooLong | Self::GenericDistinctId(_) => {
                "distinct_id"
            }
            Self::InvalidTimestamp(_) => "timestamp",
            Self::MalformedProperties => "properties",
            Self::InvalidOption(_) => "options",
        }
    }

    /// It as the log of refusals keeps it.
    pub fn into_warning(self) -> Warning {
        Warning::EventDropped {
            code: self.code(),
            field: self.field(),
            reason: self.to_string().into(),
        }
    }
}

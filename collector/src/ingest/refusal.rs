//! Why a request is refused.
//!
//! Knows: every reason, its status, and what to do about it. Must never know: who keeps the list.
//! Texts begin with PostHog's own where it has one, since people search for those.

use std::fmt;

use axum::http::StatusCode;

use super::problem::Problem;

/// Why a request cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is no body.
    #[error("request missing data payload: send the events as JSON in the body")]
    EmptyBody,
    /// The body did not arrive whole.
    #[error("failed to read the request body: {cause}; send it again")]
    BodyBroken {
        /// What happened to the connection.
        cause: String,
    },
    /// The body took too long.
    #[error("request timed out: the body did not arrive within {seconds} s; send it again")]
    BodyStalled {
        /// The limit.
        seconds: u64,
    },
    /// The body is larger than the path takes.
    #[error(
        "Failed to buffer the request body: length limit exceeded: this path takes {limit} bytes; send smaller batches"
    )]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body inflates to too much.
    #[error(
        "maximum event size exceeded: the body inflates to more than {limit} bytes; send smaller batches"
    )]
    InflatedTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body is said to be compressed, but is not, or is damaged.
    #[error(
        "failed to decode request: invalid {encoding} data: {cause}; compress the whole body so, or do not name the compression"
    )]
    InvalidCompressed {
        /// How it is said to be compressed.
        encoding: &'static str,
        /// What the decoder says.
        cause: String,
    },
    /// The body is said to be a form, but is none.
    #[error(
        "failed to decode request: expected form data in POST request payload: there is no \"data\" field; send JSON with Content-Type: application/json"
    )]
    NotAForm,
    /// The body is not text.
    #[error(
        "failed to decode request: the body is not UTF-8 (at byte {at}); send JSON as UTF-8, plain or compressed"
    )]
    NotUtf8 {
        /// Where the text ends.
        at: usize,
    },
    /// The body is not JSON.
    #[error("failed to parse request: the body is not JSON: {cause}")]
    NotJson {
        /// What the parser says, with line and column.
        cause: String,
    },
    /// The body is nested too deep.
    #[error(
        "failed to parse request: the body is nested deeper than {limit} levels; flatten the properties"
    )]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// The body is JSON, but no event, list or batch.
    #[error(
        "failed to hydrate events from request: the body is {found}; send one event, an array of events, or {{\"api_key\", \"batch\"}}"
    )]
    NotAnEnvelope {
        /// The type of the body.
        found: &'static str,
    },
    /// The body is JSON, but nothing that can be asked.
    #[error(
        "failed to parse request: the body is {found}; send an object with the environment's key in \"token\""
    )]
    NotAQuestion {
        /// The type of the body.
        found: &'static str,
    },
    /// Nobody is named for whom flags are asked.
    #[error(
        "request submitted without a distinct_id; send the visitor's id, a string or a number, in \"distinct_id\""
    )]
    NobodyNamed,
    /// What stands in the place of an event is none.
    #[error(
        "failed to hydrate events from request: the event is {found}; send each event as an object"
    )]
    NotAnEvent {
        /// The type of what stands there.
        found: &'static str,
    },
    /// There is no event in it.
    #[error("request holds no event: \"batch\" or the array is empty; send at least one event")]
    NoEvent,
    /// All its events are of a kind that is left out.
    #[error("payload empty after filtering invalid event types: $performance_event is not taken")]
    NothingLeft,
    /// A field has the wrong type.
    #[error("failed to hydrate events from request: \"{field}\" is {found}; send {expected}")]
    WrongType {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A field comes twice, perhaps under two names.
    #[error(
        "failed to hydrate events from request: duplicate field \"{field}\": it is there as \"{first}\" and as \"{second}\"; send one of them"
    )]
    DuplicateField {
        /// The field.
        field: &'static str,
        /// Its first name in the request.
        first: String,
        /// Its second.
        second: String,
    },
    /// The event has no name.
    #[error(
        "failed to hydrate events from request: event submitted without a name; send the name as a string in \"event\""
    )]
    MissingEventName,
    /// The event's name is empty.
    #[error("event submitted with an empty event name; send the name as a string in \"event\"")]
    EmptyEventName,
    /// The event's uuid is not one.
    #[error(
        "failed to hydrate events from request: \"uuid\" is not a UUID: \"{value}\"; send a UUID, or leave it out"
    )]
    InvalidUuid {
        /// The beginning of what was sent.
        value: String,
    },
    /// The event has no distinct_id.
    #[error("event submitted without a distinct_id; send the visitor's id in \"distinct_id\"")]
    MissingDistinctId,
    /// The event's distinct_id is empty.
    #[error("event submitted with an empty distinct_id; send the visitor's id in \"distinct_id\"")]
    EmptyDistinctId,
    /// The request has no key.
    #[error("event submitted without an api_key; send the environment's key in \"api_key\"")]
    MissingToken,
    /// The request has more than one key.
    #[error(
        "batch submitted with inconsistent api_key values; send the events of one key in one request"
    )]
    InconsistentTokens,
    /// The key cannot be one.
    #[error("API key is not valid: {flaw}; send the environment's key in \"api_key\"")]
    InvalidToken {
        /// PostHog's word for what is wrong with it.
        flaw: &'static str,
        /// The key as sent.
        token: String,
    },
    /// The key is none of an environment.
    #[error(
        "API key is not known: \"{token}\" is the key of no environment of this collector; send a key from its config file"
    )]
    UnknownToken {
        /// The key as sent.
        token: String,
    },
    /// What only the protocol's first version asks for.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The method is one that the path does not take.
    #[error("method not allowed: send the events by POST")]
    MethodNotAllowed,
}

impl Reason {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingToken
            | Self::InconsistentTokens
            | Self::InvalidToken { .. }
            | Self::UnknownToken { .. } => StatusCode::UNAUTHORIZED,
            Self::BodyTooLarge { .. } | Self::InflatedTooLarge { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::BodyStalled { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Problem(problem) => problem.status(),
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The field to look at, by its name on the wire.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::WrongType { field, .. } | Self::DuplicateField { field, .. } => Some(field),
            Self::MissingEventName | Self::EmptyEventName | Self::NothingLeft => Some("event"),
            Self::InvalidUuid { .. } => Some("uuid"),
            Self::MissingDistinctId | Self::EmptyDistinctId | Self::NobodyNamed => {
                Some("distinct_id")
            }
            Self::MissingToken
            | Self::InconsistentTokens
            | Self::InvalidToken { .. }
            | Self::UnknownToken { .. } => Some("api_key"),
            Self::NoEvent => Some("batch"),
            Self::Problem(problem) => problem.field(),
            Self::InvalidCompressed { .. } => Some("compression"),
            Self::NotAForm => Some("data"),
            _ => None,
        }
    }
}

/// How much of what was sent a message repeats, in characters.
const QUOTED_CHARS: usize = 60;

/// The beginning of what was sent, as a message repeats it.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARS).collect()
}

/// The event a refusal is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its place in the request, from 0.
    pub index: usize,
    /// Its name, where it has a readable one.
    pub event: Option<String>,
}

/// A reason, with the event it was found at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// Where, if one event is to blame.
    pub place: Option<Place>,
    /// Under which id, if that event has a readable one.
    pub distinct_id: Option<String>,
}

impl Refusal {
    /// A refusal for an event.
    pub fn at(reason: Reason, place: Place) -> Self {
        Self {
            reason,
            place: Some(place),
            distinct_id: None,
        }
    }

    /// The same for an event under this id.
    pub fn under(self, distinct_id: Option<String>) -> Self {
        Self {
            distinct_id,
            ..self
        }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            place: None,
            distinct_id: None,
        }
    }
}

/// The text of the answer: the reason, then the event and the field.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        if let Some(place) = &self.place {
            write!(f, " (event {}", place.index)?;
            if let Some(event) = &place.event {
                write!(f, ", {event:?}")?;
            }
            if let Some(field) = self.reason.field() {
                write!(f, ", field \"{field}\"")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_begins_with_posthogs_text_and_names_event_and_field() {
        let place = Place {
            index: 3,
            event: Some("pageview".to_owned()),
        };
        let text = Refusal::at(Reason::MissingDistinctId, place).to_string();
        assert!(
            text.starts_with("event submitted without a distinct_id"),
            "{text}"
        );
        assert!(
            text.ends_with("(event 3, \"pageview\", field \"distinct_id\")"),
            "{text}"
        );
    }
}

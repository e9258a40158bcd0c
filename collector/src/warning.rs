//! What happened to an event that was accepted, other than storing it as it came.
//!
//! Knows: PostHog's warning codes, and the words for them. Must never know: who shows them.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A warning on an event. `code` is PostHog's name for it where PostHog has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Warning {
    /// The merge was refused: the person to be merged away is already identified.
    #[error(
        "\"{other}\" was not merged into \"{into}\": its person is already identified, and only $merge_dangerously merges identified persons"
    )]
    CannotMergeAlreadyIdentified {
        /// The id whose person would have been merged away.
        other: Arc<str>,
        /// The id whose person would have stayed.
        into: Arc<str>,
    },
    /// The merge was refused: one of the ids is one that many visitors share by mistake.
    #[error(
        "\"{other}\" was not merged into \"{into}\": \"{illegal}\" is no id of one person; send the user's own id"
    )]
    CannotMergeWithIllegalDistinctId {
        /// The id that is not legal.
        illegal: Arc<str>,
        /// The id whose person would have been merged away.
        other: Arc<str>,
        /// The id whose person would have stayed.
        into: Arc<str>,
    },
    /// `$process_person_profile` is no boolean and counts as true.
    #[error("$process_person_profile is not a boolean and counts as true; send true or false")]
    InvalidProcessPersonProfile,
    /// The event needs a person, but persons are switched off for it: it is dropped.
    #[error(
        "{event} was dropped: it needs a person, but its $process_person_profile or the environment's person_processing is false"
    )]
    InvalidEventWhenProcessPersonProfileIsFalse {
        /// The event's name.
        event: Arc<str>,
    },
    /// The client itself warns of something; its warning is all the event there is.
    #[error("the client warns: {message}")]
    ClientIngestionWarning {
        /// Its words.
        message: Arc<str>,
    },
    /// The event would have made the person's properties too large: they stay as they were.
    #[error(
        "the person's properties were left as they are: they would take {size} bytes, and {limit} is the most; set fewer or shorter ones"
    )]
    PersonPropertiesSizeViolation {
        /// What they would take.
        size: usize,
        /// The most they may take.
        limit: usize,
    },
    /// `$group_key` has more than 400 characters.
    #[error(
        "$group_key has more than 400 characters, so that there is no such group; send a shorter one"
    )]
    GroupKeyTooLong,
    /// A time could not be read.
    #[error(
        "{field} \"{value}\" is not a time and was ignored; send ISO 8601, as 2026-01-31T12:00:00.000Z"
    )]
    IgnoredInvalidTimestamp {
        /// `timestamp` or `sent_at`.
        field: &'static str,
        /// The beginning of what was sent.
        value: Arc<str>,
    },
    /// The request says when it was sent under a name that PostHog does not read.
    #[error(
        "sentAt \"{value}\" was ignored, and the timestamps were not corrected by it; send it as sent_at"
    )]
    IgnoredSentAtAlias {
        /// The beginning of what was sent.
        value: Arc<str>,
    },
    /// An event was let go while the rest of its request was taken.
    #[error("the event was dropped: {reason}")]
    EventDropped {
        /// PostHog's name for why.
        code: &'static str,
        /// The field to look at.
        field: &'static str,
        /// Why, and what to do about it.
        reason: Arc<str>,
    },
    /// The distinct_id was cut to 200 characters.
    #[error("distinct_id was cut to 200 characters; ids that differ only after that fall together")]
    DistinctIdTruncated,
    /// The event's name was cut to 200 characters.
    #[error("event was cut to 200 characters")]
    EventNameTruncated,
}

impl Warning {
    /// The name scripts go by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CannotMergeAlreadyIdentified { .. } => "cannot_merge_already_identified",
            Self::CannotMergeWithIllegalDistinctId { .. } => {
                "cannot_merge_with_illegal_distinct_id"
            }
            Self::InvalidProcessPersonProfile => "invalid_process_person_profile",
            Self::InvalidEventWhenProcessPersonProfileIsFalse { .. } => {
                "invalid_event_when_process_person_profile_is_false"
            }
            Self::ClientIngestionWarning { .. } => "client_ingestion_warning",
            Self::PersonPropertiesSizeViolation { .. } => "person_properties_size_violation",
            Self::GroupKeyTooLong => "group_key_too_long",
            Self::IgnoredInvalidTimestamp { .. } => "ignored_invalid_timestamp",
            Self::IgnoredSentAtAlias { .. } => "ignored_sent_at_alias",
            Self::EventDropped { code, .. } => code,
            Self::DistinctIdTruncated => "distinct_id_truncated",
            Self::EventNameTruncated => "event_name_truncated",
        }
    }
}

impl Warning {
    /// The field to look at, by its name on the wire.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::InvalidProcessPersonProfile
            | Self::InvalidEventWhenProcessPersonProfileIsFalse { .. } => {
                Some("$process_person_profile")
            }
            Self::IgnoredInvalidTimestamp { field, .. } | Self::EventDropped { field, .. } => {
                Some(field)
            }
            Self::IgnoredSentAtAlias { .. } => Some("sentAt"),
            Self::DistinctIdTruncated => Some("distinct_id"),
            Self::EventNameTruncated => Some("event"),
            Self::GroupKeyTooLong => Some("$group_key"),
            Self::ClientIngestionWarning { .. } => Some("$$client_ingestion_warning_message"),
            Self::PersonPropertiesSizeViolation { .. } => Some("$set"),
            Self::CannotMergeAlreadyIdentified { .. }
            | Self::CannotMergeWithIllegalDistinctId { .. } => None,
        }
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut warning = serializer.serialize_struct("Warning", 2)?;
        warning.serialize_field("code", self.code())?;
        warning.serialize_field("message", &self.to_string())?;
        warning.end()
    }
}

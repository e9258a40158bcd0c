//! When a request was sent, and what its events are told about that.
//!
//! Knows: where a request says it, and where PostHog does not look. Must never know: what is done to
//! an event's time.

use super::Request;
use super::envelope::Envelope;
use super::refusal::quoted;
use super::time::{self, Sent};
use crate::event::Event;
use crate::instant::UnixMillis;
use crate::json::{JsonText, Object};
use crate::warning::Warning;

/// When a request was sent.
pub(super) struct Sending {
    /// By both clocks.
    pub sent: Sent,
    /// `sent_at` is no time.
    invalid: Option<Warning>,
    /// `sentAt` was not read, and would have made a difference.
    ignored: Option<Warning>,
}

impl Sending {
    /// What a request says: `sent_at` of a batch, else `_` of the query.
    pub fn of(envelope: &Envelope<'_>, request: &Request) -> Self {
        let mut sending = Self {
            sent: Sent {
                now: request.now,
                at: request.hints.sent_at,
            },
            invalid: None,
            ignored: None,
        };
        if let Some(text) = &envelope.sent_at {
            sending.sent.at = UnixMillis::parse(text);
            if sending.sent.at.is_none() {
                sending.invalid = Some(invalid_time("sent_at", text));
            }
        }
        sending.ignored = ignored_alias(envelope, &sending.sent);
        sending
    }

    /// Tells an event what concerns it.
    pub fn warn(&self, object: &Object, event: &mut Event) {
        event.warnings.extend(self.invalid.clone());
        if self.ignored.is_some() && is_moved_by_sent_at(object, event) {
            event.warnings.extend(self.ignored.clone());
        }
    }
}

fn ignored_alias(envelope: &Envelope<'_>, sent: &Sent) -> Option<Warning> {
    let alias = envelope.sent_at_alias.filter(|_| sent.at.is_none())?;
    let text = JsonText::from_raw(alias).as_string()?;
    let moment = UnixMillis::parse(&text)?;
    time::is_skewed(moment, sent.now).then(|| Warning::IgnoredSentAtAlias {
        value: quoted(&text).into(),
    })
}

/// Whether a time of sending moves an event: one that has a timestamp and does not say otherwise.
fn is_moved_by_sent_at(object: &Object, event: &Event) -> bool {
    let is_there = |name| object.get(name).is_some_and(|value| !value.is_null());
    is_there("timestamp") && !is_there("offset") && !ignores_sent_at(&event.properties)
}

/// Whether an event's timestamp is to be taken as it is.
pub(super) fn ignores_sent_at(properties: &Object) -> bool {
    properties
        .get("$ignore_sent_at")
        .is_some_and(|value| value.as_str() == "true")
}

/// The warning that a field is no time.
pub(super) fn invalid_time(field: &'static str, value: &str) -> Warning {
    Warning::IgnoredInvalidTimestamp {
        field,
        value: quoted(value).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::envelope::open;
    use super::super::fields::read_all;
    use super::super::hints::Hints;
    use super::*;

    fn event(text: &str) -> Event {
        let request = Request {
            now: UnixMillis(1_700_000_000_000),
            ip: None,
            hints: Hints::default(),
        };
        read_all(&open(text).unwrap(), &request).unwrap().remove(0)
    }

    #[test]
    fn a_sent_at_that_is_not_read_is_told_where_it_matters() {
        let batch = |beside: &str, event: &str| {
            let text = format!(
                r#"{{"api_key":"k",{beside},"batch":[{{"event":"e","distinct_id":"u",{event}}}]}}"#
            );
            self::event(&text)
        };
        let timestamp = r#""timestamp":"2023-11-14T21:00:00Z""#;
        let hour_late = r#""sentAt":"2023-11-14T21:13:20+00:00""#;
        let event = batch(hour_late, timestamp);
        assert_eq!(
            event.timestamp,
            UnixMillis::parse("2023-11-14T21:00:00Z").unwrap()
        );
        assert_eq!(event.sent_at, None);
        let codes: Vec<&str> = event.warnings.iter().map(Warning::code).collect();
        assert_eq!(codes, ["ignored_sent_at_alias"]);

        for (beside, event) in [
            (r#""sentAt":"2023-11-14T22:12:30Z""#, timestamp),
            (r#""sentAt":"soon""#, timestamp),
            (r#""sentAt":{}"#, timestamp),
            (
                r#""sent_at":"2023-11-14T22:13:20Z","sentAt":"2023-11-14T21:13:20Z""#,
                timestamp,
            ),
            (hour_late, r#""properties":{}"#),
            (
                hour_late,
                r#""timestamp":"2023-11-14T21:00:00Z","offset":1"#,
            ),
            (
                hour_late,
                r#""timestamp":"2023-11-14T21:00:00Z","properties":{"$ignore_sent_at":true}"#,
            ),
        ] {
            assert_eq!(batch(beside, event).warnings, [], "{beside} {event}");
        }
    }
}

//! When an event happened.
//!
//! Knows: PostHog's rules for clocks that are off. Must never know: the time now, which comes in.

use crate::instant::UnixMillis;

/// An event further ahead than this is taken to be of now (PostHog: 23 hours).
const MAX_AHEAD_MILLIS: i64 = 23 * 60 * 60 * 1000;

/// The first moment that a `_` of the query may name: 2020.
const EARLIEST_SENT_AT: UnixMillis = UnixMillis(1_577_836_800_000);

/// The first moment of the year 0, and the last of 9999.
const CALENDAR: std::ops::RangeInclusive<UnixMillis> =
    UnixMillis(-62_167_219_200_000)..=UnixMillis(253_402_300_799_999);

/// How far a clock may be off without a word, in milliseconds.
const SMALL_SKEW_MILLIS: u64 = 60 * 1000;

/// When a request was sent, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// The collector's clock at its arrival.
    pub now: UnixMillis,
    /// The client's clock at its departure.
    pub at: Option<UnixMillis>,
}

/// The moment of an event. `offset` (ms before now) overrides the timestamp; a timestamp is moved
/// by as much as the client's clock is off; what lies too far ahead is now; what no calendar holds
/// is the epoch.
pub(super) fn of_event(
    timestamp: Option<UnixMillis>,
    offset: Option<i64>,
    sent: &Sent,
) -> UnixMillis {
    let moment = match (offset, timestamp) {
        (Some(millis), _) => sent.now.plus(millis.saturating_neg()),
        (None, Some(timestamp)) => {
            let skew = sent.at.map_or(0, |at| at.since(sent.now));
            timestamp.plus(skew.saturating_neg())
        }
        (None, None) => sent.now,
    };
    if moment.since(sent.now) > MAX_AHEAD_MILLIS {
        sent.now
    } else if CALENDAR.contains(&moment) {
        moment
    } else {
        UnixMillis(0)
    }
}

/// Whether a request's `sentAt` tells of a clock that is off by more than a minute.
pub(super) fn is_skewed(sent_at_alias: UnixMillis, now: UnixMillis) -> bool {
    sent_at_alias.since(now).unsigned_abs() > SMALL_SKEW_MILLIS
}

/// Reads `_` of the query: milliseconds since 1970, after 2020. Anything else is a cache buster.
pub(super) fn parse_query(text: &str) -> Option<UnixMillis> {
    let moment = UnixMillis(text.parse().ok()?);
    (moment >= EARLIEST_SENT_AT && CALENDAR.contains(&moment)).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    #[test]
    fn a_constant_offset_of_the_clock_is_corrected() {
        let sent = Sent {
            now: NOW,
            at: Some(NOW.plus(60_000)),
        };
        assert_eq!(
            of_event(Some(NOW.plus(59_000)), None, &sent),
            NOW.plus(-1000)
        );
        assert_eq!(
            of_event(Some(NOW.plus(-500)), None, &Sent { now: NOW, at: None }),
            NOW.plus(-500)
        );
        assert_eq!(of_event(None, None, &sent), NOW);
    }

    #[test]
    fn offset_overrides_the_timestamp() {
        let sent = Sent {
            now: NOW,
            at: Some(NOW.plus(60_000)),
        };
        assert_eq!(of_event(Some(NOW), Some(2500), &sent), NOW.plus(-2500));
        assert_eq!(of_event(None, Some(i64::MIN), &sent), NOW);
        assert_eq!(of_event(None, Some(i64::MAX), &sent), UnixMillis(0));
    }

    #[test]
    fn far_ahead_is_now_and_beyond_the_calendar_is_the_epoch() {
        let sent = Sent { now: NOW, at: None };
        let ahead = |millis| of_event(Some(NOW.plus(millis)), None, &sent);
        assert_eq!(ahead(MAX_AHEAD_MILLIS), NOW.plus(MAX_AHEAD_MILLIS));
        assert_eq!(ahead(MAX_AHEAD_MILLIS + 1), NOW);
        assert_eq!(
            of_event(UnixMillis::parse("-000001-01-01T00:00:00Z"), None, &sent),
            UnixMillis(0)
        );
        assert_eq!(
            of_event(UnixMillis::parse("0000-01-01T00:00:00Z"), None, &sent),
            *CALENDAR.start()
        );
    }

    #[test]
    fn a_minute_is_a_small_skew() {
        for (skew, is_large) in [
            (60_000, false),
            (-60_000, false),
            (60_001, true),
            (-60_001, true),
        ] {
            assert_eq!(is_skewed(NOW.plus(skew), NOW), is_large, "{skew}");
        }
    }

    #[test]
    fn the_query_names_milliseconds_after_2020() {
        assert_eq!(parse_query("1700000000000"), Some(NOW));
        assert_eq!(parse_query("1577836799999"), None);
        assert_eq!(parse_query("x"), None);
    }
}

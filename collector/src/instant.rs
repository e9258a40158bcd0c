//! A moment, in milliseconds since 1970 (UTC).
//!
//! Knows: how a moment is written, in all forms that clients use. Must never know: what time it is now, which callers pass in.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

/// A moment in milliseconds since the Unix epoch, UTC. Negative before 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// This moment plus so many milliseconds, held at the ends of the range.
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Reads a time in one of the forms that PostHog reads: ISO 8601 with an offset or without (then
    /// UTC), a date alone, dates with slashes, RFC 2822, and a number of seconds, milliseconds or
    /// nanoseconds since 1970.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let timestamp = text
            .parse::<Timestamp>()
            .ok()
            .or_else(|| parse_number(text))
            .or_else(|| utc(text.parse::<DateTime>().ok()?))
            .or_else(|| utc(parse_slashes(text)?))
            .or_else(|| rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))?;
        Some(timestamp.into())
    }

    /// Milliseconds from `earlier` to this moment, held at the ends of the range.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

fn utc(moment: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(moment).ok()
}

/// The number of digits tells the unit: up to 10 are seconds, up to 13 milliseconds.
fn parse_number(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if digits.len() < 5 || !is_number(digits) || !is_number(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match digits.len() {
        ..=10 => {
            let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
            let millis = if number < 0 { -millis } else { millis };
            Timestamp::from_millisecond(number.checked_mul(1000)?.checked_add(millis)?).ok()
        }
        11..=13 => Timestamp::from_millisecond(number).ok(),
        _ => Timestamp::from_nanosecond(number.into()).ok(),
    }
}

fn parse_slashes(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let parse_date = |format| Date::strptime(format, date).ok();
    let date = parse_date("%Y/%m/%d").or_else(|| parse_date("%m/%d/%Y"))?;
    let time = strtime::parse("%H:%M:%S%.f", time)
        .or_else(|_| strtime::parse("%H:%M", time))
        .ok()?;
    Some(date.to_datetime(time.to_time().ok()?))
}

impl From<Timestamp> for UnixMillis {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }
}

/// ISO 8601 in UTC with milliseconds, as `2026-01-31T12:00:00.000Z`. A moment that no calendar
/// holds is written as the epoch; ingestion stores none.
impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        write!(f, "{timestamp:.3}")
    }
}

impl serde::Serialize for UnixMillis {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for UnixMillis {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format_args!("\"{text}\" is not a time"));
        Self::parse(&text).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_always_written() {
        assert_eq!(UnixMillis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            UnixMillis(1_700_000_000_120).to_string(),
            "2023-11-14T22:13:20.120Z"
        );
        assert_eq!(UnixMillis(-1).to_string(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn all_forms_of_a_time_are_read() {
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20.000Z",
            "2023-11-14T22:13:20+00:00",
            "2023-11-15T01:13:20+03",
            "2023-11-15T01:13:20+0300",
            "2023-11-14 22:13:20",
            "2023-11-14T22:13:20",
            "2023/11/14 22:13:20",
            "11/14/2023 22:13:20",
            "Tue, 14 Nov 2023 22:13:20 +0000",
            "Tue, 14 Nov 2023 22:13:20 GMT",
            "1700000000",
            "1700000000.000",
            "1700000000000",
            "1700000000000000000",
        ] {
            assert_eq!(
                UnixMillis::parse(text),
                Some(UnixMillis(1_700_000_000_000)),
                "{text}"
            );
        }
        assert_eq!(
            UnixMillis::parse("2023-11-14"),
            Some(UnixMillis(1_699_920_000_000))
        );
        assert_eq!(
            UnixMillis::parse("2023/11/14"),
            Some(UnixMillis(1_699_920_000_000))
        );
        for text in [
            "",
            "now",
            "2023",
            "2023-13-01",
            "1700000000000000000000",
            "-",
            "1.2.3",
        ] {
            assert_eq!(UnixMillis::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_ends_of_the_range_hold() {
        assert_eq!(UnixMillis(i64::MAX).plus(1), UnixMillis(i64::MAX));
        assert_eq!(UnixMillis(i64::MIN).since(UnixMillis(1)), i64::MIN);
    }
}

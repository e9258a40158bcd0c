//! Parameters of a query string.
//!
//! Knows: how to read them, and that one that is unknown or not right is an error that names it: a
//! filter with a typo must not show everything. Must never know: which route they are for.

use std::borrow::Cow;
use std::time::Duration;

use uuid::Uuid;

use super::error::ApiError;
use crate::instant::UnixMillis;

/// The most that one page of a list holds.
const MAX_LIMIT: usize = 1_000;

/// The longest wait, in seconds.
const MAX_SECONDS: f64 = 60.0;

/// One parameter.
pub(super) struct Parameter<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    value: Cow<'a, str>,
}

/// The parameters of a query string in order. Empty ones count as not there, as a form sends them.
pub(super) fn parameters(query: Option<&str>) -> impl Iterator<Item = Parameter<'_>> {
    form_urlencoded::parse(query.unwrap_or("").as_bytes())
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| Parameter { name, value })
}

/// Takes no parameter at all: what changes something is never changed in part by one that is not
/// looked at.
pub(super) fn none(query: Option<&str>) -> Result<(), ApiError> {
    match parameters(query).next() {
        Some(parameter) => Err(parameter.unknown("none")),
        None => Ok(()),
    }
}

impl Parameter<'_> {
    /// As text.
    pub fn text(&self) -> String {
        self.value.clone().into_owned()
    }

    /// As a moment.
    pub fn moment(&self) -> Result<UnixMillis, ApiError> {
        UnixMillis::parse(&self.value).ok_or_else(|| {
            self.wrong(
                "a time in ISO 8601",
                "2026-01-31T12:00:00.000Z (an offset's + as %2B)",
            )
        })
    }

    /// As a uuid.
    pub fn uuid(&self) -> Result<Uuid, ApiError> {
        let wrong = || {
            self.wrong(
                "a uuid",
                "one that an answer gave, as 018f2f8e-4b1c-7c3a-9f00-0123456789ab",
            )
        };
        Uuid::try_parse(&self.value).map_err(|_| wrong())
    }

    /// As a truth value.
    pub fn flag(&self) -> Result<bool, ApiError> {
        match &*self.value {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(self.wrong("true or false", "true")),
        }
    }

    /// As a number of rows: the size of a page, or how many to wait for.
    pub fn limit(&self) -> Result<usize, ApiError> {
        self.number(1..=MAX_LIMIT, "a number from 1 to 1000")
    }

    /// As a number of these, which `expected` names.
    pub fn number<T: std::str::FromStr + PartialOrd>(
        &self,
        range: std::ops::RangeInclusive<T>,
        expected: &'static str,
    ) -> Result<T, ApiError> {
        let number = self
            .value
            .parse()
            .ok()
            .filter(|number| range.contains(number));
        number.ok_or_else(|| self.wrong(expected, "100"))
    }

    /// As a length of time in seconds, at most 60.
    pub fn seconds(&self) -> Result<Duration, ApiError> {
        let seconds: Option<f64> = self.value.parse().ok();
        let seconds = seconds.filter(|seconds| (0.0..=MAX_SECONDS).contains(seconds));
        seconds
            .map(Duration::from_secs_f64)
            .ok_or_else(|| self.wrong("a number of seconds from 0 to 60", "2.5"))
    }

    /// As the cursor of a page.
    pub fn cursor(&self) -> Result<i64, ApiError> {
        let cursor = self.value.parse().ok().filter(|cursor| *cursor >= 0);
        cursor.ok_or_else(|| {
            self.wrong(
                "the \"next\" of the page before",
                "that number, or leave it out",
            )
        })
    }

    /// As the sequence number of an event.
    pub fn seq(&self) -> Result<i64, ApiError> {
        let seq = self.value.parse().ok().filter(|seq| *seq >= 0);
        seq.ok_or_else(|| self.wrong("a sequence number", "the \"seq\" of an event"))
    }

    /// As unknown.
    pub fn unknown(&self, known: &'static str) -> ApiError {
        ApiError::UnknownParameter {
            field: self.name.clone().into_owned(),
            known,
        }
    }

    /// As not right.
    pub fn wrong(&self, expected: &'static str, example: &'static str) -> ApiError {
        ApiError::Parameter {
            field: self.name.clone().into_owned(),
            expected,
            example,
        }
    }
}

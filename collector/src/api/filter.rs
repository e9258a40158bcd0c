//! The filter of events in a query string.
//!
//! Knows: which parameters a filter has. Must never know: what is done with it.

use super::error::ApiError;
use super::parameters::{Parameter, parameters};
use crate::query::{EventFilter, EventStatus, MAX_TEXT, TextPattern};

/// Reads a filter; `other` takes the parameters that are none of its own.
pub(super) fn filter(
    query: Option<&str>,
    mut other: impl FnMut(&mut EventFilter, &Parameter<'_>) -> Result<(), ApiError>,
) -> Result<EventFilter, ApiError> {
    let mut filter = EventFilter::default();
    for parameter in parameters(query) {
        match &*parameter.name {
            "event" => filter.names.push(parameter.text()),
            "person" => filter.person = Some(parameter.uuid()?),
            "distinct_id" => filter.distinct_id = Some(parameter.text()),
            "after" => filter.after = Some(parameter.moment()?),
            "before" => filter.before = Some(parameter.moment()?),
            "internal" => filter.internal = parameter.flag()?,
            _ => other(&mut filter, &parameter)?,
        }
    }
    Ok(filter)
}

/// As the text to search for.
pub(super) fn text(parameter: &Parameter<'_>) -> Result<TextPattern, ApiError> {
    const { assert!(MAX_TEXT == 500, "the message below says so") };
    TextPattern::new(&parameter.text())
        .ok_or_else(|| parameter.wrong("a text of at most 500 characters", "a part of it"))
}

/// As a status of events.
pub(super) fn status(parameter: &Parameter<'_>) -> Result<EventStatus, ApiError> {
    match &*parameter.text() {
        "ok" => Ok(EventStatus::Ok),
        "warning" => Ok(EventStatus::Warning),
        _ => Err(parameter.wrong("ok or warning", "warning")),
    }
}

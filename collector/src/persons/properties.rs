//! What an event does to person properties.
//!
//! Knows: `$set`, `$set_once`, `$unset`, and which changes are worth writing down (PostHog's
//! person-update). Must never know: the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::PersonEvent;
use crate::json::JsonText;
use crate::warning::Warning;

/// A person's properties by name. Ordered, so that equal persons are equal values.
pub type PersonProperties = BTreeMap<Arc<str>, JsonText>;

/// Events that go past persons: they come out of order with the others.
const NEVER_CHANGE: [&str; 2] = ["$exception", "$$heatmap"];

/// Events that are about the person, so that even a volatile property counts.
const ABOUT_THE_PERSON: [&str; 4] = ["$identify", "$create_alias", "$merge_dangerously", "$set"];

/// Properties that change from page to page. A change of these alone is shown on the event but not
/// written to the person (PostHog's `FILTERED_PERSON_UPDATE_PROPERTIES`).
const VOLATILE: [&str; 31] = [
    "$browser",
    "$browser_version",
    "$current_url",
    "$device_type",
    "$geoip_accuracy_radius",
    "$geoip_city_confidence",
    "$geoip_country_confidence",
    "$geoip_latitude",
    "$geoip_longitude",
    "$geoip_postal_code",
    "$geoip_postal_code_confidence",
    "$geoip_subdivision_1_code",
    "$geoip_subdivision_1_confidence",
    "$geoip_subdivision_1_name",
    "$geoip_subdivision_2_code",
    "$geoip_subdivision_2_confidence",
    "$geoip_subdivision_2_name",
    "$geoip_subdivision_3_code",
    "$geoip_subdivision_3_name",
    "$geoip_time_zone",
    "$os",
    "$os_name",
    "$os_version",
    "$pathname",
    "$raw_user_agent",
    "$referrer",
    "$referring_domain",
    "$screen_height",
    "$screen_width",
    "$viewport_height",
    "$viewport_width",
];

/// The most that a person's properties may take as JSON, in bytes (PostHog: 640 KiB).
const SIZE_LIMIT: usize = 640 * 1024;

/// Whether a person may have these properties.
pub(super) fn check(properties: &PersonProperties) -> Result<(), Warning> {
    // Two quotes, a colon and a comma each.
    let size = properties
        .iter()
        .map(|(key, value)| key.len() + value.as_str().len() + 4)
        .sum();
    if size > SIZE_LIMIT {
        return Err(Warning::PersonPropertiesSizeViolation {
            size,
            limit: SIZE_LIMIT,
        });
    }
    Ok(())
}

/// The properties after an event.
pub(super) struct Change {
    /// As the event shows them.
    pub properties: Arc<PersonProperties>,
    /// Whether the person is to have them too.
    pub is_written: bool,
}

/// Applies an event to a person's properties. What would make them too large is left out.
pub(super) fn change(
    event: &PersonEvent,
    before: &Arc<PersonProperties>,
    warnings: &mut Vec<Warning>,
) -> Change {
    let change = applied(event, before);
    if change.is_written
        && let Err(warning) = check(&change.properties)
    {
        warnings.push(warning);
        return Change {
            properties: Arc::clone(before),
            is_written: false,
        };
    }
    change
}

fn applied(event: &PersonEvent, before: &Arc<PersonProperties>) -> Change {
    let mut change = Change {
        properties: Arc::clone(before),
        is_written: false,
    };
    if NEVER_CHANGE.contains(&&*event.name) {
        return change;
    }
    let about_the_person = ABOUT_THE_PERSON.contains(&&*event.name);

    for (key, value) in &event.set_once {
        if !before.contains_key(key) {
            Arc::make_mut(&mut change.properties).insert(Arc::clone(key), value.clone());
            change.is_written = true;
        }
    }
    for (key, value) in &event.set {
        let old = before.get(key);
        if old != Some(value) {
            Arc::make_mut(&mut change.properties).insert(Arc::clone(key), value.clone());
            change.is_written |= old.is_none() || about_the_person || !VOLATILE.contains(&&**key);
        }
    }
    for key in &event.unset {
        if before.contains_key(key) {
            Arc::make_mut(&mut change.properties).remove(key);
            change.is_written = true;
        }
    }
    change
}

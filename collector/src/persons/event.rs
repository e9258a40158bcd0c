//! What an event says about persons.
//!
//! Knows: which properties of an event speak of its person. Must never know: persons as they are
//! stored.

use std::sync::{Arc, LazyLock};

use uuid::Uuid;

use crate::event::bounded;
use crate::instant::UnixMillis;
use crate::json::{JsonText, Object};

/// Web and mobile properties that are copied from an event to its person (PostHog's
/// `eventToPersonProperties`), as `$set` and, under `$initial_…`, as `$set_once`.
const COPIED_TO_PERSON: [&str; 44] = [
    "$app_build",
    "$app_name",
    "$app_namespace",
    "$app_version",
    "$browser",
    "$browser_version",
    "$device_type",
    "$current_url",
    "$pathname",
    "$os",
    "$os_name",
    "$os_version",
    "$referring_domain",
    "$referrer",
    "$screen_height",
    "$screen_width",
    "$viewport_height",
    "$viewport_width",
    "$raw_user_agent",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_name",
    "utm_term",
    "gclid",
    "gad_source",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
    "twclid",
    "li_fat_id",
    "mc_cid",
    "igshid",
    "ttclid",
    "rdt_cid",
    "irclid",
    "_kx",
    "epik",
    "qclid",
    "sccid",
];

/// The longest key of a group, in characters (PostHog: 400).
const MAX_GROUP_KEY: usize = 400;

/// The keys under which those properties are copied, made once: every event needs them.
static COPIED_AS: LazyLock<Vec<(&str, CopiedAs)>> = LazyLock::new(|| {
    let keys = |name: &'static str| {
        let initial = format!("$initial_{}", name.trim_start_matches('$'));
        let keys = CopiedAs {
            set: name.into(),
            set_once: initial.into(),
        };
        (name, keys)
    };
    COPIED_TO_PERSON.into_iter().map(keys).collect()
});

/// The two keys of a copied property.
struct CopiedAs {
    set: Arc<str>,
    set_once: Arc<str>,
}

/// What an event says of itself under `$process_person_profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProfileFlag {
    /// True, or not said.
    Yes,
    /// False: no person is to be made or changed.
    No,
    /// No boolean; counts as true, with a warning.
    Invalid,
}

/// The part of an event that the person rules read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PersonEvent {
    /// The event's uuid; kept at the person it makes.
    pub uuid: Uuid,
    /// The event's name.
    pub name: Arc<str>,
    /// The id it was captured under.
    pub distinct_id: Arc<str>,
    /// When it happened.
    pub timestamp: UnixMillis,
    /// Whether it may touch persons.
    pub profile: ProfileFlag,
    /// What the client warns of, if the event is nothing but a warning.
    pub client_warning: Option<Arc<str>>,
    /// Whether it is of a group whose key no group can have.
    pub has_long_group_key: bool,
    /// The other id that it asks to link with its own.
    pub link: Option<Arc<str>>,
    /// Whether that id was cut, as the event's own would be.
    pub link_was_cut: bool,
    /// Properties to set.
    pub set: Vec<(Arc<str>, JsonText)>,
    /// Properties to set where there is none.
    pub set_once: Vec<(Arc<str>, JsonText)>,
    /// Properties to remove.
    pub unset: Vec<Arc<str>>,
}

impl PersonEvent {
    /// Reads what an event's properties say about its person.
    pub fn new(
        uuid: Uuid,
        name: &Arc<str>,
        distinct_id: &Arc<str>,
        timestamp: UnixMillis,
        properties: &Object,
    ) -> Self {
        let link = link(name, properties).map(|other| bounded(&other));
        let mut event = Self {
            uuid,
            name: Arc::clone(name),
            distinct_id: Arc::clone(distinct_id),
            timestamp,
            profile: match properties
                .get("$process_person_profile")
                .map(JsonText::as_str)
            {
                None | Some("true") => ProfileFlag::Yes,
                Some("false") => ProfileFlag::No,
                Some(_) => ProfileFlag::Invalid,
            },
            client_warning: client_warning(name, properties),
            has_long_group_key: has_long_group_key(name, properties),
            link_was_cut: link.as_ref().is_some_and(|(_, was_cut)| *was_cut),
            link: link.map(|(other, _)| other),
            set: Vec::new(),
            set_once: Vec::new(),
            unset: Vec::new(),
        };
        // A group's properties are no person's.
        if &**name != "$groupidentify" {
            event.set = entries(properties.get("$set"));
            event.set_once = entries(properties.get("$set_once"));
            event.unset = unset(properties.get("$unset"));
            event.copy_from(properties);
        }
        event
    }

    /// Whether the event has no meaning without a person.
    pub fn needs_person(&self) -> bool {
        matches!(
            &*self.name,
            "$identify" | "$create_alias" | "$merge_dangerously" | "$groupidentify"
        )
    }

    /// Whether the event may merge away identified persons.
    pub fn merges_dangerously(&self) -> bool {
        &*self.name == "$merge_dangerously"
    }

    /// Adds the properties that PostHog copies from every event; what the event sets itself wins.
    fn copy_from(&mut self, properties: &Object) {
        // A server's operating system is not its user's.
        let is_server = properties
            .get("$is_server")
            .is_some_and(|value| value.as_str() == "true");
        for (name, keys) in COPIED_AS.iter() {
            let Some(value) = properties.get(name) else {
                continue;
            };
            if value.is_null() || (is_server && matches!(*name, "$os" | "$os_version")) {
                continue;
            }
            add(&mut self.set, &keys.set, value);
            add(&mut self.set_once, &keys.set_once, value);
        }
    }
}

/// The message of an event by which a client's library warns of what the client did.
fn client_warning(name: &str, properties: &Object) -> Option<Arc<str>> {
    if name != "$$client_ingestion_warning" {
        return None;
    }
    let message = properties.get("$$client_ingestion_warning_message");
    let message = message.map_or_else(String::new, JsonText::to_js_string);
    Some(bounded(&message).0)
}

fn has_long_group_key(name: &str, properties: &Object) -> bool {
    let key = properties
        .get("$group_key")
        .filter(|_| name == "$groupidentify");
    key.is_some_and(|key| key.to_js_string().chars().count() > MAX_GROUP_KEY)
}

/// The other id: `$anon_distinct_id` of `$identify`, `alias` of the other two. PostHog takes the
/// first whenever the key is there, the second only if it is truthy.
fn link(name: &str, properties: &Object) -> Option<String> {
    let other = match name {
        "$identify" => properties.get("$anon_distinct_id")?,
        "$create_alias" | "$merge_dangerously" => {
            properties.get("alias").filter(|alias| alias.is_truthy())?
        }
        _ => return None,
    };
    Some(other.to_js_string())
}

fn entries(value: Option<&JsonText>) -> Vec<(Arc<str>, JsonText)> {
    let object = value.and_then(JsonText::as_object).unwrap_or_default();
    object
        .iter()
        .map(|(key, value)| (Arc::clone(key), value.clone()))
        .collect()
}

/// The names to remove: the strings of a list, or the keys of an object.
fn unset(value: Option<&JsonText>) -> Vec<Arc<str>> {
    let Some(value) = value else {
        return Vec::new();
    };
    match value.as_array() {
        Some(names) => names
            .iter()
            .filter_map(JsonText::as_string)
            .map(Arc::from)
            .collect(),
        None => entries(Some(value))
            .into_iter()
            .map(|(key, _)| key)
            .collect(),
    }
}

fn add(to: &mut Vec<(Arc<str>, JsonText)>, key: &Arc<str>, value: &JsonText) {
    if !to.iter().any(|(existing, _)| existing == key) {
        to.push((Arc::clone(key), value.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, properties: &str) -> PersonEvent {
        let properties = Object::parse(properties).unwrap();
        PersonEvent::new(
            Uuid::nil(),
            &name.into(),
            &"u".into(),
            UnixMillis(0),
            &properties,
        )
    }

    fn keys(entries: &[(Arc<str>, JsonText)]) -> Vec<&str> {
        entries.iter().map(|(key, _)| &**key).collect()
    }

    #[test]
    fn page_properties_are_copied_and_explicit_ones_win() {
        let event = event(
            "$pageview",
            r#"{"$browser":"Chrome","utm_source":"x","$set":{"$browser":"mine"},"a":1}"#,
        );
        assert_eq!(keys(&event.set), ["$browser", "utm_source"]);
        assert_eq!(event.set[0].1.as_str(), "\"mine\"");
        assert_eq!(
            keys(&event.set_once),
            ["$initial_browser", "$initial_utm_source"]
        );
        assert_eq!(event.set_once[0].1.as_str(), "\"Chrome\"");
    }

    #[test]
    fn a_servers_system_is_not_its_users() {
        let event = event(
            "e",
            r#"{"$is_server":true,"$os":"Linux","$os_version":"6","$browser":"x"}"#,
        );
        assert_eq!(keys(&event.set), ["$browser"]);
    }

    #[test]
    fn links_follow_posthogs_reading_of_the_other_id() {
        let link = |name, properties| event(name, properties).link;
        assert_eq!(
            link("$identify", r#"{"$anon_distinct_id":null}"#).as_deref(),
            Some("null")
        );
        assert_eq!(link("$identify", r#"{"alias":"a"}"#), None);
        assert_eq!(
            link("$create_alias", r#"{"alias":12}"#).as_deref(),
            Some("12")
        );
        assert_eq!(link("$create_alias", r#"{"alias":""}"#), None);
        assert_eq!(
            link("pageview", r#"{"alias":"a","$anon_distinct_id":"b"}"#),
            None
        );
    }

    #[test]
    fn unset_takes_a_list_or_an_objects_keys() {
        assert_eq!(
            event("e", r#"{"$unset":["a",1,"b"]}"#).unset,
            ["a".into(), "b".into()]
        );
        assert_eq!(event("e", r#"{"$unset":{"a":1}}"#).unset, ["a".into()]);
        assert!(event("e", r#"{"$unset":"a"}"#).unset.is_empty());
    }
}

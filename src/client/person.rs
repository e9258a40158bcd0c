//! The calls that say who somebody is. Knows which of them needs a person and
//! what each captures; the states and their steps are in
//! [`identity`](crate::identity).

use alloc::string::String;

use super::{Client, Start};
use crate::config::Persons;
use crate::error::Error;
use crate::event::ANONYMOUS_ID;
use crate::id::Ids;
use crate::identity::{Identified, State, check_id, id_text};
use crate::json::{Object, quote};
use crate::page::Page;
use crate::saved::Saved;
use crate::session::Session;
use crate::time::Millis;
use crate::visitor::hash;

/// The last alias that was given to this visitor.
const ALIAS: &str = "__alias";
/// The page where this visitor was first seen: address and referrer.
pub(super) const FIRST_SEEN: &str = "$initial_person_info";

impl Client {
    /// Logs an account in: `id`, `set` and `set_once` as `identify` was given
    /// them. An id that cannot be one is reported, and changes nothing.
    pub fn identify(&mut self, now: Millis, page: &str, id: &str, set: &str, set_once: &str) {
        let Some(id) = self.account(id) else { return };
        if self.config.persons == Persons::Never {
            return self.report(Error::PersonsNever, &id);
        }
        let alias = self.visitor.saved.hidden.get_str(ALIAS);
        let switches = self.config.switches_account;
        let (before, outcome) = loop {
            let before = self.visitor.fingerprint();
            let identity = self.visitor.identity.clone();
            let outcome = self.visitor.identity.identify(&id, &alias, switches);
            match &outcome {
                Identified::Another => self.report(Error::AccountSwitched, &id),
                // Another account's: a kill of the browser took its logout back,
                // or it happened on another subdomain.
                Identified::Stitched { anonymous_id }
                    if self.visitor.claim(hash(anonymous_id), hash(&id)) =>
                {
                    self.visitor.identity = identity;
                }
                _ => break (before, outcome),
            }
            self.reset(now, false, "");
        };
        if id != alias {
            self.visitor.saved.hidden.take(ALIAS);
        }
        self.changed_since(before);
        let given = person_properties(set, set_once);
        match outcome {
            Identified::Stitched { anonymous_id } => {
                self.is_new(&given);
                let mut properties = Object::default();
                properties.set_str("distinct_id", &id);
                properties.set_str(ANONYMOUS_ID, &anonymous_id);
                self.event(now, page, "$identify", &properties, given);
            }
            Identified::Named => {
                self.event(now, page, "$set", &given, Object::default());
            }
            _ => self.set(now, page, &given),
        }
    }

    /// Gives the visitor one more id, `original` if it is not to be the current
    /// one: both as `alias` was given them.
    pub fn alias(&mut self, now: Millis, page: &str, alias: &str, original: &str) {
        let Some(id) = self.account(alias) else {
            return;
        };
        let mut from = self.visitor.identity.distinct_id.clone();
        if !original.is_empty() {
            let Some(original) = self.account(original) else {
                return;
            };
            from = original;
        }
        if id == from {
            return self.identify(now, page, alias, "", "");
        }
        if self.wants_persons() {
            self.visitor.saved.hidden.set_str(ALIAS, &id);
            self.save();
            let mut properties = Object::default();
            properties.set_str("alias", &id);
            properties.set_str("distinct_id", &from);
            self.event(now, page, "$create_alias", &properties, Object::default());
        }
    }

    /// Sets properties of the person: two objects.
    pub fn set_person_properties(&mut self, now: Millis, page: &str, set: &str, set_once: &str) {
        let given = person_properties(set, set_once);
        if !given.is_empty() && self.wants_persons() {
            self.set(now, page, &given);
        }
    }

    /// Removes properties of the person: an array of names.
    pub fn unset_person_properties(&mut self, now: Millis, page: &str, names: &str) {
        if names.starts_with('[') && self.wants_persons() {
            let mut properties = Object::default();
            properties.set("$unset", names);
            self.event(now, page, "$set", &properties, Object::default());
        }
    }

    /// Makes a person of an anonymous visitor.
    pub fn create_person_profile(&mut self, now: Millis, page: &str) {
        let had = self.has_person();
        if self.wants_persons() && !had {
            let mut nothing = Object::default();
            nothing.set("$set", "{}");
            nothing.set("$set_once", "{}");
            self.event(now, page, "$set", &nothing, Object::default());
        }
    }

    /// Puts the visitor into a group: type and key as `group` was given them,
    /// and the group's properties.
    pub fn group(
        &mut self,
        now: Millis,
        page: &str,
        group_type: &str,
        key: &str,
        properties: &str,
    ) {
        let (group_type, key) = (id_text(group_type), id_text(key));
        if group_type.is_empty() || key.is_empty() {
            return self.report(Error::GroupMissing, &group_type);
        }
        let mut groups = self.groups();
        let (name, value) = (quote(&group_type), quote(&key));
        let name = name.trim_matches('"');
        let new = groups.get(name) != Some(&value);
        groups.set(name, &value);
        self.set_groups(&groups);
        let given = !Object::parse(properties).is_empty();
        if new || given {
            let mut group = Object::default();
            group.set_str("$group_type", &group_type);
            group.set_str("$group_key", &key);
            if given {
                group.set("$group_set", properties);
            }
            self.event(now, page, "$groupidentify", &group, Object::default());
        }
    }

    /// Takes the visitor out of all groups.
    pub fn reset_groups(&mut self) {
        self.set_groups(&Object::default());
    }

    /// Logs out: a new anonymous visitor in a new session, without what the
    /// site registered for the last one. `device_id` is what the page's
    /// `get_device_id` gave, or nothing.
    pub fn reset(&mut self, now: Millis, new_device: bool, device_id: &str) {
        let before = self.visitor.fingerprint();
        let id = visitor_id(device_id, &mut self.ids);
        self.visitor.identity.reset(id, new_device);
        self.visitor.saved = Saved::default();
        self.initial = None;
        self.forget_tab();
        self.begin_session(now);
        self.changed_since(before);
    }

    /// Takes over what a server knew of the visitor before the page
    /// (`bootstrap`), and begins where nothing is kept.
    pub(super) fn bootstrap(&mut self, start: Start, bootstrap: &Object) {
        let is_known = self.visitor.epoch.0 > 0;
        let before = self.visitor.fingerprint();
        if let Some(session) = Session::bootstrap(&bootstrap.get_str("sessionID"), start.now) {
            self.visitor.session = Some(session);
        } else if !is_known {
            self.begin_session(start.now);
        }
        let given = bootstrap.get("distinctID").unwrap_or_default();
        let identifies = bootstrap.get("isIdentifiedID") == Some("true");
        let identity = &self.visitor.identity;
        if !given.is_empty() && id_text(given) != identity.distinct_id {
            if identity.is_identified() {
                self.report(Error::BootstrapIgnored, given);
            } else if identifies && is_known {
                return self.identify(start.now, start.page, given, "", "");
            } else if let Some(id) = self.account(given) {
                let identity = &mut self.visitor.identity;
                if identifies {
                    identity.state = State::Identified {
                        user_id: id.clone(),
                    };
                } else {
                    identity.device_id.clone_from(&id);
                }
                identity.distinct_id = id;
            }
        }
        if is_known {
            self.changed_since(before);
        } else {
            // Whatever the database may still know is newer.
            self.visitor.raise(0, "");
            self.own = self.visitor.own();
            self.save();
        }
    }

    /// Notes where the visitor was first seen, if nobody has.
    pub(super) fn meet_page(&mut self, page: &Page) {
        let Some(url) = page.properties.get("$current_url") else {
            return;
        };
        if self.initial.is_none() && !self.visitor.saved.hidden.has(FIRST_SEEN) {
            let mut seen = Object::default();
            let referrer = Some(&*page.referrer).filter(|text| text.len() > 2);
            seen.set("r", referrer.unwrap_or("\"$direct\""));
            seen.set("u", url);
            self.visitor.saved.hidden.set(FIRST_SEEN, &seen.text());
            self.initial = Some(page.clone());
            self.save();
        }
    }

    /// Whether an event makes a person; once one does, all later ones do.
    pub(super) fn makes_persons(&mut self) -> bool {
        let makes = match self.config.persons {
            Persons::Identified => self.has_person(),
            persons => persons == Persons::Always,
        };
        makes && self.wants_persons()
    }

    /// Whether something has made a person of this visitor
    /// (`_hasPersonProcessing` in posthog-core.ts).
    fn has_person(&self) -> bool {
        let identity = &self.visitor.identity;
        identity.is_identified()
            || identity.person_processing
            || self.visitor.saved.has_group_or_alias()
    }

    /// Has all later events make a person, if any may.
    fn wants_persons(&mut self) -> bool {
        if self.config.persons == Persons::Never {
            self.report(Error::PersonsNever, "");
            return false;
        }
        if !self.visitor.identity.person_processing {
            let before = self.visitor.fingerprint();
            self.visitor.identity.person_processing = true;
            self.changed_since(before);
        }
        true
    }

    /// An id that can be an account's; another one is reported.
    fn account(&mut self, given: &str) -> Option<String> {
        let id = id_text(given);
        match check_id(&id) {
            Ok(()) => Some(id),
            Err(error) => {
                self.report(error, &id);
                None
            }
        }
    }

    /// Captures what is set of the person, unless the last call set the same.
    fn set(&mut self, now: Millis, page: &str, given: &Object) {
        if !given.is_empty() && self.is_new(given) {
            self.event(now, page, "$set", given, Object::default());
        }
    }

    /// Whether the last call did not set the same.
    fn is_new(&mut self, given: &Object) -> bool {
        let mut set = given.text();
        set.push_str(&self.visitor.identity.distinct_id);
        let new = set != self.last_set;
        self.last_set = set;
        new
    }

    fn groups(&self) -> Object {
        let groups = self.visitor.saved.super_properties.get("$groups");
        Object::parse(groups.unwrap_or_default())
    }

    fn set_groups(&mut self, groups: &Object) {
        let saved = &mut self.visitor.saved;
        saved.super_properties.set("$groups", &groups.text());
        self.save();
    }
}

/// The id of a new visitor: what the page gave, if it can be one.
pub(super) fn visitor_id(given: &str, ids: &mut Ids) -> String {
    match check_id(given) {
        Ok(()) => given.into(),
        Err(_) => ids.anonymous(),
    }
}

/// `$set` and `$set_once`, as far as they hold anything.
fn person_properties(set: &str, set_once: &str) -> Object {
    let mut given = Object::default();
    for (key, properties) in [("$set", set), ("$set_once", set_once)] {
        if !Object::parse(properties).is_empty() {
            given.set(key, properties);
        }
    }
    given
}

//! The calls that say who somebody is. Knows which of them needs a person and
//! what each captures; the states and their steps are in
//! [`identity`](crate::identity).

use alloc::string::String;

use super::{Client, Here};
use crate::config::Persons;
use crate::error::Error;
use crate::event;
use crate::identity::{self, ALIAS, PERSONS, State, check_id, id_of, id_text, is_identified};
use crate::json::Object;
use crate::saved::has_group_or_alias;
use crate::session::{SESSION, Session};
use crate::text::filled;
use crate::time::Millis;

/// The page where this visitor was first seen: address and referrer.
pub(super) const FIRST_SEEN: &str = "$initial_person_info";
const GROUPS: &str = "$groups";

impl Client {
    /// Logs an account in: the id as `identify` was given it, and an object of
    /// `$set` and `$set_once`. An id that cannot be one is reported, and changes
    /// nothing.
    #[inline(never)]
    pub fn identify(&mut self, now: Millis, here: Here, id: &str, given: &str) {
        let Some(id) = self.account(id) else { return };
        self.common = None;
        if self.config.persons == Persons::Never {
            return self.report(Error::PersonsNever, id);
        }
        let before = self.visitor.fingerprint();
        let state = loop {
            let state = State::of(&self.visitor.record, id);
            if state == State::Another && !self.config.switches_account {
                self.report(Error::AccountSwitched, id);
            } else if state != State::Anonymous || !self.visitor.claim(id) {
                break state;
            }
            // Also where the anonymous id is another account's: a kill of the
            // browser took its logout back, or it happened on another subdomain.
            self.begin_anew(now, false, "");
        };
        let anonymous_id = String::from(self.distinct_id());
        if state != State::Identified {
            identity::log_in(&mut self.visitor.record, id);
        }
        self.changed_since(before);
        let given = Object::parse(given);
        match state {
            State::Anonymous => {
                self.is_new(&given);
                let mut properties = Object::default();
                properties.set_str("distinct_id", id);
                properties.set_str("$anon_distinct_id", &anonymous_id);
                self.event(now, here, "$identify", &properties.text(), given);
            }
            State::Named => self.say(now, here, "$set", &given),
            _ if given.is_empty() => {}
            _ => self.set(now, here, &given),
        }
    }

    /// Logs in whom a `$identify` of another page has, if it was this visitor there: it is going
    /// to leave, and nobody may go on under an anonymous id that is spent.
    pub(super) fn log_in_as(&mut self, event: &str) {
        let Some(claim) = event::claim(event) else {
            return;
        };
        if claim.anonymous_id == self.distinct_id() {
            self.common = None;
            let before = self.visitor.fingerprint();
            let properties = Object::parse(event).get_object("properties");
            identity::log_in(&mut self.visitor.record, properties.get_str("distinct_id"));
            self.changed_since(before);
        }
    }

    /// Says something of the person or the group, as an event of that name and
    /// with these properties:
    ///
    /// | name | properties | what comes of it |
    /// |---|---|---|
    /// | `$set` | `$set`, `$set_once` | sets properties of the person, unless the last call set the same; a person is made of an anonymous visitor |
    /// | `$person` | `$set` | the same, where nothing has made a person yet |
    /// | `$set` | `$unset` | removes properties of the person |
    /// | `$create_alias` | `alias`, and `distinct_id` if it is not to be the current one | gives the person one more id |
    /// | `$groupidentify` | `$group_type`, `$group_key`, `$group_set` | puts the visitor into a group, and sets its properties |
    /// | `$groups` | none | takes the visitor out of all groups |
    #[inline(never)]
    pub fn describe(&mut self, now: Millis, here: Here, name: &str, properties: &str) {
        let mut properties = Object::parse(properties);
        self.common = None;
        match name {
            "$create_alias" => self.alias(now, here, &mut properties),
            "$groupidentify" => self.group(now, here, &mut properties),
            "$groups" => self.set_groups(&properties),
            "$person" if self.makes_persons() => {}
            _ if properties.is_empty() => {}
            _ if self.wants_persons() => self.set(now, here, &properties),
            _ => {}
        }
    }

    #[inline(never)]
    fn alias(&mut self, now: Millis, here: Here, properties: &mut Object) {
        let alias = properties.take("alias");
        let Some(id) = self.account(&alias) else {
            return;
        };
        let mut from = String::from(self.distinct_id());
        if let Some(given) = properties.get("distinct_id") {
            let Some(original) = self.account(given) else {
                return;
            };
            from = original.into();
        }
        if id == from {
            self.identify(now, here, &alias, "");
        } else if self.wants_persons() {
            self.visitor.record.set_str(ALIAS, id);
            self.common = None;
            self.save(false);
            properties.set_str("alias", id);
            properties.set_str("distinct_id", &from);
            self.say(now, here, "$create_alias", properties);
        }
    }

    #[inline(never)]
    fn group(&mut self, now: Millis, here: Here, properties: &mut Object) {
        for key in ["$group_type", "$group_key"] {
            let id = String::from(id_of(properties, key));
            if id.is_empty() {
                return self.report(Error::GroupMissing, key);
            }
            properties.set_str(key, &id);
        }
        let mut groups = self.visitor.record.get_object(GROUPS);
        let name = properties.get_str("$group_type");
        let key = properties.get("$group_key");
        let is_new = groups.get(name) != key;
        groups.set(name, key.unwrap_or_default());
        self.set_groups(&groups);
        if is_new || properties.has("$group_set") {
            self.say(now, here, "$groupidentify", properties);
        }
    }

    /// Logs out: a new anonymous visitor in a new session, without what the
    /// site registered for the last one. `device_id` is what the page's
    /// `get_device_id` gave, or nothing.
    #[inline(never)]
    pub fn reset(&mut self, now: Millis, new_device: bool, device_id: &str) {
        let before = self.visitor.fingerprint();
        self.begin_anew(now, new_device, device_id);
        self.changed_since(before);
    }

    fn begin_anew(&mut self, now: Millis, new_device: bool, device_id: &str) {
        let fresh = self.anonymous(device_id);
        let device = self.visitor.record.take("$device_id");
        self.visitor.record = fresh;
        if !new_device {
            self.visitor.record.set("$device_id", &device);
        }
        self.initial.clear();
        self.forget_tab();
        self.begin_session(now);
    }

    /// Takes over what a server knew of the visitor before the page
    /// (`bootstrap`), and begins where nothing is kept.
    #[inline(never)]
    pub(super) fn bootstrap(&mut self, now: Millis, here: Here, bootstrap: &Object) {
        let is_known = self.visitor.epoch() != 0;
        let before = self.visitor.fingerprint();
        let record = &mut self.visitor.record;
        let session = bootstrap.get("sessionID").unwrap_or_default();
        if let Some(session) = Session::bootstrap(session, now) {
            record.set(SESSION, &session.text());
        } else if !is_known {
            self.begin_session(now);
        }
        let given = bootstrap.get("distinctID").unwrap_or_default();
        let identifies = bootstrap.get("isIdentifiedID") == Some("true");
        let is_account = is_identified(&self.visitor.record);
        let is_other = id_text(given) != self.distinct_id();
        if !given.is_empty() && (is_other || identifies && !is_account) {
            if is_account {
                self.report(Error::BootstrapIgnored, given);
            } else if identifies && is_known {
                self.changed_since(before);
                return self.identify(now, here, given, "");
            } else if let Some(id) = self.account(given) {
                let record = &mut self.visitor.record;
                if identifies {
                    identity::log_in(record, id);
                } else {
                    record.set_str("distinct_id", id);
                    record.set_str("$device_id", id);
                }
            }
        }
        if is_known {
            self.changed_since(before);
        } else {
            // Whatever the database may still know is newer.
            self.visitor.raise(0, self.name);
            self.save(true);
        }
    }

    /// Notes where the visitor was first seen, if nobody has.
    pub(super) fn meet_page(&mut self) {
        let Some(url) = self.page.properties.get("$current_url") else {
            return;
        };
        if self.initial.is_empty() && !self.visitor.record.has(FIRST_SEEN) {
            let referrer = Some(&*self.page.referrer).filter(|text| text.len() > 2);
            let referrer = referrer.unwrap_or("\"$direct\"");
            let seen = filled(r#"{"r":%,"u":%}"#, &[referrer, url]);
            self.visitor.record.set(FIRST_SEEN, &seen);
            self.initial = self.page_text.clone();
            self.save(false);
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
        let record = &self.visitor.record;
        is_identified(record) || record.has(PERSONS) || has_group_or_alias(record)
    }

    /// Has all later events make a person, if any may.
    fn wants_persons(&mut self) -> bool {
        if self.config.persons == Persons::Never {
            self.report(Error::PersonsNever, "");
            return false;
        }
        if !self.visitor.record.has(PERSONS) {
            let before = self.visitor.fingerprint();
            self.visitor.record.set(PERSONS, "true");
            self.changed_since(before);
        }
        true
    }

    /// An id that can be an account's; another one is reported.
    fn account<'a>(&mut self, given: &'a str) -> Option<&'a str> {
        let id = id_text(given);
        match check_id(id) {
            Ok(()) => Some(id),
            Err(error) => {
                self.report(error, id);
                None
            }
        }
    }

    /// Captures what is set of the person, unless the last call set the same.
    fn set(&mut self, now: Millis, here: Here, given: &Object) {
        if self.is_new(given) || given.has("$unset") {
            self.say(now, here, "$set", given);
        }
    }

    fn say(&mut self, now: Millis, here: Here, name: &str, properties: &Object) {
        self.event(now, here, name, &properties.text(), Object::default());
    }

    /// Whether the last call did not set the same.
    fn is_new(&mut self, given: &Object) -> bool {
        let mut set = given.text();
        set.push_str(self.distinct_id());
        let new = set != self.last_set;
        self.last_set = set;
        new
    }

    fn set_groups(&mut self, groups: &Object) {
        self.visitor.record.set(GROUPS, &groups.text());
        self.common = None;
        self.save(false);
    }

    /// A new visitor, of the id that the page gave if it can be one.
    pub(super) fn anonymous(&mut self, given: &str) -> Object {
        match check_id(given) {
            Ok(()) => identity::anonymous(given),
            Err(_) => identity::anonymous(&self.ids.anonymous()),
        }
    }
}

//! Who this visitor is. Knows the states and the steps between them; never how
//! they are stored or sent.

use alloc::string::String;

use crate::error::Error;
use crate::json::{self, Object};
use crate::text::split;

/// The visitor of this browser.
///
/// | state | call | next state | what comes of it |
/// |---|---|---|---|
/// | anonymous | `identify(id)` | identified as `id` | [`Identified::Stitched`]: `$identify`, which waits for its claim |
/// | anonymous, and another account has claimed the anonymous id | `identify(id)` | identified as `id` | `reset`, then the same with a fresh anonymous id |
/// | anonymous, and `id` is the anonymous id | `identify(id)` | identified as `id` | [`Identified::Named`]: `$set` |
/// | identified as `id` | `identify(id)` | the same | [`Identified::Already`]: `$set`, if there is something new to set |
/// | identified as another | `identify(id)` | identified as `id` | [`Identified::Another`]: `reset`, then as from anonymous |
/// | the same, with `on_account_switch: 'posthog'` | `identify(id)` | identified as `id` | [`Identified::Switched`]: `$set`, if there is something to set |
/// | any | `reset` | anonymous, fresh id | nothing is captured |
/// | any | `alias(id)` | the same | `$create_alias`; `identify(id)` then keeps the `distinct_id` |
/// | any | `setPersonProperties`, `unsetPersonProperties`, `createPersonProfile` | the same | `$set`, and persons from then on |
/// | any | `group` | the same | `$groupidentify`, if there is something new; persons from the next event on |
/// | any | `resetGroups` | the same | nothing is captured |
///
/// An id that cannot be an account's ([`check_id`]), and with `person_profiles:
/// 'never'` any call that needs a person, is reported and changes nothing.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Identity {
    /// Whom events are captured for.
    pub distinct_id: String,
    /// The id of this browser: its first anonymous id.
    pub device_id: String,
    /// Whether an account is logged in, and which.
    pub state: State,
    /// Once an event was to make a person, all later ones are (`$epp`).
    pub person_processing: bool,
}

/// Whether an account is logged in.
#[derive(Clone, Debug, Hash, PartialEq)]
pub enum State {
    /// Nobody is; `distinct_id` is an anonymous one.
    Anonymous,
    /// This account is.
    Identified {
        /// The id that `identify` was given.
        user_id: String,
    },
}

/// What `identify` came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Identified {
    /// An anonymous visitor became this account: the server is to stitch what
    /// this anonymous id did to it.
    Stitched {
        /// The anonymous id of until now.
        anonymous_id: String,
    },
    /// The id of until now is the account's.
    Named,
    /// This account was logged in already.
    Already,
    /// Another account was logged in; this one has taken its place, as in
    /// posthog-js.
    Switched,
    /// Another account is logged in; nothing was changed.
    Another,
}

impl Identity {
    /// A visitor never seen before.
    pub fn anonymous(id: String) -> Self {
        Identity {
            device_id: id.clone(),
            distinct_id: id,
            state: State::Anonymous,
            person_processing: false,
        }
    }

    /// Takes the identity out of a posthog-js record; `None` if there is none.
    pub fn take(record: &mut Object) -> Option<Self> {
        let mut take = |key| Some(id_text(&record.take(key))).filter(|text| !text.is_empty());
        let distinct_id = take("distinct_id");
        let device_id = take("$device_id");
        let user_id = take("$user_id");
        let user_state = take("$user_state");
        let person_processing = record.take("$epp") == "true";
        let distinct_id = distinct_id?;
        Some(Identity {
            device_id: device_id.unwrap_or_else(|| distinct_id.clone()),
            state: match user_state.as_deref() {
                Some("identified") => State::Identified {
                    user_id: user_id.unwrap_or_else(|| distinct_id.clone()),
                },
                _ => State::Anonymous,
            },
            distinct_id,
            person_processing,
        })
    }

    /// The members of a posthog-js record that say who this is.
    pub fn record(&self) -> Object {
        let mut record = self.properties();
        let state = match self.state {
            State::Anonymous => "anonymous",
            State::Identified { .. } => "identified",
        };
        record.set_str("$user_state", state);
        if self.person_processing {
            record.set("$epp", "true");
        }
        record
    }

    /// The properties that an event carries of it.
    pub fn properties(&self) -> Object {
        let mut properties = Object::default();
        properties.set_str("distinct_id", &self.distinct_id);
        properties.set_str("$device_id", &self.device_id);
        if let State::Identified { user_id } = &self.state {
            properties.set_str("$user_id", user_id);
        }
        properties
    }

    /// Whether an account is logged in.
    pub fn is_identified(&self) -> bool {
        self.state != State::Anonymous
    }

    /// Logs an account in; see the table above. `alias` is the last alias that
    /// was given to this visitor; `switches` if another account's place is taken.
    pub fn identify(&mut self, id: &str, alias: &str, switches: bool) -> Identified {
        let outcome = match &self.state {
            State::Identified { user_id } if user_id == id || self.distinct_id == id => {
                Identified::Already
            }
            State::Identified { .. } if switches => Identified::Switched,
            State::Identified { .. } => return Identified::Another,
            State::Anonymous if self.distinct_id == id => Identified::Named,
            State::Anonymous => Identified::Stitched {
                anonymous_id: self.distinct_id.clone(),
            },
        };
        self.person_processing = true;
        if outcome != Identified::Already {
            self.state = State::Identified { user_id: id.into() };
            if id != alias {
                self.distinct_id = id.into();
            }
        }
        outcome
    }

    /// Logs out: a new visitor on the same device, or on a new one.
    pub fn reset(&mut self, anonymous_id: String, new_device: bool) {
        let device_id = core::mem::take(&mut self.device_id);
        *self = Identity::anonymous(anonymous_id);
        if !new_device {
            self.device_id = device_id;
        }
    }
}

/// Checks an id that `identify` was given.
///
/// # Errors
/// [`Error::IdMissing`]; [`Error::IdForbidden`] for what PostHog's server
/// refuses to merge into (isDistinctIdIllegal in person-utils.ts), where two
/// accounts could meet or a login would silently not be stitched, and for `null`
/// in any case, which posthog-js refuses;
/// [`Error::IdTooLong`] for what the server would cut at 200 characters.
pub fn check_id(id: &str) -> Result<(), Error> {
    const IN_ANY_CASE: &str = "anonymous,guest,distinctid,distinct_id,id,not_authenticated,email,undefined,null,true,false";
    // The last is the placeholder of PostHog's cookieless mode, which many
    // visitors share.
    const EXACTLY: &str = "[object Object],NaN,None,none,0,$posthog_cookieless";
    let mut bare = id.trim_ascii();
    if bare.is_empty() {
        return Err(Error::IdMissing);
    }
    for mark in ['"', '\''] {
        let unquoted = bare
            .strip_prefix(mark)
            .and_then(|rest| rest.strip_suffix(mark));
        bare = unquoted.unwrap_or(bare);
    }
    if bare.trim_ascii().is_empty()
        || split(IN_ANY_CASE, b',').any(|word| word.eq_ignore_ascii_case(bare))
        || split(EXACTLY, b',').any(|word| word == bare)
    {
        return Err(Error::IdForbidden);
    }
    // Characters, as the server counts them: every byte that begins one.
    if id.bytes().filter(|byte| byte & 0xc0 != 0x80).count() > 200 {
        return Err(Error::IdTooLong);
    }
    Ok(())
}

/// The text of an id as JSON hands it over: a string, or a number as its digits.
pub fn id_text(value: &str) -> String {
    match value.as_bytes() {
        [b'-' | b'0'..=b'9', ..] => value.into(),
        _ => json::unquote(value).unwrap_or_default(),
    }
}

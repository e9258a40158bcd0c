//! Who this visitor is. Knows the states and the steps between them; never how
//! they are stored or sent.

use alloc::string::String;

use crate::error::Error;
use crate::json::{self, Object};
use crate::text::split;

/// The last alias that was given to this visitor.
pub const ALIAS: &str = "__alias";

/// That an event was to make a person: then all later ones do.
pub const PERSONS: &str = "$epp";

/// The members of a posthog-js record that say who this is, and in which session
/// ([`SESSION`](crate::session::SESSION)). `$device_id` is the first anonymous id
/// of this browser; with `$epp`, all events make a person.
const MEMBERS: &str = "distinct_id $device_id $user_state $user_id $epp $sesid";

/// The states: who the visitor is to the account that a call names.
///
/// | state | call | next state | what comes of it |
/// |---|---|---|---|
/// | [`Anonymous`](State::Anonymous) | `identify(id)` | `Identified` | `$identify`, which waits for its claim |
/// | the same, and another account has claimed the anonymous id | `identify(id)` | `Identified` | `reset`, then the same with a fresh anonymous id |
/// | [`Named`](State::Named) | `identify(id)` | `Identified` | `$set` |
/// | [`Identified`](State::Identified) | `identify(id)` | the same | `$set`, if there is something new to set |
/// | [`Another`](State::Another) | `identify(id)` | `Identified` | a warning and `reset`, then as from `Anonymous` |
/// | the same, with `on_account_switch: 'posthog'` | `identify(id)` | `Identified` | `$set`, if there is something to set |
/// | any | `reset` | `Anonymous`, fresh id | nothing is captured |
/// | any | `alias(id)` | the same | `$create_alias`; `identify(id)` then keeps the `distinct_id`; of the current id it is `identify` |
/// | none that is known, or `Anonymous` | `bootstrap` of an account | `Identified` | nothing of a visitor never seen before, else as by `identify(id)` |
/// | any | `setPersonProperties`, `unsetPersonProperties`, `createPersonProfile` | the same | `$set`, and persons from then on |
/// | any | `group` | the same | `$groupidentify`, if there is something new; persons from the next event on |
/// | any | `resetGroups` | the same | nothing is captured |
///
/// An id that cannot be an account's ([`check_id`]), and with `person_profiles:
/// 'never'` any call that needs a person, is reported and changes nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Nobody is logged in: `distinct_id` is an anonymous id. To log in, the
    /// server is to stitch what it did to the account.
    Anonymous,
    /// Nobody is logged in, but the id of until now is the account's.
    Named,
    /// The account is logged in.
    Identified,
    /// Another account is logged in.
    Another,
}

impl State {
    /// That of a record, to an account.
    pub fn of(record: &Object, account: &str) -> Self {
        let is_current = record.get_str("distinct_id") == account;
        match is_identified(record) {
            false if is_current => State::Named,
            false => State::Anonymous,
            true if is_current || record.get_str("$user_id") == account => State::Identified,
            true => State::Another,
        }
    }
}

/// Reads a record, and puts right what says who this is: ids are strings,
/// nothing that is needed is missing, or nothing is there at all.
pub fn read(text: &str) -> Object {
    let mut record = Object::parse(text);
    let id = String::from(id_of(&record, "distinct_id"));
    if id.is_empty() {
        forget(&mut record);
        return record;
    }
    for key in ["distinct_id", "$device_id", "$user_id"] {
        let own = id_of(&record, key);
        let own = String::from(if own.is_empty() { &id } else { own });
        record.set_str(key, &own);
    }
    if !is_identified(&record) {
        record.set("$user_state", "\"anonymous\"");
        record.take("$user_id");
    }
    if record.get(PERSONS) != Some("true") {
        record.take(PERSONS);
    }
    record
}

/// What of a record says who this is; nothing if it does not.
pub fn of(record: &Object) -> Object {
    record.pick(MEMBERS)
}

/// Takes out of a record what says who this is.
pub fn forget(record: &mut Object) {
    for key in split(MEMBERS, b' ') {
        record.take(key);
    }
}

/// Whether an account is logged in.
pub fn is_identified(record: &Object) -> bool {
    record.get("$user_state") == Some("\"identified\"")
}

/// A visitor never seen before.
pub fn anonymous(id: &str) -> Object {
    let mut record = Object::default();
    record.set_str("distinct_id", id);
    record.set_str("$device_id", id);
    record.set_str("$user_state", "anonymous");
    record
}

/// Logs an account in. Its alias stays the `distinct_id`.
pub fn log_in(record: &mut Object, id: &str) {
    record.set(PERSONS, "true");
    record.set("$user_state", "\"identified\"");
    record.set_str("$user_id", id);
    let alias = record.take(ALIAS);
    if json::inner(&alias) == Some(id) {
        record.set(ALIAS, &alias);
    } else {
        record.set_str("distinct_id", id);
    }
}

/// Checks an id that `identify` was given.
///
/// # Errors
/// [`Error::IdMissing`]; [`Error::IdForbidden`] for what PostHog's server
/// refuses to merge into (isDistinctIdIllegal in person-utils.ts), where two
/// accounts could meet or a login would silently not be stitched, and for `null`
/// in any case, which posthog-js refuses, and an id with a control character;
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
    for mark in ["\\\"", "'"] {
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
    // Characters, as the server counts them: every byte that begins one, and an
    // escape is one.
    let mut length = 0_i32;
    let mut bytes = id.bytes();
    while let Some(byte) = bytes.next() {
        length += i32::from(byte & 0xc0 != 0x80);
        if byte == b'\\' {
            match bytes.next() {
                Some(b'\\' | b'"') => {}
                // Half a surrogate pair.
                Some(b'u') if bytes.next() == Some(b'd') => length -= 3,
                _ => return Err(Error::IdForbidden),
            }
        }
    }
    if length > 200 {
        return Err(Error::IdTooLong);
    }
    Ok(())
}

/// The text of a member that is an id; empty if it is none.
pub fn id_of<'a>(object: &'a Object, key: &str) -> &'a str {
    id_text(object.get(key).unwrap_or_default())
}

/// The text of an id as JSON hands it over: a string, or a number as its digits.
pub fn id_text(value: &str) -> &str {
    match value.as_bytes() {
        [b'-' | b'0'..=b'9', ..] => value,
        _ => json::inner(value).unwrap_or_default(),
    }
}

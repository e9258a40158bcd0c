//! JSON as text. Knows the shape of an object's top level and how a string is
//! written; never builds a tree, never parses more of a number than its digits.
//!
//! A value in the core is text that is already valid JSON: the page's own
//! `JSON.stringify` made it, so numbers keep every digit and `toJSON` behaved
//! as the page expects. A string is what stands between its quotes, still
//! escaped: it is compared, and put between quotes again, but never shown. The
//! core splits objects at their top level, merges and concatenates. The shells
//! hand in only what `JSON.stringify` wrote; of anything else is read what can
//! be, without a panic.

use alloc::string::String;
use alloc::vec::Vec;

use crate::text::{filled, split};

/// The members of one JSON object, in order.
///
/// A key is the text between its quotes, still escaped. `JSON.stringify` writes
/// each key once, and escapes it in one way only, so equal keys are equal text.
#[derive(Debug, Default, Hash, PartialEq)]
pub struct Object {
    members: Vec<(String, String)>,
}

impl Clone for Object {
    /// A derived one costs the page more.
    fn clone(&self) -> Self {
        let mut copy = Object::default();
        copy.add(self);
        copy
    }
}

impl Object {
    /// Splits the text of an object at its top level. Anything but an object
    /// reads as an empty one; a text that breaks off reads up to there.
    pub fn parse(text: &str) -> Self {
        let mut object = Object::default();
        for (key, value) in members(text) {
            object.members.push((key.into(), value.into()));
        }
        object
    }

    /// The text of a member's value.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.members().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// What stands between the quotes of a member that is a string; empty if it
    /// is missing or no string.
    pub fn get_str(&self, key: &str) -> &str {
        self.get(key).and_then(inner).unwrap_or_default()
    }

    /// The members of a member that is an object; none of anything else.
    pub fn get_object(&self, key: &str) -> Object {
        Object::parse(self.get(key).unwrap_or_default())
    }

    /// Whether there is a member of that name.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Sets a member to a value that is JSON text; a key that is there keeps
    /// its place.
    pub fn set(&mut self, key: &str, value: &str) {
        match self.members.iter_mut().find(|(k, _)| k == key) {
            Some(member) => member.1 = value.into(),
            None => self.members.push((key.into(), value.into())),
        }
    }

    /// Sets all members of another object.
    pub fn add(&mut self, other: &Object) {
        for (key, value) in other.members() {
            self.set(key, value);
        }
    }

    /// Drops the first members, so that so many are left.
    pub fn trim(&mut self, count: usize) {
        while self.members.len() > count {
            self.members.remove(0);
        }
    }

    /// The members of those names, in the order of the names.
    pub fn pick(&self, names: &str) -> Object {
        let mut picked = Object::default();
        for name in split(names, b' ') {
            if let Some(value) = self.get(name) {
                picked.set(name, value);
            }
        }
        picked
    }

    /// Sets a member to a string, out of what stands between its quotes.
    pub fn set_str(&mut self, key: &str, value: &str) {
        self.set(key, &quoted(value));
    }

    /// Removes a member and returns its value's text, empty if it was missing.
    pub fn take(&mut self, key: &str) -> String {
        match self.members.iter().position(|(k, _)| k == key) {
            Some(at) => self.members.remove(at).1,
            None => String::new(),
        }
    }

    /// Keys and values, in order.
    pub fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members.iter().map(|(k, v)| (&**k, &**v))
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The object as JSON text.
    pub fn text(&self) -> String {
        merged(&[self])
    }
}

/// One object's text out of several: of two members with one key the later
/// object's counts.
pub fn merged(objects: &[&Object]) -> String {
    let mut out = String::from("{");
    let mut rest = objects.iter();
    while let Some(object) = rest.next() {
        for (key, value) in object.members() {
            if !rest.as_slice().iter().any(|later| later.has(key)) {
                push_member(&mut out, key, value);
            }
        }
    }
    out.push_str("}");
    out
}

/// Appends a member to an object's text that is not closed yet.
pub fn push_member(out: &mut String, key: &str, value: &str) {
    out.push_str(if out.ends_with("{") { "\"" } else { ",\"" });
    out.push_str(key);
    out.push_str("\":");
    out.push_str(value);
}

/// A string as JSON text, out of what stands between its quotes.
pub fn quoted(inner: &str) -> String {
    filled("\"%\"", &[inner])
}

/// The whole part of a non-negative number's text; `None` if it is none. Of one
/// that is too large, some other.
pub fn whole(text: &str) -> Option<u64> {
    let mut number = None;
    for digit in text.bytes().take_while(u8::is_ascii_digit) {
        let tens = number.unwrap_or(0u64).wrapping_mul(10);
        number = Some(tens.wrapping_add((digit - b'0').into()));
    }
    number
}

/// The keys and values of an object's text, as [`Object::parse`] reads them.
pub fn members(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut parts = parts(text, b'{');
    core::iter::from_fn(move || Some((parts.next().and_then(inner)?, parts.next()?)))
}

/// The elements of an array's text; none if it is no array.
pub fn elements(text: &str) -> impl Iterator<Item = &str> {
    parts(text, b'[')
}

/// What stands between a string's quotes; `None` if it is no string.
pub fn inner(text: &str) -> Option<&str> {
    text.strip_prefix("\"")?.strip_suffix("\"")
}

/// What stands between an opening bracket, the commas and colons on its level,
/// and the closing one, up to where it breaks off.
fn parts(text: &str, opening: u8) -> impl Iterator<Item = &str> {
    let text = text.trim_ascii_start();
    let mut start = 1;
    let mut more = text.as_bytes().first() == Some(&opening);
    core::iter::from_fn(move || {
        let mut at = start;
        let mut depth = 0;
        let mut in_string = false;
        while more {
            match text.as_bytes().get(at)? {
                b'"' => in_string = !in_string,
                b'\\' if in_string => at += 1,
                _ if in_string => {}
                b'{' | b'[' => depth += 1,
                b',' | b':' | b'}' | b']' if depth == 0 => {
                    // Both ends are beside ASCII, so they are edges of characters.
                    let part = text.get(start..at)?.trim_ascii();
                    more = matches!(text.as_bytes()[at], b',' | b':');
                    start = at + 1;
                    return (!part.is_empty()).then_some(part);
                }
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            at += 1;
        }
        None
    })
}

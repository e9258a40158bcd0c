//! JSON kept as the text the client sent.
//!
//! Knows: how to split an object at its top level and how to read a scalar. A value is never
//! re-encoded, so `1.0`, `1e400` and a 30-digit number leave as they came. That is why serde_json's
//! `arbitrary_precision` stays off: the feature would reach every crate of the build and slow every
//! number down, where text is exact and cheaper. Must never know: what any key means.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One valid JSON value, as text. Cloning shares the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JsonText(Arc<str>);

impl JsonText {
    /// Text that is already known to be one valid JSON value.
    pub fn from_raw(raw: &RawValue) -> Self {
        Self(raw.get().into())
    }

    /// A JSON string with this content.
    pub fn string(content: &str) -> Self {
        let mut text = String::with_capacity(content.len() + 2);
        push_string(&mut text, content);
        Self(text.into())
    }

    /// A boolean.
    pub fn boolean(value: bool) -> Self {
        Self(if value { "true" } else { "false" }.into())
    }

    /// An object.
    pub fn object(object: &Object) -> Self {
        Self(object.to_text().into())
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The content, if the value is a string.
    pub fn as_string(&self) -> Option<String> {
        if self.0.starts_with('"') {
            serde_json::from_str(&self.0).ok()
        } else {
            None
        }
    }

    /// The members, if the value is an object.
    pub fn as_object(&self) -> Option<Object> {
        if self.0.starts_with('{') {
            Object::parse(&self.0).ok()
        } else {
            None
        }
    }

    /// The elements, if the value is an array.
    pub fn as_array(&self) -> Option<Vec<JsonText>> {
        if !self.0.starts_with('[') {
            return None;
        }
        let raw: Vec<&RawValue> = serde_json::from_str(&self.0).ok()?;
        Some(raw.into_iter().map(JsonText::from_raw).collect())
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }

    /// Whether JavaScript takes the value for true.
    pub fn is_truthy(&self) -> bool {
        match &*self.0 {
            "null" | "false" | "\"\"" => false,
            text => text.parse::<f64>() != Ok(0.0),
        }
    }

    /// What JavaScript's `String(value)` gives: PostHog puts ids that are no strings through it.
    pub fn to_js_string(&self) -> String {
        if let Some(content) = self.as_string() {
            return content;
        }
        if self.0.starts_with('{') {
            return "[object Object]".to_owned();
        }
        if let Some(elements) = self.as_array() {
            let parts: Vec<String> = elements
                .iter()
                .map(|element| {
                    if element.is_null() {
                        String::new()
                    } else {
                        element.to_js_string()
                    }
                })
                .collect();
            return parts.join(",");
        }
        match self.0.parse::<f64>() {
            Ok(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                format!("{}", number as i64)
            }
            _ => self.0.to_string(),
        }
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A JSON object split at its top level, in the order of its keys in the text. A key that comes
/// twice has the last value, as in JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object(IndexMap<Arc<str>, JsonText>);

impl Object {
    /// Splits the text of an object.
    ///
    /// # Errors
    /// serde_json's, with line and column, if the text is not one object.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&JsonText> {
        self.0.get(key)
    }

    /// Sets a key; a new one goes to the end.
    pub fn insert(&mut self, key: &str, value: JsonText) {
        self.0.insert(key.into(), value);
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &JsonText)> {
        self.0.iter()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object as JSON text.
    pub fn to_text(&self) -> String {
        object_text(self.iter())
    }
}

/// The values of these names in the text of an object, without splitting or copying the rest of
/// it. A name that comes twice has its last value.
///
/// # Errors
/// serde_json's, with line and column, if the text is not one object.
pub fn members<'a, const N: usize>(
    text: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a RawValue>; N], serde_json::Error> {
    struct MembersVisitor<'n, const N: usize>([&'n str; N]);
    impl<'de, const N: usize> Visitor<'de> for MembersVisitor<'_, N> {
        type Value = [Option<&'de RawValue>; N];

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = [None; N];
            while let Some((key, value)) = map.next_entry::<Cow<'de, str>, &RawValue>()? {
                if let Some(place) = self.0.iter().position(|name| *name == key) {
                    found[place] = Some(value);
                }
            }
            Ok(found)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let found = deserializer.deserialize_map(MembersVisitor(names))?;
    deserializer.end()?;
    Ok(found)
}

/// Joins keys and values to the text of an object.
pub fn object_text<'a>(entries: impl Iterator<Item = (&'a Arc<str>, &'a JsonText)>) -> String {
    let mut text = String::from("{");
    for (key, value) in entries {
        if text.len() > 1 {
            text.push(',');
        }
        push_string(&mut text, key);
        text.push(':');
        text.push_str(value.as_str());
    }
    text.push('}');
    text
}

fn push_string(text: &mut String, content: &str) {
    text.push('"');
    let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if content.bytes().all(is_plain) {
        text.push_str(content);
        text.push('"');
        return;
    }
    for character in content.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            control if (control as u32) < 0x20 => {
                text.push_str(&format!("\\u{:04x}", control as u32))
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = IndexMap::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    object.insert(Arc::from(key), JsonText::from_raw(value));
                }
                Ok(Object(object))
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> JsonText {
        JsonText(text.into())
    }

    #[test]
    fn numbers_leave_as_they_came() {
        let text = r#"{"a":1.0,"b":1e400,"c":123456789012345678901234567890}"#;
        assert_eq!(Object::parse(text).unwrap().to_text(), text);
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let object = Object::parse(r#"{"a":1,"b":2,"a":3}"#).unwrap();
        assert_eq!(object.to_text(), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn members_are_found_without_the_rest() {
        let found = members(r#" {"a":1,"\u0062":[2],"c":3,"a":null} "#, ["a", "b", "d"]).unwrap();
        assert_eq!(
            found.map(|value| value.map(RawValue::get)),
            [Some("null"), Some("[2]"), None]
        );
        for text in ["[]", r#"{"a":1"#, r#"{"a":1} x"#] {
            assert!(members(text, ["a"]).is_err(), "{text}");
        }
    }

    #[test]
    fn keys_are_escaped() {
        let object = Object::parse(r#"{"a\"\\\u0001\u00e9":"x"}"#).unwrap();
        assert_eq!(object.to_text(), "{\"a\\\"\\\\\\u0001é\":\"x\"}");
        assert_eq!(Object::parse(&object.to_text()).unwrap(), object);
    }

    #[test]
    fn truth_is_javascripts() {
        for text in ["null", "false", "0", "-0", "0.0", "\"\""] {
            assert!(!value(text).is_truthy(), "{text}");
        }
        for text in ["true", "1", "\"0\"", "[]", "{}"] {
            assert!(value(text).is_truthy(), "{text}");
        }
    }

    #[test]
    fn strings_are_javascripts() {
        for (text, string) in [
            ("\"a\"", "a"),
            ("12", "12"),
            ("1.0", "1"),
            ("23.4", "23.4"),
            ("null", "null"),
            ("true", "true"),
            (r#"{"a":1}"#, "[object Object]"),
            (r#"["a",null,1]"#, "a,,1"),
        ] {
            assert_eq!(value(text).to_js_string(), string);
        }
    }
}

//! The options of an event, which stand in its properties from there on.
//!
//! Knows: which options there are, and the property that each becomes. Must never know: what a
//! property does.

use super::flaw::Flaw;
use crate::json::{JsonText, Object};

/// Options that are booleans. One has an older name.
const BOOLEANS: [(&str, &str); 4] = [
    ("cookieless_mode", "$cookieless_mode"),
    ("disable_skew_adjustment", "$ignore_sent_at"),
    ("disable_skew_correction", "$ignore_sent_at"),
    ("process_person_profile", "$process_person_profile"),
];

const PRODUCT_TOUR: &str = "product_tour_id";

/// Writes the options into the properties.
pub(super) fn write(options: Option<&JsonText>, properties: &mut Object) -> Result<(), Flaw> {
    let Some(options) = options.filter(|options| !options.is_null()) else {
        return Ok(());
    };
    let options = options.as_object().ok_or(Flaw::InvalidOption("object"))?;
    let given = |name| options.get(name).filter(|value| !value.is_null());
    for (name, property) in BOOLEANS {
        if let Some(value) = given(name) {
            let value = boolean(value).ok_or(Flaw::InvalidOption(name))?;
            properties.insert(property, value);
        }
    }
    if let Some(value) = given(PRODUCT_TOUR) {
        let id = string(value).ok_or(Flaw::InvalidOption(PRODUCT_TOUR))?;
        properties.insert("$product_tour_id", id);
    }
    Ok(())
}

/// A boolean, or what stands for one: a number, or its text.
fn boolean(value: &JsonText) -> Option<JsonText> {
    let text = value.as_string();
    let text = text.as_deref().unwrap_or(value.as_str()).trim();
    let is_true = match text.to_ascii_lowercase().as_str() {
        "true" | "1" => true,
        "false" | "0" => false,
        _ if value.as_str().starts_with('"') => return None,
        number => number.parse::<f64>().ok()? != 0.0,
    };
    Some(JsonText::boolean(is_true))
}

/// A string, or a whole number as one.
fn string(value: &JsonText) -> Option<JsonText> {
    let number = || value.as_str().parse::<i64>().ok().map(|id| id.to_string());
    let text = value.as_string().or_else(number)?;
    Some(JsonText::string(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(options: &str) -> Result<String, Flaw> {
        let object = Object::parse(&format!(r#"{{"options":{options}}}"#)).unwrap();
        let mut properties = Object::default();
        write(object.get("options"), &mut properties)?;
        Ok(properties.to_text())
    }

    #[test]
    fn options_become_properties() {
        for (options, properties) in [
            ("null", "{}"),
            (r#"{"cookieless_mode":null,"other":[]}"#, "{}"),
            (
                r#"{"cookieless_mode":true}"#,
                r#"{"$cookieless_mode":true}"#,
            ),
            (
                r#"{"disable_skew_adjustment":"1"}"#,
                r#"{"$ignore_sent_at":true}"#,
            ),
            (
                r#"{"disable_skew_correction":2.5}"#,
                r#"{"$ignore_sent_at":true}"#,
            ),
            (
                r#"{"process_person_profile":" False "}"#,
                r#"{"$process_person_profile":false}"#,
            ),
            (r#"{"product_tour_id":7}"#, r#"{"$product_tour_id":"7"}"#),
        ] {
            assert_eq!(written(options).as_deref(), Ok(properties), "{options}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (options, name) in [
            ("[]", "object"),
            (r#"{"cookieless_mode":"yes"}"#, "cookieless_mode"),
            (r#"{"process_person_profile":{}}"#, "process_person_profile"),
            (r#"{"product_tour_id":1.5}"#, "product_tour_id"),
        ] {
            assert_eq!(
                written(options),
                Err(Flaw::InvalidOption(name)),
                "{options}"
            );
        }
    }
}

//! Whose events they are: finding the key of a request.
//!
//! Knows: where each shape of request carries its key, and what no key can be. Must never know:
//! which keys there are.

use serde_json::value::RawValue;

use super::envelope::{Envelope, TOKEN_NAMES, split};
use super::refusal::{Reason, Refusal};
use crate::json::members;

const MAX_BYTES: usize = 64;

/// The key of a request, in the shape of a key.
pub(super) fn find(envelope: &Envelope<'_>) -> Result<String, Refusal> {
    let token = if envelope.is_batch {
        envelope.token.clone()
    } else {
        common(envelope)?
    };
    let Some(token) = token else {
        // An event that is none explains the missing key better than the key does.
        for (index, event) in envelope.events.iter().enumerate() {
            if !event.get().starts_with('{') {
                split(index, event)?;
            }
        }
        return Err(Reason::MissingToken.into());
    };
    Ok(checked(&token)?)
}

/// A key in the shape of one.
pub(super) fn checked(token: &str) -> Result<String, Reason> {
    let token = token.trim().to_owned();
    match flaw(&token) {
        Some(flaw) => Err(Reason::InvalidToken { flaw, token }),
        None => Ok(token),
    }
}

/// The one key that all events name which name any.
fn common(envelope: &Envelope<'_>) -> Result<Option<String>, Refusal> {
    let mut tokens = envelope.events.iter().filter_map(|event| of_event(event));
    let Some(first) = tokens.next() else {
        return Ok(None);
    };
    if tokens.any(|token| token != first) {
        return Err(Reason::InconsistentTokens.into());
    }
    Ok(Some(first))
}

/// The key of one event: its own field, else `properties.token`.
fn of_event(event: &RawValue) -> Option<String> {
    let string = |value: &RawValue| serde_json::from_str::<String>(value.get()).ok();
    let [first, second, third] = TOKEN_NAMES;
    let [own @ .., properties] = members(event.get(), [first, second, third, "properties"]).ok()?;
    let own = own.into_iter().flatten().find_map(string);
    own.or_else(|| {
        let [token] = members(properties?.get(), ["token"]).ok()?;
        string(token?)
    })
}

/// PostHog's word for why this can be no key.
fn flaw(token: &str) -> Option<&'static str> {
    if token.is_empty() {
        Some("empty")
    } else if token.len() > MAX_BYTES {
        Some("too_long")
    } else if !token.is_ascii() {
        Some("not_ascii")
    } else if token.starts_with("phx_") {
        Some("personal_api_key")
    } else if token.contains('\0') {
        Some("null_byte")
    } else {
        None
    }
}

/// Whether a key can be sent at all; a config file must not name another.
pub(crate) fn is_well_shaped(token: &str) -> bool {
    token.trim() == token && flaw(token).is_none()
}

#[cfg(test)]
mod tests {
    use super::super::envelope::open;
    use super::*;

    fn token(text: &str) -> Result<String, Reason> {
        find(&open(text).unwrap()).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn each_shape_has_its_place_for_the_key() {
        for text in [
            r#"{"api_key":" k ","batch":[{"token":"other"}]}"#,
            r#"{"token":"k","batch":[{}]}"#,
            r#"{"event":"e","token":"k"}"#,
            r#"{"event":"e","$token":"k"}"#,
            r#"{"event":"e","api_key":"k","properties":{"token":"other"}}"#,
            r#"{"event":"e","properties":{"token":"k"}}"#,
            r#"[{"event":"e"},{"properties":{"token":"k"}},{"token":"k"}]"#,
            r#"[3,{"token":"k"}]"#,
        ] {
            assert_eq!(token(text), Ok("k".to_owned()), "{text}");
        }
    }

    #[test]
    fn requests_without_one_clear_key_are_refused() {
        assert_eq!(token(r#"{"event":"e"}"#), Err(Reason::MissingToken));
        assert_eq!(
            token(r#"{"batch":[{"token":"k"}]}"#),
            Err(Reason::MissingToken)
        );
        assert_eq!(
            token(r#"[{"token":"a"},{"token":"b"}]"#),
            Err(Reason::InconsistentTokens)
        );
        for text in ["[3]", r#"[{"event":"e"},3]"#] {
            assert_eq!(token(text), Err(Reason::NotAnEvent { found: "a number" }));
        }
    }

    #[test]
    fn what_can_be_no_key_is_named() {
        let long = format!(r#"{{"event":"e","token":"{}"}}"#, "k".repeat(MAX_BYTES + 1));
        for (text, word) in [
            (r#"{"event":"e","token":" "}"#, "empty"),
            (long.as_str(), "too_long"),
            (r#"{"event":"e","token":"ké"}"#, "not_ascii"),
            (r#"{"event":"e","token":"phx_1"}"#, "personal_api_key"),
            (r#"{"event":"e","token":"a\u0000b"}"#, "null_byte"),
        ] {
            assert!(
                matches!(token(text), Err(Reason::InvalidToken { flaw, .. }) if flaw == word),
                "{text}"
            );
        }
    }
}

//! A body that is a form, as old clients send it.
//!
//! Knows: which fields of a form matter. Must never know: what stands in them.

use super::base64::restore_plus;
use super::hints::Compression;

/// Names of fields, one of which begins a form or comes soon in it.
const NAMES: [&[u8]; 4] = [b"data=", b"_=", b"ip=", b"compression="];

/// How many bytes tell what looks like a form.
const CHECKED: usize = 128;

/// The fields that matter. `ver` and `lib_version` name the client, which its events do as well.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The payload.
    pub data: Option<String>,
    /// How the payload is compressed.
    pub compression: Compression,
}

impl Form {
    /// Reads a form; `None` if it is none.
    pub fn read(body: &[u8]) -> Option<Self> {
        let beginning = &body[..body.len().min(CHECKED)];
        let is_form = NAMES
            .iter()
            .any(|name| beginning.windows(name.len()).any(|window| window == *name));
        if !is_form {
            return None;
        }
        let mut form = Self {
            data: None,
            compression: Compression::Unnamed,
        };
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "data" => form.data = Some(restore_plus(value.into_owned())),
                "compression" => form.compression = Compression::named(&value),
                _ => {}
            }
        }
        Some(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_form_are_found() {
        let form = Form::read(b"ip=1&ver=1.2&compression=base64&data=e30%3D").unwrap();
        assert_eq!(form.data.as_deref(), Some("e30="));
        assert_eq!(form.compression, Compression::Base64);
        let plus = Form::read(b"data=ab+/&_=1").unwrap();
        assert_eq!(plus.data.as_deref(), Some("ab+/"));
        assert_eq!(Form::read(b"_=1").unwrap().data, None);
    }

    #[test]
    fn json_is_no_form() {
        assert_eq!(Form::read(br#"{"event":"e"}"#), None);
        assert_eq!(Form::read(b""), None);
    }
}

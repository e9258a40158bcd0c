//! What a request says of its body outside the body.
//!
//! Knows: the names of compressions, and what the paths differ in. Must never know: the body.

use crate::instant::UnixMillis;

/// What a request says of its body outside the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The compression that the query names. Wins over one that a form names.
    pub compression: Compression,
    /// The compression that `Content-Encoding` names. A form's wins over it.
    pub encoding: Compression,
    /// Whether the body is said to be a form.
    pub is_form: bool,
    /// Which kind of path it came to.
    pub endpoint: Endpoint,
    /// When it was sent, by the client's clock: `_` of the query.
    pub sent_at: Option<UnixMillis>,
}

/// The kinds of paths that take events. They differ in little more than their age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Endpoint {
    /// `/i/v0/e` and `/batch`.
    #[default]
    Current,
    /// `/e`, `/capture` and `/track`: there may be base64 around the text.
    Legacy,
    /// `/engage`: as the legacy ones; and what has no name sets properties of a person.
    Engage,
}

/// A compression that a request names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// None, or one that is ignored: the body decides.
    #[default]
    Unnamed,
    /// gzip: a body that is something else is refused.
    Gzip,
    /// LZ-String in base64.
    Lz64,
    /// No compression: base64 around the text.
    Base64,
}

impl Compression {
    /// Reads the name of a compression. Names that PostHog ignores are ignored.
    pub fn named(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "gzip-js" => Self::Gzip,
            "lz64" | "lz-string" => Self::Lz64,
            "base64" | "b64" => Self::Base64,
            _ => Self::Unnamed,
        }
    }

    /// This one, or else another.
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::Unnamed { other } else { self }
    }
}

//! What a record says, as far as the world must know it: who the visitor is, as of which change.
//! And how a shell that makes a mistake would change it, and what of it a cookie has. Must never
//! know who the visitor is.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use crate::database::Epoch;
use crate::part::hash_of;

/// The text of a record, or of a part of it, with what is asked of it again and again: it is read
/// once, and shared by all worlds. Texts are compared by their hash.
#[derive(Clone, Debug)]
pub struct Text(Arc<Content>);

#[derive(Debug)]
struct Content {
    text: String,
    hash: u64,
    distinct_id: String,
    epoch: Epoch,
}

impl Text {
    pub fn new(text: String) -> Self {
        Text(Arc::new(Content {
            hash: hash_of(&text),
            distinct_id: member(&text, "distinct_id").into(),
            epoch: Epoch::of(&text),
            text,
        }))
    }

    pub fn fingerprint(&self) -> u64 {
        self.0.hash
    }

    /// Who the visitor is; empty if it does not say.
    pub fn distinct_id(&self) -> &str {
        &self.0.distinct_id
    }

    /// As of which change it is, if it is an own record.
    pub fn epoch(&self) -> &Epoch {
        &self.0.epoch
    }

    /// The first anonymous id of this browser.
    pub fn device(&self) -> &str {
        member(self, "$device_id")
    }

    /// An own record that knows nothing of what was before.
    pub fn without_past(&self) -> Self {
        match self.split_once("\"past\":{") {
            Some((before, rest)) => {
                let after = rest.split_once('}').map_or("", |(_, after)| after);
                Text::new(format!("{before}\"past\":{{}}{after}"))
            }
            None => self.clone(),
        }
    }

    /// An own record that counts for newer than any that the tab knows.
    pub fn newer(&self, changes: u64) -> Self {
        match self.split_once("\"epoch\":") {
            Some((before, rest)) => {
                let (epoch, after) = rest.split_once(',').expect("more than an epoch");
                let tab = epoch.parse::<u64>().expect("a number") & 0xffff_ffff;
                let epoch = (changes + 1) << 32 | tab;
                Text::new(format!("{before}\"epoch\":{epoch},{after}"))
            }
            None => self.clone(),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        static EMPTY: LazyLock<Text> = LazyLock::new(|| Text::new(String::new()));
        EMPTY.clone()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.0.hash == other.0.hash
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash.hash(state);
    }
}

/// A member that is a string without escapes.
fn member<'a>(record: &'a str, key: &str) -> &'a str {
    let rest = record.split_once(&format!("\"{key}\":\""));
    let value = rest.and_then(|(_, rest)| rest.split_once('"'));
    value.map_or("", |(value, _)| value)
}

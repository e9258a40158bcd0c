//! An event between ingestion and the store: decoded, checked, finished.
//!
//! Knows: the fields of an event. Must never know: how it came in, or where it goes.

use std::sync::Arc;

use uuid::Uuid;

use crate::instant::UnixMillis;
use crate::json::Object;
use crate::warning::Warning;

/// The longest event name, and the longest id, in characters.
const MAX_CHARS: usize = 200;

/// A name or an id as it is kept: cut to 200 characters, without NULs, which no database text
/// holds. Tells as well whether it was cut. Whatever is to be found under an id must have gone
/// through here.
pub fn bounded(text: &str) -> (Arc<str>, bool) {
    let text = text.replace('\0', "\u{fffd}");
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => (text[..end].into(), true),
        None => (text.into(), false),
    }
}

/// An event that ingestion has accepted.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its place in the request, from 0.
    pub index: usize,
    /// The client's uuid, or one of ours (v7).
    pub uuid: Uuid,
    /// The event's name.
    pub name: Arc<str>,
    /// The id it was captured under.
    pub distinct_id: Arc<str>,
    /// When it happened, corrected for the client's clock.
    pub timestamp: UnixMillis,
    /// When the client sent it, by the client's clock.
    pub sent_at: Option<UnixMillis>,
    /// Its properties, with `$set` and `$set_once` of the event's top level merged in.
    pub properties: Object,
    /// What ingestion had to change.
    pub warnings: Vec<Warning>,
}

impl Event {
    /// Whether an SDK sent it of its own accord: such names start with `$`.
    pub fn is_internal(name: &str) -> bool {
        name.starts_with('$')
    }

    /// About what it takes in memory, in bytes.
    pub fn size(&self) -> usize {
        // A property takes two counted texts and a place in a table beside its bytes.
        const PROPERTY: usize = 128;
        let properties = self.properties.iter();
        let properties = properties.map(|(key, value)| PROPERTY + key.len() + value.as_str().len());
        size_of::<Self>() + self.name.len() + self.distinct_id.len() + properties.sum::<usize>()
    }
}

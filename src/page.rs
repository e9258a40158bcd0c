//! What a page says of itself. Knows the members of the text that a shell hands
//! in; never reads a page.

use alloc::string::String;

use crate::json::Object;

/// The facts of the page at the moment of a call.
///
/// The text is an object of event properties as the wire names them
/// (`$current_url`, `$host`, `$pathname`, `$viewport_width`, …), and of facts
/// that are no property of every event: `title`, `referrer`,
/// `referring_domain`, and `query`, the parameters of the address, decoded.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Page {
    /// What every event of the page carries.
    pub properties: Object,
    /// The title, as JSON text: a pageview carries it.
    pub title: String,
    /// The address that the visitor came from, as JSON text.
    pub referrer: String,
    /// The host of that address, as JSON text.
    pub referring_domain: String,
    /// The parameters of the address.
    pub query: Object,
}

impl Page {
    /// Reads what a shell says of the page.
    pub fn read(text: &str) -> Self {
        let mut properties = Object::parse(text);
        Page {
            title: properties.take("title"),
            referrer: properties.take("referrer"),
            referring_domain: properties.take("referring_domain"),
            query: Object::parse(&properties.take("query")),
            properties,
        }
    }
}

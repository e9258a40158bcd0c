//! What a shell hands in when a page starts. Knows the texts and their order;
//! never what is read from them.

use crate::time::Millis;

/// The texts of the records that tabs share, each empty if there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Records<'a> {
    /// [`Record::Shared`](crate::effect::Record::Shared) of the main store.
    pub shared: &'a str,
    /// [`Record::Own`](crate::effect::Record::Own) of the main store.
    pub own: &'a str,
    /// The first, as the cookie beside localStorage has it.
    pub shared_cookie: &'a str,
    /// The second, likewise.
    pub own_cookie: &'a str,
}

/// Where and when a page makes a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Here<'a> {
    /// What the page says of itself, as [`Page`](crate::page::Page) describes it;
    /// nothing where it still says the same.
    pub page: &'a str,
    /// The moment as the wire writes it, a JSON string: `"2026-11-23T08:00:23.894Z"`.
    pub time: &'a str,
}

/// What a client is made from. What is no JSON of its own is handed in, here and
/// in every call, as it stands between the quotes of a JSON string.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// When the page starts the client.
    pub now: Millis,
    /// 16 bytes that nobody else has, in decimal with commas between them.
    pub entropy: &'a str,
    /// The project's API key.
    pub token: &'a str,
    /// What posthog-js noted of the visitor's consent: `1` or `0`, or nothing.
    pub consent: &'a str,
    /// The window id that this tab has kept, or nothing.
    pub window_id: &'a str,
    /// The id that the page gives to a visitor never seen before
    /// (`get_device_id`), or nothing.
    pub device_id: &'a str,
    /// The options of `init`, as JSON.
    pub options: &'a str,
    /// What a shell and its browser say of themselves, as JSON: event properties
    /// as the wire names them (`$lib`, `$browser`, `$screen_width`, …).
    pub device: &'a str,
    /// The record of this tab, or nothing.
    pub tab: &'a str,
    /// The page, as [`Page`](crate::page::Page) describes it.
    pub page: &'a str,
    /// The moment, as of [`Here::time`].
    pub time: &'a str,
    /// The page where this visitor was first seen, or nothing: what
    /// `$initial_person_info` of the shared record says, in the same way.
    pub initial: &'a str,
    /// The records that tabs share.
    pub records: Records<'a>,
}

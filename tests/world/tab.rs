//! A tab of a [`World`](super::World): the page in it, and what was noted of that. Knows
//! no other tab.

use backstitch::client::Client;
use backstitch::effect::Record;
use backstitch::error::Error;
use backstitch::time::Millis;
use serde_json::Value;

/// One tab: its client, and what sessionStorage holds.
pub struct Tab {
    pub(super) client: Client,
    /// By which name its page keeps events.
    pub name: u64,
    /// How many it asked to be kept.
    pub(super) kept: u64,
    /// What it was told of each flush.
    pub flushed: Vec<(u64, u64)>,
    /// The records as the client last saw them.
    pub(super) seen: [String; 4],
    /// What sessionStorage holds under `ph_<token>_posthog`.
    pub record: String,
    /// What sessionStorage holds under `ph_<token>_window_id`.
    pub window_id: String,
    /// What the page says of itself.
    pub page: Value,
    /// What the developer was told since the tab was opened.
    pub reports: Vec<(Error, String)>,
    /// When the client asked to be saved, and what.
    pub saves: Vec<(Millis, Record)>,
    /// Which anonymous ids it asked to be claimed, and for which account.
    pub claims: Vec<(String, u64)>,
    pub(super) wake_at: Option<Millis>,
    /// Rises with each reload: an answer to an earlier page reaches nobody.
    pub(super) life: u64,
}

//! Requests under way: each arrives, arrives again, or never does, in any order. Knows who waits for
//! an answer; what an event does is the server's.

use std::sync::Arc;

use crate::action::{Account, MessageId};
use crate::page::Call;
use crate::rules::Rules;
use crate::server::{self, Event};
use crate::world::World;

/// A request under way.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub events: Arc<[Arc<Event>]>,
    /// Whether it has arrived once already.
    pub copied: bool,
    /// Whether its page's word that it arrives was acted upon.
    pub vouched: bool,
    /// The hash of its events.
    pub hash: u64,
}

impl World {
    /// Whether the page that made a request is still there to hear of it.
    pub fn is_awaited(&self, id: MessageId) -> bool {
        self.tabs[id.tab].life == id.life
    }

    pub fn position(&self, id: MessageId) -> usize {
        let mut network = self.network.iter();
        network
            .position(|message| message.id == id)
            .expect("it is under way")
    }

    pub fn take(&mut self, id: MessageId) -> Arc<Message> {
        let at = self.position(id);
        self.network.remove(at)
    }

    /// Somebody acts upon a page's word that what it has under way arrives: browsers see to that.
    pub fn vouch(&mut self, page: u64) {
        let Some(tab) = self.tabs.iter().position(|tab| tab.name == page) else {
            return;
        };
        let life = self.tabs[tab].life;
        for message in &mut self.network {
            if (message.id.tab, message.id.life) == (tab, life) {
                Arc::make_mut(message).vouched = true;
            }
        }
    }

    pub fn receive(&mut self, rules: &Rules, message: &Message) {
        let receipt = server::received(rules, &mut self.server, message);
        self.server = receipt.server.clone();
        for event in &receipt.new {
            if let (Some(anonymous_id), Some(account)) =
                (&event.anonymous_id, Account::of(&event.distinct_id))
            {
                self.history.edit().claimed(anonymous_id, account);
            }
        }
    }

    pub fn answer(&mut self, rules: &Rules, id: MessageId, status: u32) {
        if self.is_awaited(id) {
            let request = id.request;
            self.call(rules, id.tab, &Call::Answered { request, status });
        }
    }
}

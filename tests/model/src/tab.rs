//! A tab: the real client, what the page is still to be told, and what sessionStorage holds. Knows
//! how a page is loaded; decides nothing that the core decides.

use std::collections::VecDeque;
use std::sync::Arc;

use backstitch::time::Millis;

use crate::action::Account;
use crate::database::{Ask, Told};
use crate::mutation::Mutation;
use crate::page::{Opening, Page};
use crate::part::{Part, hash_of};
use crate::record::Text;
use crate::rules::Rules;
use crate::storage::Key;
use crate::world::World;

/// A tab and the page in it.
#[derive(Clone, Debug, Hash)]
pub struct Tab {
    pub page: Arc<Page>,
    /// The name by which the page keeps events.
    pub name: u64,
    /// How many events the page has asked to keep.
    pub kept: u64,
    /// How many of them are committed.
    pub stored: u64,
    /// Whether the page has last words.
    pub has_words: bool,
    /// Whether the database has had a lease of the page.
    pub leased: bool,
    /// How often this tab was loaded before.
    pub life: u32,
    /// The hashes of the records as the client last saw or wrote them.
    pub seen: [u64; 4],
    /// The own record as the client last saw or wrote it, and how many changes it has counted.
    pub own: Text,
    pub changes: u64,
    /// What sessionStorage holds.
    pub record: Text,
    pub window_id: Text,
    pub wake_at: Option<Millis>,
    /// Whether the page's last words say that what it has under way arrives.
    pub vouches: bool,
    /// Whether nobody sees the page, or it is put away.
    pub hidden: bool,
    /// Transactions that are not committed yet.
    pub asks: VecDeque<Vec<Ask>>,
    /// Whether what is asked for now is part of the last of them.
    pub asking: bool,
    /// What the page is still to be told of those that are.
    pub told: VecDeque<Vec<Told>>,
    /// Since when there are any of either.
    pub asked_at: Option<Millis>,
    /// The newest login or logout that this tab was shown or made.
    pub version: u32,
    /// Accounts that this page has logged in and whose `$identify` has not left, each with the
    /// events that were captured for it since.
    pub unidentified: Vec<(Account, Vec<u128>)>,
}

impl Tab {
    /// What sessionStorage held is gone.
    pub fn forget_session(&mut self) {
        self.record = Text::default();
        self.window_id = Text::default();
    }

    pub fn begin(&mut self, ask: Ask, now: Millis) {
        match self.asks.back_mut() {
            Some(asked) if self.asking => asked.push(ask),
            _ => self.asks.push_back(vec![ask]),
        }
        self.asking = true;
        self.asked_at.get_or_insert(now);
    }

    /// The anonymous id, if nobody is logged in.
    pub fn anonymous_id(&self) -> Option<String> {
        let id = self.page.distinct_id();
        Account::of(id).is_none().then(|| id.into())
    }
}

impl World {
    /// Loads the page in a tab, from what is stored.
    pub fn open(&mut self, rules: &Rules, tab: usize) {
        let before = self.tabs.get(tab);
        let life = before.map_or(0, |tab| tab.life + 1);
        let (record, window_id) = before
            .map(|tab| (tab.record.clone(), tab.window_id.clone()))
            .unwrap_or_default();
        let texts = self.texts(rules, tab, 0);
        let own = self.storage.read(tab, Key::Own).text.clone();
        let opening = Opening {
            now: self.now,
            seed: hash_of(&(tab, life)),
            persistence: rules.persistence,
            resets: rules.mutation != Some(Mutation::SwitchWithoutReset),
            window_id: &window_id,
            tab: &record,
            texts: &texts,
        };
        let page = Page::open(rules, &opening);
        let opened = Part::new(Tab {
            page,
            name: 0,
            kept: 0,
            stored: 0,
            has_words: false,
            leased: false,
            life,
            seen: self.seen(tab),
            changes: own.epoch().changes(),
            own,
            record,
            window_id,
            wake_at: None,
            vouches: false,
            hidden: false,
            asks: VecDeque::new(),
            asking: false,
            told: VecDeque::new(),
            asked_at: None,
            version: self.shown(tab),
            unidentified: Vec::new(),
        });
        if tab < self.tabs.len() {
            self.tabs[tab] = opened;
        } else {
            self.tabs.push(opened);
        }
        self.carry_out(rules, tab);
        self.take_over(rules, tab);
    }
}

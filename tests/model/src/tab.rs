//! A tab: the real client, what the page is still to be told, and what sessionStorage holds. Knows
//! how a page is loaded; decides nothing that the core decides.

use std::collections::VecDeque;

use backstitch::client::{Client, Records, Start};
use backstitch::time::Millis;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::action::Account;
use crate::database::{Ask, Told};
use crate::mutation::Mutation;
use crate::part::{Part, hash_of};
use crate::record::changes_in;
use crate::rules::Rules;
use crate::storage::Key;
use crate::world::World;

/// What the page says of itself: nothing that matters here.
pub const PAGE: &str = "{}";

/// A tab and the page in it.
#[derive(Clone, Debug, Hash)]
pub struct Tab {
    pub client: Client,
    /// How often this tab was loaded before.
    pub life: u32,
    /// The hashes of the records as the client last saw or wrote them.
    pub seen: [u64; 4],
    /// The own record as the client last saw or wrote it, and how many changes it has counted.
    pub own: String,
    pub changes: u64,
    /// What sessionStorage holds.
    pub record: String,
    pub window_id: String,
    pub wake_at: Option<Millis>,
    /// Whether the page is put away.
    pub hidden: bool,
    /// Transactions that are not committed yet.
    pub asks: VecDeque<Ask>,
    /// What the page is still to be told of those that are.
    pub told: VecDeque<Told>,
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
        self.record.clear();
        self.window_id.clear();
    }

    pub fn begin(&mut self, ask: Ask, now: Millis) {
        self.asks.push_back(ask);
        self.asked_at.get_or_insert(now);
    }

    /// The anonymous id, if nobody is logged in.
    pub fn anonymous_id(&self) -> Option<String> {
        let id = self.client.distinct_id();
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
        let switch = if rules.mutation == Some(Mutation::SwitchWithoutReset) {
            "posthog"
        } else {
            "reset"
        };
        let options = format!(
            "{{\"persistence\":\"{}\",\"on_account_switch\":\"{switch}\",\
             \"request_queue_config\":{{\"flush_interval_ms\":250}}}}",
            rules.persistence
        );
        let texts = self.texts(rules, tab, 0);
        let own = self.storage.read(tab, Key::Own).text.to_string();
        let client = Client::new(Start {
            now: self.now,
            entropy: &entropy(tab, life),
            token: "t",
            window_id: &window_id,
            options: &options,
            tab: &record,
            page: PAGE,
            records: records(&texts),
            ..Start::default()
        });
        let client = client.expect("the options are good");
        let opened = Part::new(Tab {
            client,
            life,
            seen: self.seen(tab),
            changes: changes_in(&own),
            own,
            record,
            window_id,
            wake_at: None,
            hidden: false,
            asks: VecDeque::new(),
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
        self.drain(rules, tab);
        self.take_over(rules, tab);
    }
}

pub fn records(texts: &[String; 4]) -> Records<'_> {
    let [shared, own, shared_cookie, own_cookie] = texts;
    Records {
        shared,
        own,
        shared_cookie,
        own_cookie,
    }
}

/// 16 bytes as 32 hexadecimal digits, others for each page.
fn entropy(tab: usize, life: u32) -> String {
    let mut bytes = [0; 16];
    SplitMix64::seed_from_u64(hash_of(&(tab, life))).fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

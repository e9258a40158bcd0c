//! All that can happen in the world, and how it is written down to be done again. Must never know
//! what comes of it.

use std::fmt;
use std::str::FromStr;

use crate::storage::Key;

/// Somebody who can log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    A,
    B,
    C,
}

impl Account {
    pub const ALL: [Account; 3] = [Account::A, Account::B, Account::C];

    /// The id that `identify` is given.
    pub fn id(self) -> &'static str {
        match self {
            Account::A => "a",
            Account::B => "b",
            Account::C => "c",
        }
    }

    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.id() == id)
    }
}

/// A request by who made it: the tab, how often that was loaded before, and the client's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId {
    pub tab: usize,
    pub life: u32,
    pub request: u32,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// The page captures an event.
    Capture(usize),
    /// The page logs an account in.
    Identify(usize, Account),
    /// The page logs out.
    Reset(usize),
    /// Nobody sees the page any more.
    Hide(usize),
    /// The page goes, and is put away as it is.
    Leave(usize),
    /// A page that was hidden or put away is shown again.
    Online(usize),
    /// The page goes, and comes again.
    Reload(usize),
    /// The whole browser dies and starts again.
    Kill,
    /// A tab's timer rings: a batch is sent, or tried again.
    Wake(usize),
    /// Some seconds pass.
    Pass,
    /// Nobody does anything until all is shown, committed, sent and answered.
    Rest,
    /// A tab is shown what another tab wrote under a key.
    Show(usize, Key),
    /// localStorage reaches the disk.
    Flush,
    /// The cookies reach the disk.
    FlushCookies,
    /// A tab's oldest transaction is committed; the tab is not told yet.
    Commit(usize),
    /// A tab is told of its oldest committed transaction.
    Tell(usize),
    /// All of a tab's transactions are committed, it is told, and so on until it asks for none.
    Database(usize),
    /// A request arrives, and so does its answer.
    Deliver(MessageId),
    /// A request arrives and will arrive again; the answer is lost.
    Copy(MessageId),
    /// A request is lost, or nothing more is heard of it.
    Lose(MessageId),
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.tab, self.life, self.request)
    }
}

impl Action {
    /// Whether it can change what is judged: the past, or what the collector has. To show a tab
    /// what it does not act upon at once, or to bring something to the disk, changes storage alone.
    pub fn is_judged(self) -> bool {
        !matches!(
            self,
            Action::Show(..) | Action::Flush | Action::FlushCookies
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Capture(tab) => write!(f, "capture {tab}"),
            Action::Identify(tab, account) => write!(f, "identify {tab} {}", account.id()),
            Action::Reset(tab) => write!(f, "reset {tab}"),
            Action::Hide(tab) => write!(f, "hide {tab}"),
            Action::Leave(tab) => write!(f, "leave {tab}"),
            Action::Online(tab) => write!(f, "online {tab}"),
            Action::Reload(tab) => write!(f, "reload {tab}"),
            Action::Kill => write!(f, "kill"),
            Action::Wake(tab) => write!(f, "wake {tab}"),
            Action::Pass => write!(f, "pass"),
            Action::Rest => write!(f, "rest"),
            Action::Show(tab, key) => write!(f, "show {tab} {key:?}"),
            Action::Flush => write!(f, "flush"),
            Action::FlushCookies => write!(f, "flush-cookies"),
            Action::Commit(tab) => write!(f, "commit {tab}"),
            Action::Tell(tab) => write!(f, "tell {tab}"),
            Action::Database(tab) => write!(f, "database {tab}"),
            Action::Deliver(id) => write!(f, "deliver {id}"),
            Action::Copy(id) => write!(f, "copy {id}"),
            Action::Lose(id) => write!(f, "lose {id}"),
        }
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("{text:?} is no action");
        let mut words = text.split_whitespace();
        let name = words.next().ok_or_else(unknown)?;
        let first = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        let tab = || first.parse().map_err(|_| unknown());
        let key = || {
            let mut keys = Key::ALL.into_iter();
            keys.find(|key| format!("{key:?}") == second)
                .ok_or_else(unknown)
        };
        Ok(match name {
            "capture" => Action::Capture(tab()?),
            "identify" => Action::Identify(tab()?, Account::of(second).ok_or_else(unknown)?),
            "reset" => Action::Reset(tab()?),
            "hide" => Action::Hide(tab()?),
            "leave" => Action::Leave(tab()?),
            "online" => Action::Online(tab()?),
            "reload" => Action::Reload(tab()?),
            "kill" => Action::Kill,
            "wake" => Action::Wake(tab()?),
            "pass" => Action::Pass,
            "rest" => Action::Rest,
            "show" => Action::Show(tab()?, key()?),
            "flush" => Action::Flush,
            "flush-cookies" => Action::FlushCookies,
            "commit" => Action::Commit(tab()?),
            "tell" => Action::Tell(tab()?),
            "database" => Action::Database(tab()?),
            "deliver" => Action::Deliver(first.parse()?),
            "copy" => Action::Copy(first.parse()?),
            "lose" => Action::Lose(first.parse()?),
            _ => return Err(unknown()),
        })
    }
}

impl FromStr for MessageId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Vec<u32> = text.split('.').filter_map(|n| n.parse().ok()).collect();
        match numbers[..] {
            [tab, life, request] => Ok(MessageId {
                tab: tab as usize,
                life,
                request,
            }),
            _ => Err(format!("{text:?} is no request")),
        }
    }
}

/// A list of actions as it is printed and read.
pub fn script(actions: &[Action]) -> String {
    let actions: Vec<String> = actions.iter().map(Action::to_string).collect();
    actions.join("; ")
}

/// # Errors
/// When a part of it is no action.
pub fn parse_script(text: &str) -> Result<Vec<Action>, String> {
    let parts = text.split(';').filter(|part| !part.trim().is_empty());
    parts.map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_done_again() {
        let id = MessageId {
            tab: 1,
            life: 2,
            request: 3,
        };
        let actions = [
            Action::Capture(0),
            Action::Identify(1, Account::B),
            Action::Reset(2),
            Action::Hide(0),
            Action::Leave(0),
            Action::Online(0),
            Action::Reload(0),
            Action::Kill,
            Action::Wake(0),
            Action::Pass,
            Action::Rest,
            Action::Show(1, Key::OwnCookie),
            Action::Flush,
            Action::FlushCookies,
            Action::Commit(0),
            Action::Tell(0),
            Action::Database(0),
            Action::Deliver(id),
            Action::Copy(id),
            Action::Lose(id),
        ];
        assert_eq!(parse_script(&script(&actions)), Ok(actions.to_vec()));
        assert!(parse_script("capture").is_err());
        assert!(parse_script("fly 0").is_err());
    }
}

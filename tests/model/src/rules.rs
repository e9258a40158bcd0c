//! What is so in a world as long as it stands, and how often things may happen in it. Must never
//! know a world.

use std::sync::Arc;

use crate::action::Action;
use crate::memory::Memory;
use crate::mutation::Mutation;

/// What is so in a world as long as it stands.
#[derive(Clone, Debug)]
pub struct Rules {
    pub tabs: usize,
    pub accounts: usize,
    /// The option `persistence`.
    pub persistence: &'static str,
    /// Whether there is IndexedDB.
    pub database: bool,
    /// Whether a tab is shown at once what another has written.
    pub prompt: bool,
    /// Whether the browser was never on this site, and all tabs are opened at once.
    pub fresh: bool,
    /// How often each may happen.
    pub most: Uses,
    /// Whether a transaction may be committed long before its tab is told.
    pub slow_tell: bool,
    /// Whether time passes in which nothing happens.
    pub passes: bool,
    /// Whether everything comes to rest in between.
    pub rests: bool,
    /// Whether pages are hidden without going.
    pub hides: bool,
    /// Whether a page's lease lasts until its time has come. Otherwise time is left out: the lease
    /// of a page that is gone or hidden is over when another page looks, that of any other is not.
    pub leases: bool,
    /// The mistake that is made.
    pub mutation: Option<Mutation>,
    /// What spares the work of doing the same again; makes no difference.
    pub memory: Option<Arc<Memory>>,
}

/// How often something happened that is bounded.
#[derive(Clone, Copy, Debug, Default, Hash, PartialEq, Eq)]
pub struct Uses {
    pub captures: u32,
    pub logins: u32,
    pub resets: u32,
    pub reloads: u32,
    pub kills: u32,
    pub copies: u32,
    pub losses: u32,
    pub flushes: u32,
}

impl Uses {
    /// As often as one likes.
    pub const ANY: Uses = Uses {
        captures: u32::MAX,
        logins: u32::MAX,
        resets: u32::MAX,
        reloads: u32::MAX,
        kills: u32::MAX,
        copies: u32::MAX,
        losses: u32::MAX,
        flushes: u32::MAX,
    };

    /// Whether an action may happen once more.
    pub fn may(mut self, action: Action, mut most: Uses) -> bool {
        let (used, most) = (self.of(action), most.of(action));
        used.zip(most).is_none_or(|(used, most)| used < most)
    }

    /// Counts an action, if it is bounded: how often anything else happened makes no difference.
    pub fn note(&mut self, action: Action, mut most: Uses) {
        if let Some((used, most)) = self.of(action).zip(most.of(action))
            && *most != u32::MAX
        {
            *used += 1;
        }
    }

    fn of(&mut self, action: Action) -> Option<&mut u32> {
        Some(match action {
            Action::Capture(_) => &mut self.captures,
            Action::Identify(..) => &mut self.logins,
            Action::Reset(_) => &mut self.resets,
            Action::Reload(_) => &mut self.reloads,
            Action::Kill => &mut self.kills,
            Action::Copy(_) => &mut self.copies,
            Action::Lose(_) => &mut self.losses,
            Action::Flush | Action::FlushCookies => &mut self.flushes,
            _ => return None,
        })
    }
}

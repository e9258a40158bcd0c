//! Named mistakes, each of which some release of some analytics library has made or could make.
//! Knows how the world makes it: the shell that drives the core does something else than it was
//! asked, or tells it something else than what is. The core itself is the same.

use std::fmt;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// Every claim is answered with yes and recorded nowhere.
    NoClaim,
    /// A claim is answered with yes at once and committed later.
    ClaimAfterSend,
    /// Claims are lost in a kill, as localStorage would lose them.
    ClaimsForgotten,
    /// A claim that another account holds is answered with yes: no fresh id is taken.
    NoFreshId,
    /// Whatever is read counts as newer than what the tab knows.
    NoEpoch,
    /// A tab that notes activity writes the identity too, as the newest.
    StaleTabWrite,
    /// posthog-js's record is all that is read.
    OwnIgnored,
    /// A record that was torn or written late counts as a change by posthog-js.
    PastIgnored,
    /// A tab never looks at what the others wrote.
    NeverLooks,
    /// `on_account_switch: 'posthog'`.
    SwitchWithoutReset,
    /// A logout goes back to the anonymous id of before the login.
    ResetKeepsAnonymousId,
    /// A page that goes sends what it holds, claimed or not.
    HeldSentUnclaimed,
    /// The state is not read from IndexedDB.
    StateNotRestored,
    /// What is sent again is sent for whoever is logged in by then.
    RetriedAsAnother,
}

impl Mutation {
    pub const ALL: [Mutation; 14] = [
        Mutation::NoClaim,
        Mutation::ClaimAfterSend,
        Mutation::ClaimsForgotten,
        Mutation::NoFreshId,
        Mutation::NoEpoch,
        Mutation::StaleTabWrite,
        Mutation::OwnIgnored,
        Mutation::PastIgnored,
        Mutation::NeverLooks,
        Mutation::SwitchWithoutReset,
        Mutation::ResetKeepsAnonymousId,
        Mutation::HeldSentUnclaimed,
        Mutation::StateNotRestored,
        Mutation::RetriedAsAnother,
    ];
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mutation::NoClaim => "no claim",
            Mutation::ClaimAfterSend => "claim after send",
            Mutation::ClaimsForgotten => "claims lost in a kill",
            Mutation::NoFreshId => "no fresh id for a refused claim",
            Mutation::NoEpoch => "no epoch",
            Mutation::StaleTabWrite => "stale-tab write",
            Mutation::OwnIgnored => "own record not read",
            Mutation::PastIgnored => "torn read believed",
            Mutation::NeverLooks => "tabs never look",
            Mutation::SwitchWithoutReset => "on_account_switch: 'posthog'",
            Mutation::ResetKeepsAnonymousId => "reset keeps the anonymous id",
            Mutation::HeldSentUnclaimed => "held $identify sent unclaimed",
            Mutation::StateNotRestored => "state not restored from IndexedDB",
            Mutation::RetriedAsAnother => "retry with another identity",
        })
    }
}

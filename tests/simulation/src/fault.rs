//! The kinds of faults, and which of them a world has seen. Must never know how one is done.

use std::fmt;

/// What can go wrong, or come in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Delayed,
    LostRequest,
    LostAnswer,
    Duplicated,
    Overtaken,
    Offline,
    Refused400,
    TooLarge413,
    Unauthorised,
    Timeout408,
    TooMany429,
    Error500,
    Unavailable503,
    Hang,
    DroppedAfterAccepting,
    QuotaLimited,
    OpensLate,
    NeverOpens,
    TransactionFails,
    CommitsLate,
    StorageLost,
    StorageFull,
    StorageBlocked,
    RendererKilled,
    BrowserKilled,
    TabClosed,
    Navigation,
    Hidden,
    Frozen,
    Evicted,
    ClockAhead,
    ClockBack,
}

impl Fault {
    pub const ALL: [Fault; 32] = [
        Fault::Delayed,
        Fault::LostRequest,
        Fault::LostAnswer,
        Fault::Duplicated,
        Fault::Overtaken,
        Fault::Offline,
        Fault::Refused400,
        Fault::TooLarge413,
        Fault::Unauthorised,
        Fault::Timeout408,
        Fault::TooMany429,
        Fault::Error500,
        Fault::Unavailable503,
        Fault::Hang,
        Fault::DroppedAfterAccepting,
        Fault::QuotaLimited,
        Fault::OpensLate,
        Fault::NeverOpens,
        Fault::TransactionFails,
        Fault::CommitsLate,
        Fault::StorageLost,
        Fault::StorageFull,
        Fault::StorageBlocked,
        Fault::RendererKilled,
        Fault::BrowserKilled,
        Fault::TabClosed,
        Fault::Navigation,
        Fault::Hidden,
        Fault::Frozen,
        Fault::Evicted,
        Fault::ClockAhead,
        Fault::ClockBack,
    ];

    /// Those that a healthy browser on a healthy network has every day.
    pub const EVERYDAY: [Fault; 4] = [
        Fault::TabClosed,
        Fault::Navigation,
        Fault::Hidden,
        Fault::Frozen,
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Delayed => "request or answer takes seconds",
            Fault::LostRequest => "request lost before the server",
            Fault::LostAnswer => "answer lost",
            Fault::Duplicated => "request arrives twice",
            Fault::Overtaken => "request overtaken by a later one",
            Fault::Offline => "offline",
            Fault::Refused400 => "400 for an offender's batch",
            Fault::TooLarge413 => "413 for its size",
            Fault::Unauthorised => "401, 403 or 404",
            Fault::Timeout408 => "408",
            Fault::TooMany429 => "429 with Retry-After",
            Fault::Error500 => "500",
            Fault::Unavailable503 => "503",
            Fault::Hang => "server hangs",
            Fault::DroppedAfterAccepting => "accepted, connection dropped",
            Fault::QuotaLimited => "200 with quota_limited",
            Fault::OpensLate => "database opens late",
            Fault::NeverOpens => "database never opens",
            Fault::TransactionFails => "transaction fails",
            Fault::CommitsLate => "transaction commits late",
            Fault::StorageLost => "localStorage loses the last seconds",
            Fault::StorageFull => "localStorage full",
            Fault::StorageBlocked => "localStorage blocked",
            Fault::RendererKilled => "renderer killed",
            Fault::BrowserKilled => "browser killed",
            Fault::TabClosed => "tab closed",
            Fault::Navigation => "navigation",
            Fault::Hidden => "hidden and visible again",
            Fault::Frozen => "frozen and restored",
            Fault::Evicted => "killed while frozen",
            Fault::ClockAhead => "clock jumps ahead",
            Fault::ClockBack => "clock jumps back",
        })
    }
}

/// Some of the faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults(u64);

impl Faults {
    pub fn of(faults: &[Fault]) -> Self {
        let mut set = Faults::default();
        for fault in faults {
            set.add(*fault);
        }
        set
    }

    pub fn add(&mut self, fault: Fault) {
        self.0 |= 1 << fault as u64;
    }

    pub fn has(self, fault: Fault) -> bool {
        self.0 & 1 << fault as u64 != 0
    }

    /// Whether they have one of those.
    pub fn meets(self, other: &[Fault]) -> bool {
        self.0 & Faults::of(other).0 != 0
    }
}

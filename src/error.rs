//! What can go wrong that the site's developer can mend. Knows a number and a
//! text for each; the small build ships the numbers, `docs/errors.md` explains
//! them.

/// A problem reported to the page's console, never thrown into the page.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u32)]
pub enum Error {
    /// `init` got no token.
    TokenMissing = 1,
    /// `api_host` is neither an http(s) address nor a path.
    ApiHostInvalid = 2,
    /// `capture` got no event name.
    EventNameMissing = 3,
    /// A call got no id, or one that is no string or number.
    IdMissing = 4,
    /// A call got an id that PostHog's server merges nobody into.
    IdForbidden = 5,
    /// A call got an id of more than 200 characters.
    IdTooLong = 6,
    /// `identify` named another account while one was logged in.
    AccountSwitched = 7,
    /// The server refused one event for good; it was dropped.
    EventRefused = 8,
    /// The server refuses this page's key or address, which sends no more.
    Refused = 9,
    /// More events wait than a page may keep; the oldest were dropped.
    TooManyWaiting = 10,
    /// `init` got an option that restricts, and is not supported yet.
    Unsupported = 11,
    /// The visitor has opted out of being captured.
    OptedOut = 12,
    /// None of the environments, or more than one, claims the page's host.
    NoEnvironment = 13,
    /// A call needs a person, and `person_profiles` allows none.
    PersonsNever = 14,
    /// `group` got no type or no key.
    GroupMissing = 15,
    /// `bootstrap` names another account than the one that is logged in.
    BootstrapIgnored = 16,
    /// An event is larger than the server takes; it was not captured.
    EventTooLarge = 17,
    /// The page captures more than it may, as a loop that never ends would.
    TooManyCaptured = 18,
}

impl Error {
    /// Every error there is.
    pub const ALL: [Error; 18] = [
        Error::TokenMissing,
        Error::ApiHostInvalid,
        Error::EventNameMissing,
        Error::IdMissing,
        Error::IdForbidden,
        Error::IdTooLong,
        Error::AccountSwitched,
        Error::EventRefused,
        Error::Refused,
        Error::TooManyWaiting,
        Error::Unsupported,
        Error::OptedOut,
        Error::NoEnvironment,
        Error::PersonsNever,
        Error::GroupMissing,
        Error::BootstrapIgnored,
        Error::EventTooLarge,
        Error::TooManyCaptured,
    ];

    /// The number that the small build prints.
    pub fn number(self) -> u32 {
        self as u32
    }

    /// What happened and what to do, naming the field. The small build never
    /// calls it, so it carries none of these texts.
    pub fn message(self) -> &'static str {
        match self {
            Error::TokenMissing => {
                "init: `token` is missing: pass your project's API key as the first argument"
            }
            Error::ApiHostInvalid => {
                "init: `api_host` must start with https://, http:// or /: pass the address of your PostHog or collector"
            }
            Error::EventNameMissing => {
                "capture: the event's name must be a string that is not empty; nothing was captured"
            }
            Error::IdMissing => {
                "identify, alias: the id must be a string that is not empty; nothing was changed"
            }
            Error::IdForbidden => {
                "identify, alias: PostHog's server merges nobody into this id: pass the account's own id; nothing was changed"
            }
            Error::IdTooLong => {
                "identify, alias: an id has at most 200 characters, or the server would cut it; nothing was changed"
            }
            Error::AccountSwitched => {
                "identify: another account was logged in, so it was reset first: call reset() on logout"
            }
            Error::EventRefused => "the server refused an event, which was dropped",
            Error::Refused => {
                "the server refuses this key or address: check `token` and `api_host`; this page sends no more"
            }
            Error::TooManyWaiting => {
                "the server takes no events, and more wait than `outbox` allows: the oldest are dropped"
            }
            Error::Unsupported => {
                "init: this option is not supported yet, and to ignore it could capture or keep what it forbids; nothing is captured"
            }
            Error::OptedOut => {
                "init: this visitor has opted out, as posthog-js noted; nothing is captured"
            }
            Error::NoEnvironment => {
                "init: not exactly one of `environments` claims this host: name it in the `hosts` of one; nothing is captured"
            }
            Error::PersonsNever => {
                "identify, alias, set…: `person_profiles: 'never'` allows no person, so nothing was changed: use 'identified_only'"
            }
            Error::GroupMissing => {
                "group: pass a type and a key, strings that are not empty; nothing was changed"
            }
            Error::BootstrapIgnored => {
                "init: `bootstrap.distinctID` is not the account that is logged in, which stays: call reset() on logout"
            }
            Error::EventTooLarge => {
                "capture: the server takes no event of more than 900,000 bytes: pass less; nothing was captured"
            }
            Error::TooManyCaptured => {
                "capture: this page captures more than `rate_limiting` allows, as a loop without an end would; the rest is dropped"
            }
        }
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for Error {}

//! What the page asked for at `init`. Knows PostHog's option names and hosts;
//! never what the page does later.

use alloc::string::String;

use crate::error::Error;
use crate::json::{self, Object};
use crate::text::{filled, is_one_of, split};
use crate::time::Millis;

/// The options that the core acts on.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Config {
    /// The project's API key.
    pub token: String,
    /// Where events go, without a slash at its end.
    pub api_host: String,
    /// Whether `api_host` is not PostHog's cloud.
    pub custom_host: bool,
    /// How long events gather before a batch leaves.
    pub flush_interval: Millis,
    /// So many leave at once (`flush_at`, as in PostHog's other SDKs).
    pub flush_at: usize,
    /// After so many failures in a row a page tries no more (`max_retries`).
    pub max_retries: u32,
    /// How many bytes of events may wait (`outbox.max_bytes`).
    pub max_bytes: usize,
    /// How many events may wait (`outbox.max_events`).
    pub max_events: usize,
    /// For how long (`outbox.max_age`, there in seconds).
    pub max_age: Millis,
    /// Whether what a page handed over at its end is always sent again
    /// (`outbox.resend: 'always'`).
    pub resends: bool,
    /// How many events a page may capture at once (`rate_limiting.events_burst_limit`).
    pub burst: u64,
    /// And how many each second from then on (`rate_limiting.events_per_second`).
    pub per_second: u64,
    /// Whether nothing at all is kept (`persistence: 'memory'`, `disable_persistence`).
    pub memory: bool,
    /// Whether a tab's visitor is its own (`persistence: 'sessionStorage'`).
    pub tab_alone: bool,
    /// Whether a cookie beside localStorage keeps what subdomains share: for
    /// any other `persistence` that posthog-js does not know, too.
    pub cookie_beside: bool,
    /// How long a session lasts without activity.
    pub session_idle: Millis,
    /// Which events make a person.
    pub persons: Persons,
    /// Whether a second account takes the first one's place, as in posthog-js.
    pub switches_account: bool,
}

/// Which events make a person (`person_profiles`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Persons {
    /// Those of a visitor who was identified or grouped, or asked for one.
    Identified,
    /// All.
    Always,
    /// None.
    Never,
}

/// Options by which a site captures or keeps less: any value but `null` and
/// `false` is refused, not ignored.
const RESTRICTING: &str = "cookieless_mode opt_out_capturing_by_default respect_dnt";

/// By default only a runaway loop captures more at once.
const BURST: u64 = 10_000;
/// And more each second.
const PER_SECOND: u64 = 100;

const DEFAULT_HOST: &str = "https://us.i.posthog.com";

impl Config {
    /// Reads the options of `init`, which may hold any others besides.
    ///
    /// # Errors
    /// [`Error::TokenMissing`], [`Error::ApiHostInvalid`] and
    /// [`Error::Unsupported`], with the value or the option's name.
    pub fn new(token: &str, options: &Object) -> Result<Self, (Error, String)> {
        let token = String::from(token.trim_ascii());
        if token.is_empty() {
            let error = if options.has("environments") {
                Error::NoEnvironment
            } else {
                Error::TokenMissing
            };
            return Err((error, token));
        }
        for option in split(RESTRICTING, b' ') {
            if is_set(options, option) {
                return Err((Error::Unsupported, option.into()));
            }
        }
        let given = options.get_str("api_host");
        let mut api_host = given.trim_ascii();
        if given.is_empty() {
            api_host = DEFAULT_HOST;
        }
        if !split("https:// http:// /", b' ').any(|start| api_host.starts_with(start)) {
            return Err((Error::ApiHostInvalid, given.into()));
        }
        api_host = api_host.strip_suffix("/").unwrap_or(api_host);
        let cloud = cloud(api_host);
        let queue = options.get_object("request_queue_config");
        let outbox = options.get_object("outbox");
        let rates = options.get_object("rate_limiting");
        // Whoever sets one of posthog-js's limits gets its defaults for the other
        // (rate-limiter.ts).
        let (mut per_second, mut burst) = (PER_SECOND, BURST);
        if !rates.is_empty() {
            per_second = number(&rates, "events_per_second", 10);
            burst = number(&rates, "events_burst_limit", per_second * 10);
        }
        let is_off = is_set(options, "disable_persistence");
        let persistence = options.get_str("persistence");
        let kept = split("memory sessionStorage localStorage cookie", b' ')
            .position(|kind| persistence.eq_ignore_ascii_case(kind));
        Ok(Config {
            token,
            api_host: cloud.unwrap_or(api_host).into(),
            custom_host: cloud.is_none(),
            // posthog-js's defaults and bounds (request-queue.ts, sessionid.ts).
            flush_interval: number(&queue, "flush_interval_ms", 3000).clamp(250, 5000),
            session_idle: number(options, "session_idle_timeout_seconds", 1800).clamp(60, 36_000)
                * 1000,
            flush_at: count(options, "flush_at", 100).max(1),
            max_retries: count(options, "max_retries", usize::MAX) as u32,
            max_bytes: count(&outbox, "max_bytes", 16 << 20),
            max_events: count(&outbox, "max_events", 10_000),
            max_age: number(&outbox, "max_age", 7 * 24 * 3600).saturating_mul(1000),
            resends: outbox.get_str("resend") == "always",
            burst,
            per_second,
            memory: kept == Some(0) || is_off,
            tab_alone: kept == Some(1),
            cookie_beside: kept.is_none(),
            persons: match options.get("person_profiles") {
                Some("\"always\"") => Persons::Always,
                Some("\"never\"") => Persons::Never,
                _ => Persons::Identified,
            },
            switches_account: options.get("on_account_switch") == Some("\"posthog\""),
        })
    }

    /// A batch of finished events, an array, as one request's body.
    pub fn body(&self, events: &str) -> String {
        filled(r#"{"api_key":"%","batch":%}"#, &[&self.token, events])
    }
}

/// Whether an option is there, and neither `null` nor `false`.
fn is_set(options: &Object, key: &str) -> bool {
    !is_one_of(options.get(key).unwrap_or("null"), "null false")
}

fn count(options: &Object, key: &str, default: usize) -> usize {
    number(options, key, default as u64) as usize
}

fn number(options: &Object, key: &str, default: u64) -> u64 {
    options.get(key).and_then(json::whole).unwrap_or(default)
}

/// PostHog's ingestion host, if the address is one of its cloud's
/// (request-router.ts).
fn cloud(api_host: &str) -> Option<&'static str> {
    let host = api_host
        .strip_prefix("https://")?
        .strip_suffix(".posthog.com")?;
    let host = host.strip_suffix(".i").unwrap_or(host);
    if is_one_of(host, "app us us-assets") {
        Some(DEFAULT_HOST)
    } else if is_one_of(host, "eu eu-assets") {
        Some("https://eu.i.posthog.com")
    } else {
        None
    }
}

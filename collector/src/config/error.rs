//! What can be wrong with a config file.
//!
//! Knows: the words for it, which name the field and the fix. Must never know: how it is found out.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::{DEFAULT_LISTEN, MAX_NAME, MIN_TOKEN, TOKEN_VARIABLE};

/// What is wrong with a config file or an option.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the config file {path} cannot be read: {cause}; name another with --config")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is no TOML, or has a field that is unknown, missing or of the wrong type.
    #[error("the config file {path} is not right: {cause}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What the parser says, with line and field.
        cause: String,
    },
    /// The address is none.
    #[error("listen: \"{value}\" is no address; write one such as {DEFAULT_LISTEN}")]
    NotAnAddress {
        /// What was given.
        value: String,
    },
    /// The address can be reached from elsewhere, and nobody is asked for a token.
    #[error(
        "listen: {address} can be reached from other machines; set api_token (or {TOKEN_VARIABLE}), which readers must then send, or listen on a loopback address such as {DEFAULT_LISTEN}"
    )]
    OpenListen {
        /// What was given.
        address: SocketAddr,
    },
    /// There are names for other machines, and nobody is asked for a token.
    #[error(
        "hosts: \"{host}\" is a name for other machines; set api_token (or {TOKEN_VARIABLE}), which readers must then send, or leave hosts out"
    )]
    OpenHost {
        /// The first name.
        host: String,
    },
    /// A name that `Host` cannot carry.
    #[error(
        "hosts: \"{host}\" is no host name; write it without scheme, port and path, such as collector.internal"
    )]
    NotAName {
        /// What was given.
        host: String,
    },
    /// The token is easily guessed, or cannot be sent.
    #[error(
        "{field}: a token has at least {MIN_TOKEN} visible ASCII characters, no spaces; write one such as `openssl rand -hex 32` makes"
    )]
    WeakToken {
        /// Where it was given.
        field: &'static str,
    },
    /// There is no environment.
    #[error("environments: there is none; add [environments.dev] with an api_key")]
    NoEnvironment,
    /// An environment has a name that it cannot have.
    #[error(
        "environments.{name}: a name has 1 to {MAX_NAME} characters of a-z, 0-9, _ and -; rename it"
    )]
    InvalidName {
        /// The name.
        name: String,
    },
    /// An environment has a name that the collector uses or reserves.
    #[error("environments.{name}: this name is used or reserved by the API; rename it")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// A key that no client can send.
    #[error(
        "environments.{name}.api_key: a key has 1 to 64 ASCII characters, no spaces around it, and does not start with phx_; write another"
    )]
    InvalidKey {
        /// The environment.
        name: String,
    },
    /// A retention that keeps nothing.
    #[error(
        "environments.{name}.retention.{field}: 0 would keep no event; write 1 or more, or leave it out to keep all"
    )]
    NothingKept {
        /// The environment.
        name: String,
        /// The field of its retention.
        field: &'static str,
    },
    /// Two environments have one key.
    #[error(
        "environments.{second}.api_key: \"{first}\" has the same key, so its events could not be told apart; write another"
    )]
    SharedKey {
        /// The environment that comes first.
        first: String,
        /// The one that comes second.
        second: String,
    },
    /// A flag has an empty key, or an empty variant.
    #[error(
        "environments.{name}.flags.{flag}: a flag's key and its variant have at least one character; write one, or true"
    )]
    EmptyFlag {
        /// The environment.
        name: String,
        /// The flag's key.
        flag: String,
    },
    /// An early access feature names no flag of its environment.
    #[error(
        "environments.{name}.early_access_features.flag: there is no flag \"{flag}\"; add it to [environments.{name}.flags]"
    )]
    NoSuchFlag {
        /// The environment.
        name: String,
        /// What the feature names.
        flag: String,
    },
}

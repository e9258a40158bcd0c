//! The config file.
//!
//! Knows: its fields, their defaults, and what is wrong with it. Must never know: whether a file or
//! an address can be opened; that is found out by opening it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

use crate::ingest::is_well_shaped_key;

/// Where the collector listens if nothing else is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:8123";

/// Where data goes if nothing else is said, beside the config file.
const DEFAULT_DATA: &str = "data";

/// Names that are paths of the API or kept for ones to come, or files of the data directory.
const RESERVED: [&str; 4] = [
    "early_access_features",
    "environments",
    "openapi",
    "refusals",
];

const MAX_NAME: usize = 32;

/// What the collector is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on, a loopback one; port 0 is any free port.
    pub listen: SocketAddr,
    /// The directory of the databases.
    pub data: PathBuf,
    /// At least one environment, by name, in the order of the file.
    pub environments: IndexMap<String, EnvironmentConfig>,
}

/// One environment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentConfig {
    /// The key that its clients send.
    pub api_key: String,
    /// Whether events may make and change persons; without, all are personless (PostHog's
    /// `person_processing_opt_out`).
    #[serde(default = "yes")]
    pub person_processing: bool,
}

fn yes() -> bool {
    true
}

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
    /// The address can be reached from elsewhere.
    #[error(
        "listen: {address} can be reached from other machines, and nothing here asks for a password; listen on a loopback address such as {DEFAULT_LISTEN}"
    )]
    NotLoopback {
        /// What was given.
        address: SocketAddr,
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    data: Option<PathBuf>,
    #[serde(default)]
    environments: IndexMap<String, EnvironmentConfig>,
}

impl Config {
    /// Reads a config file. `listen` and `data` are the options of the command line, which win. A
    /// relative `data` in the file is relative to the file.
    ///
    /// # Errors
    /// [`ConfigError`], which names the field and the fix.
    pub fn load(
        path: &Path,
        listen: Option<&str>,
        data: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable {
            path: path.into(),
            cause,
        })?;
        Self::parse(&text, path, listen, data)
    }

    fn parse(
        text: &str,
        path: &Path,
        listen: Option<&str>,
        data: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| ConfigError::Invalid {
            path: path.into(),
            cause: error.to_string(),
        })?;
        let beside = path.parent().unwrap_or(Path::new(""));
        let data = match data {
            Some(data) => data.into(),
            None => beside.join(file.data.unwrap_or_else(|| DEFAULT_DATA.into())),
        };
        let listen = address(listen.or(file.listen.as_deref()).unwrap_or(DEFAULT_LISTEN))?;
        check(&file.environments)?;
        Ok(Self {
            listen,
            data,
            environments: file.environments,
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, ConfigError> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    let address: SocketAddr = numeric.parse().map_err(|_| ConfigError::NotAnAddress {
        value: text.to_owned(),
    })?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(ConfigError::NotLoopback { address })
    }
}

fn check(environments: &IndexMap<String, EnvironmentConfig>) -> Result<(), ConfigError> {
    if environments.is_empty() {
        return Err(ConfigError::NoEnvironment);
    }
    for (index, (name, environment)) in environments.iter().enumerate() {
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(is_allowed) {
            return Err(ConfigError::InvalidName { name: name.clone() });
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(ConfigError::ReservedName { name: name.clone() });
        }
        if !is_well_shaped_key(&environment.api_key) {
            return Err(ConfigError::InvalidKey { name: name.clone() });
        }
        let same_key =
            |(_, other): &(&String, &EnvironmentConfig)| other.api_key == environment.api_key;
        if let Some((first, _)) = environments.iter().take(index).find(same_key) {
            return Err(ConfigError::SharedKey {
                first: first.clone(),
                second: name.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("/etc/collector.toml"), None, None)
    }

    #[test]
    fn the_example_is_right() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("collector.example.toml");
        let config = Config::load(&path, None, None).unwrap();
        assert_eq!(
            config.environments.keys().collect::<Vec<_>>(),
            ["dev", "staging", "prod"]
        );
        assert_eq!(config.listen.to_string(), DEFAULT_LISTEN);
    }

    #[test]
    fn options_win_and_data_lies_beside_the_file() {
        let text = "listen = 'localhost:1'\ndata = 'x'\n[environments.dev]\napi_key = 'k'";
        let config = parse(text).unwrap();
        assert_eq!(
            (config.listen.to_string().as_str(), config.data.as_path()),
            ("127.0.0.1:1", Path::new("/etc/x"))
        );
        let config = Config::parse(
            text,
            Path::new("/etc/c.toml"),
            Some("[::1]:0"),
            Some(Path::new("y")),
        )
        .unwrap();
        assert_eq!(
            (config.listen.to_string().as_str(), config.data.as_path()),
            ("[::1]:0", Path::new("y"))
        );
    }

    #[test]
    fn environments_keep_the_order_of_the_file() {
        let text = "[environments.zeta]\napi_key='z'\n[environments.alpha]\napi_key='a'\n[environments.m]\napi_key='m'";
        assert_eq!(
            parse(text).unwrap().environments.keys().collect::<Vec<_>>(),
            ["zeta", "alpha", "m"]
        );
    }

    #[test]
    fn persons_are_processed_unless_an_environment_says_otherwise() {
        let text =
            "[environments.a]\napi_key='a'\n[environments.b]\napi_key='b'\nperson_processing=false";
        let config = parse(text).unwrap();
        let processed = |name: &str| config.environments[name].person_processing;
        assert_eq!(["a", "b"].map(processed), [true, false]);
    }

    #[test]
    fn errors_name_the_field() {
        let dev = "[environments.dev]\napi_key = 'k'\n";
        for (text, named) in [
            (format!("liste = 'x'\n{dev}"), "liste"),
            (format!("{dev}keys = 'x'"), "keys"),
            ("[environments.dev]".to_owned(), "api_key"),
            ("[environments.dev]\napi_key = 3".to_owned(), "api_key"),
            (
                format!("{dev}person_processing = 'no'"),
                "person_processing",
            ),
            (String::new(), "environments"),
            ("listen = 'x'\n".to_owned() + dev, "listen"),
            ("listen = '0.0.0.0:8123'\n".to_owned() + dev, "loopback"),
            ("listen = '192.168.1.2:8123'\n".to_owned() + dev, "loopback"),
            (
                "[environments.Dev]\napi_key = 'k'".to_owned(),
                "environments.Dev",
            ),
            (
                "[environments.refusals]\napi_key = 'k'".to_owned(),
                "environments.refusals",
            ),
            (
                "[environments.early_access_features]\napi_key = 'k'".to_owned(),
                "early_access_features",
            ),
            (
                "[environments.dev]\napi_key = ' k'".to_owned(),
                "environments.dev.api_key",
            ),
            (
                format!("{dev}[environments.prod]\napi_key = 'k'"),
                "environments.prod.api_key",
            ),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(named), "{text:?}: {error}");
        }
    }
}

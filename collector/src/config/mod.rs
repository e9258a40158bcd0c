//! The config file.
//!
//! Knows: its fields, their defaults, and what is wrong with it. Must never know: whether a file or
//! an address can be opened; that is found out by opening it.

mod environment;
mod error;
mod flags;

pub use environment::EnvironmentConfig;
pub use error::ConfigError;
pub use flags::{EarlyAccessFeature, Flag, Flags, Stage};

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

use environment::check;

/// Where the collector listens if nothing else is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:8123";

/// Where data goes if nothing else is said, beside the config file.
const DEFAULT_DATA: &str = "data";

/// What the collector is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on, a loopback one; port 0 is any free port.
    pub listen: SocketAddr,
    /// The directory of the databases.
    pub data: PathBuf,
    /// The folder with Backstitch's built script, for pages whose snippet names this collector.
    pub sdk: Option<PathBuf>,
    /// At least one environment, by name, in the order of the file.
    pub environments: IndexMap<String, EnvironmentConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    data: Option<PathBuf>,
    sdk: Option<PathBuf>,
    #[serde(default)]
    environments: IndexMap<String, EnvironmentConfig>,
}

impl Config {
    /// Reads a config file. `listen` and `data` are the options of the command line, which win. A
    /// relative `data` or `sdk` in the file is relative to the file.
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
            sdk: file.sdk.map(|sdk| beside.join(sdk)),
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
    fn the_sdk_lies_beside_the_file_if_anywhere() {
        let dev = "[environments.dev]\napi_key = 'k'";
        assert_eq!(parse(dev).unwrap().sdk, None);
        let config = parse(&format!("sdk = 'pkg/dist'\n{dev}")).unwrap();
        assert_eq!(config.sdk.as_deref(), Some(Path::new("/etc/pkg/dist")));
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

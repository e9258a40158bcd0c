//! The config file.
//!
//! Knows: its fields, their defaults, and what is wrong with it. Must never know: whether a file or
//! an address can be opened; that is found out by opening it.

mod access;
mod environment;
mod error;
mod file;
mod flags;
mod limits;
mod retention;

pub use access::ApiToken;
pub use environment::EnvironmentConfig;
pub use error::ConfigError;
pub use flags::{EarlyAccessFeature, Flag, Flags, Stage};
pub use limits::Limits;
pub use retention::Retention;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use file::{File, read};

/// Where the collector listens if nothing else is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:8123";

/// The environment variable that may hold the token.
pub const TOKEN_VARIABLE: &str = "BACKSTITCH_API_TOKEN";

/// The longest name of an environment, in bytes.
const MAX_NAME: usize = 32;

/// The shortest token, in characters: shorter ones are guessed.
const MIN_TOKEN: usize = 16;

/// What the collector is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on; port 0 is any free port. One that other machines can reach has an
    /// `api_token` beside it.
    pub listen: SocketAddr,
    /// What readers must show.
    pub api_token: Option<ApiToken>,
    /// Names that `Host` may have besides the machine's own.
    pub hosts: Vec<String>,
    /// What one client may take of the server.
    pub limits: Limits,
    /// The directory of the databases.
    pub data: PathBuf,
    /// The folder with Backstitch's built script, for pages whose snippet names this collector.
    pub sdk: Option<PathBuf>,
    /// At least one environment, by name, in the order of the file.
    pub environments: IndexMap<String, EnvironmentConfig>,
}

/// What is said outside the file; it wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overrides<'a> {
    /// The option `--listen`.
    pub listen: Option<&'a str>,
    /// The option `--data`.
    pub data: Option<&'a Path>,
    /// The option `--sdk`.
    pub sdk: Option<&'a Path>,
    /// The variable [`TOKEN_VARIABLE`].
    pub api_token: Option<&'a str>,
}

impl Config {
    /// A config that says nothing but where the data is and which environments there are.
    pub fn new(data: PathBuf, environments: IndexMap<String, EnvironmentConfig>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            api_token: None,
            hosts: Vec::new(),
            limits: Limits::default(),
            data,
            sdk: None,
            environments,
        }
    }

    /// Reads a config file. A relative `data` or `sdk` in the file is relative to the file.
    ///
    /// # Errors
    /// [`ConfigError`], which names the field and the fix.
    pub fn load(path: &Path, overrides: Overrides<'_>) -> Result<Self, ConfigError> {
        Self::parse(&read(path)?, path, overrides)
    }

    /// The directory of the databases, from a config file of which nothing else need be right.
    ///
    /// # Errors
    /// [`ConfigError`], which names the field and the fix.
    pub fn data_directory(path: &Path) -> Result<PathBuf, ConfigError> {
        Ok(File::parse(&read(path)?, path)?.data_beside(path))
    }

    fn parse(text: &str, path: &Path, overrides: Overrides<'_>) -> Result<Self, ConfigError> {
        let file = File::parse(text, path)?;
        let data = match overrides.data {
            Some(data) => data.into(),
            None => file.data_beside(path),
        };
        let sdk = file.sdk_beside(path);
        let listen = overrides.listen.or(file.listen.as_deref());
        let listen = address(listen.unwrap_or(DEFAULT_LISTEN))?;
        let api_token = match (overrides.api_token, &file.api_token) {
            (Some(token), _) => Some(ApiToken::new(token, TOKEN_VARIABLE)?),
            (None, Some(token)) => Some(ApiToken::new(token, "api_token")?),
            (None, None) => None,
        };
        access::check(listen, &file.hosts, api_token.as_ref())?;
        environment::check(&file.environments)?;
        Ok(Self {
            listen,
            api_token,
            hosts: file.hosts,
            sdk: overrides.sdk.map(Path::to_owned).or(sdk),
            ..Self::new(data, file.environments)
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, ConfigError> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric.parse().map_err(|_| ConfigError::NotAnAddress {
        value: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("/etc/collector.toml"), Overrides::default())
    }

    #[test]
    fn the_example_is_right() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("collector.example.toml");
        let config = Config::load(&path, Overrides::default()).unwrap();
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
        let overrides = Overrides {
            listen: Some("[::1]:0"),
            data: Some(Path::new("y")),
            ..Overrides::default()
        };
        let config = Config::parse(text, Path::new("/etc/c.toml"), overrides).unwrap();
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
    fn a_token_opens_addresses_and_names_and_the_variable_wins() {
        let text = "listen = '0.0.0.0:1'\napi_token = 'of-the-config-file'\nhosts = ['collector.internal']\n\
                    [environments.dev]\napi_key = 'k'";
        let config = parse(text).unwrap();
        assert!(config.api_token.unwrap().is("of-the-config-file"));
        assert_eq!(config.hosts, ["collector.internal"]);
        let parse = |api_token| {
            let overrides = Overrides {
                api_token: Some(api_token),
                ..Overrides::default()
            };
            Config::parse(text, Path::new("/etc/c.toml"), overrides)
        };
        let config = parse("of-the-environment").unwrap();
        assert!(config.api_token.unwrap().is("of-the-environment"));
        // An empty variable is a mistake, not a wish to have no token.
        let error = parse("").unwrap_err().to_string();
        assert!(error.contains(TOKEN_VARIABLE), "{error}");
    }

    #[test]
    fn an_environment_keeps_all_unless_it_says_otherwise() {
        let text = "[environments.a]\napi_key='a'\n\
                    [environments.b]\napi_key='b'\n[environments.b.retention]\ndays = 30\nevents = 1_000_000";
        let config = parse(text).unwrap();
        let retention = |name: &str| config.environments[name].retention;
        assert_eq!(retention("a"), Retention::default());
        let bounds = Retention {
            days: Some(30),
            events: Some(1_000_000),
        };
        assert_eq!(retention("b"), bounds);
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
            ("listen = '[::]:8123'\n".to_owned() + dev, "api_token"),
            (
                "listen = '192.168.1.2:8123'\n".to_owned() + dev,
                "api_token",
            ),
            ("hosts = ['x.example']\n".to_owned() + dev, "api_token"),
            ("hosts = ['http://x']\n".to_owned() + dev, "http://x"),
            ("api_token = 'short'\n".to_owned() + dev, "api_token"),
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
            (format!("{dev}retention.days = 0"), "dev.retention.days"),
            (format!("{dev}retention.events = 0"), "dev.retention.events"),
            (format!("{dev}retention.hours = 1"), "hours"),
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

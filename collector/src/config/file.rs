//! The config file as it is written.
//!
//! Knows: its fields, and that a relative path in it is relative to it. Must never know: whether what
//! it says can be.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

use super::environment::EnvironmentConfig;
use super::error::ConfigError;

/// Where data goes if nothing else is said, beside the config file.
const DEFAULT_DATA: &str = "data";

/// What a config file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub listen: Option<String>,
    pub data: Option<PathBuf>,
    pub api_token: Option<String>,
    #[serde(default)]
    pub hosts: Vec<String>,
    pub sdk: Option<PathBuf>,
    #[serde(default)]
    pub environments: IndexMap<String, EnvironmentConfig>,
}

impl File {
    /// Reads TOML.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::Invalid {
            path: path.into(),
            cause: error.to_string(),
        })
    }

    /// The directory of the databases.
    pub fn data_beside(&self, path: &Path) -> PathBuf {
        let data = self.data.as_deref();
        beside(path, data.unwrap_or(Path::new(DEFAULT_DATA)))
    }

    /// The folder with Backstitch's built script.
    pub fn sdk_beside(&self, path: &Path) -> Option<PathBuf> {
        self.sdk.as_deref().map(|sdk| beside(path, sdk))
    }
}

/// The text of a config file.
pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable {
        path: path.into(),
        cause,
    })
}

/// A relative path of the file is relative to the file.
fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}

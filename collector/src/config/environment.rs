//! One environment of the config file.
//!
//! Knows: its fields, their defaults, and which names and keys it may have. Must never know: the
//! other sections of the file.

use indexmap::IndexMap;
use serde::Deserialize;

use super::MAX_NAME;
use super::error::ConfigError;
use super::flags::{self, EarlyAccessFeature, Flags};
use super::retention::Retention;
use crate::ingest::is_well_shaped_key;

/// Names that are paths of the API or kept for ones to come, or files of the data directory.
const RESERVED: [&str; 4] = [
    "early_access_features",
    "environments",
    "openapi",
    "refusals",
];

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
    /// Which events go when.
    #[serde(default)]
    pub retention: Retention,
    /// The feature flags that its clients are told of.
    #[serde(default)]
    pub flags: Flags,
    /// The features that its clients' visitors may ask to have early.
    #[serde(default)]
    pub early_access_features: Vec<EarlyAccessFeature>,
}

impl EnvironmentConfig {
    /// An environment of which nothing but the key is said.
    pub fn new(api_key: &str) -> Self {
        Self {
            api_key: api_key.to_owned(),
            person_processing: true,
            retention: Retention::default(),
            flags: Flags::new(),
            early_access_features: Vec::new(),
        }
    }
}

fn yes() -> bool {
    true
}

/// Whether all environments have names and keys that they can have, each its own.
pub(super) fn check(environments: &IndexMap<String, EnvironmentConfig>) -> Result<(), ConfigError> {
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
        if let Some(field) = environment.retention.zero() {
            return Err(ConfigError::NothingKept {
                name: name.clone(),
                field,
            });
        }
        let same_key =
            |(_, other): &(&String, &EnvironmentConfig)| other.api_key == environment.api_key;
        if let Some((first, _)) = environments.iter().take(index).find(same_key) {
            return Err(ConfigError::SharedKey {
                first: first.clone(),
                second: name.clone(),
            });
        }
        flags::check(name, &environment.flags, &environment.early_access_features)?;
    }
    Ok(())
}

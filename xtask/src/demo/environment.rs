//! The demo's environments and their keys.
//!
//! Knows the collector's configuration file. Must never hold a key that is used anywhere else.

use clap::ValueEnum;

/// An environment of the demo's collector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// What a developer tries.
    #[default]
    Dev,
    /// What is about to be shipped.
    Staging,
    /// What visitors use.
    Prod,
}

impl Environment {
    const ALL: [Self; 3] = [Self::Dev, Self::Staging, Self::Prod];

    /// Its name in addresses and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
        }
    }

    /// The project API key that events for it carry.
    pub fn api_key(self) -> String {
        format!("phc_backstitch_{}", self.name())
    }
}

/// The collector's configuration with all environments of the demo.
pub fn config() -> String {
    Environment::ALL
        .iter()
        .map(|environment| {
            format!(
                "[environments.{}]\napi_key = \"{}\"\n",
                environment.name(),
                environment.api_key()
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_names_every_environment_with_its_own_key() {
        let config: toml::Table = config().parse().expect("TOML");
        let keys: std::collections::BTreeSet<_> = ["dev", "staging", "prod"]
            .iter()
            .map(|name| {
                config["environments"][name]["api_key"]
                    .as_str()
                    .expect("a key")
                    .to_owned()
            })
            .collect();
        assert_eq!(keys.len(), 3);
    }
}

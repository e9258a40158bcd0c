//! Feature flags and early access features of one environment of the config file.
//!
//! Knows: their fields, the short ways to write them, and which contradict each other. Must never
//! know: the answers that clients get of them.

use std::fmt;

use indexmap::IndexMap;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::error::ConfigError;

/// The flags of an environment by their keys, in the order of the file.
pub type Flags = IndexMap<String, Flag>;

/// A feature flag. In the file it is `true`, `false`, the name of a variant, or a table of these
/// fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Whether it is on for anybody.
    pub enabled: bool,
    /// The variant that those get for whom it is on; without one they get `true`.
    pub variant: Option<String>,
    /// What comes with it where it is on, as JSON text.
    pub payload: Option<String>,
    /// For whom it is on; everybody if nothing is said.
    pub distinct_ids: Option<Vec<String>>,
    /// What it is for.
    pub description: Option<String>,
}

/// A feature that visitors may ask to have early, as PostHog's clients list them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyAccessFeature {
    /// The key of its flag.
    pub flag: String,
    /// Its name for people.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// How far it is.
    #[serde(default)]
    pub stage: Stage,
    /// Where to read more.
    #[serde(default)]
    pub documentation_url: String,
}

/// How far an early access feature is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// An idea.
    Concept,
    /// For a few.
    Alpha,
    /// For whoever asks.
    #[default]
    Beta,
    /// For everybody.
    GeneralAvailability,
}

impl Flag {
    /// A flag of which nothing more is said.
    fn new(enabled: bool, variant: Option<String>) -> Self {
        Self {
            enabled,
            variant,
            payload: None,
            distinct_ids: None,
            description: None,
        }
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, the name of a variant, or a table such as { variant = \"blue\" }")
    }

    fn visit_bool<E: Error>(self, enabled: bool) -> Result<Flag, E> {
        Ok(Flag::new(enabled, None))
    }

    fn visit_str<E: Error>(self, variant: &str) -> Result<Flag, E> {
        Ok(Flag::new(true, Some(variant.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Flag, A::Error> {
        Table::deserialize(MapAccessDeserializer::new(map)).map(Flag::from)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default = "yes")]
    enabled: bool,
    variant: Option<String>,
    #[serde(default, deserialize_with = "json_text")]
    payload: Option<String>,
    distinct_ids: Option<Vec<String>>,
    description: Option<String>,
}

impl From<Table> for Flag {
    fn from(table: Table) -> Self {
        Self {
            enabled: table.enabled,
            variant: table.variant,
            payload: table.payload,
            distinct_ids: table.distinct_ids,
            description: table.description,
        }
    }
}

fn yes() -> bool {
    true
}

/// A TOML value as JSON text; a date or time becomes a string.
fn json_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = json(toml::Value::deserialize(deserializer)?)
        .ok_or_else(|| D::Error::custom("payload: JSON has no nan and no inf; write a number"))?;
    Ok(Some(value.to_string()))
}

fn json(value: toml::Value) -> Option<serde_json::Value> {
    Some(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => serde_json::Number::from_f64(number)?.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(items) => {
            serde_json::Value::Array(items.into_iter().map(json).collect::<Option<_>>()?)
        }
        toml::Value::Table(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| Some((name, json(value)?)));
            serde_json::Value::Object(members.collect::<Option<_>>()?)
        }
    })
}

/// Whether the flags of an environment have keys and values that they can have.
pub(super) fn check(
    environment: &str,
    flags: &Flags,
    features: &[EarlyAccessFeature],
) -> Result<(), ConfigError> {
    for (flag, said) in flags {
        let is_empty = |text: &Option<String>| text.as_ref().is_some_and(String::is_empty);
        if flag.is_empty() || is_empty(&said.variant) {
            return Err(ConfigError::EmptyFlag {
                name: environment.to_owned(),
                flag: flag.clone(),
            });
        }
    }
    for feature in features {
        if !flags.contains_key(&feature.flag) {
            return Err(ConfigError::NoSuchFlag {
                name: environment.to_owned(),
                flag: feature.flag.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::environment::EnvironmentConfig;
    use super::*;

    fn parse(text: &str) -> Result<EnvironmentConfig, String> {
        let config: EnvironmentConfig =
            toml::from_str(&format!("api_key = 'k'\n{text}")).map_err(|error| error.to_string())?;
        check("dev", &config.flags, &config.early_access_features)
            .map_err(|error| error.to_string())?;
        Ok(config)
    }

    #[test]
    fn a_flag_may_be_written_short() {
        let config = parse("[flags]\nb = true\na = false\ncolour = 'blue'").unwrap();
        let flags: Vec<_> = config.flags.into_iter().collect();
        let named = |name: &str, flag| (name.to_owned(), flag);
        assert_eq!(
            flags,
            [
                named("b", Flag::new(true, None)),
                named("a", Flag::new(false, None)),
                named("colour", Flag::new(true, Some("blue".to_owned()))),
            ]
        );
    }

    #[test]
    fn a_table_says_more_and_is_on_unless_it_says_otherwise() {
        let text = "[flags]\na = { variant = 'blue', distinct_ids = ['u'], description = 'd', \
                    payload = { n = [1, 1.5, true], s = 'x', at = 2026-01-02 } }\nb = { enabled = false }";
        let flags = parse(text).unwrap().flags;
        assert_eq!(
            flags["a"],
            Flag {
                payload: Some(r#"{"at":"2026-01-02","n":[1,1.5,true],"s":"x"}"#.to_owned()),
                distinct_ids: Some(vec!["u".to_owned()]),
                description: Some("d".to_owned()),
                ..Flag::new(true, Some("blue".to_owned()))
            }
        );
        assert_eq!(flags["b"], Flag::new(false, None));
    }

    #[test]
    fn an_early_access_feature_is_in_beta_unless_it_says_otherwise() {
        let text = "flags = { f = true, g = true }\n[[early_access_features]]\nflag = 'f'\nname = 'F'\n\
                    [[early_access_features]]\nflag = 'g'\nname = 'G'\nstage = 'general-availability'";
        let features = parse(text).unwrap().early_access_features;
        assert_eq!(
            features
                .iter()
                .map(|feature| feature.stage)
                .collect::<Vec<_>>(),
            [Stage::Beta, Stage::GeneralAvailability]
        );
    }

    #[test]
    fn errors_name_the_field() {
        for (text, named) in [
            ("[flags]\na = 3", "name of a variant"),
            ("[flags]\na = { enabeld = true }", "enabeld"),
            ("[flags]\na = { enabled = 'yes' }", "enabled"),
            ("[flags]\na = { distinct_ids = 'u' }", "distinct_ids"),
            ("[flags]\na = { payload = nan }", "payload"),
            ("[flags]\na = ''", "environments.dev.flags.a"),
            ("[flags]\n'' = true", "environments.dev.flags"),
            (
                "[[early_access_features]]\nflag = 'f'\nname = 'F'",
                "environments.dev.early_access_features.flag",
            ),
            (
                "flags = { f = true }\n[[early_access_features]]\nflag = 'f'\nname = 'F'\nstage = 'gamma'",
                "stage",
            ),
            (
                "flags = { f = true }\n[[early_access_features]]\nflag = 'f'",
                "name",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(named), "{text:?}: {error}");
        }
    }
}

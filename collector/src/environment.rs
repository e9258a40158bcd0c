//! Environments: a name, a key, a file, a writer and readers each.
//!
//! Knows: which key and which name lead to which environment. What is reached through one never
//! shows a row of another: they share no connection. Must never know: HTTP.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{Config, Retention};
use crate::query::Reader;
use crate::store::{DataDirectory, Refusals, StoreError, Writer};

/// One environment, open.
#[derive(Debug)]
pub struct Environment {
    /// Its name in the config file, and in the API's paths.
    pub name: String,
    /// The key that its clients send.
    pub api_key: String,
    /// Its one writer.
    pub writer: Writer,
    /// Its readers.
    pub reader: Reader,
    /// How long it keeps its events.
    pub retention: Retention,
}

/// All environments of a collector, with the log of what none of them took.
#[derive(Debug)]
pub struct Environments {
    all: Vec<Arc<Environment>>,
    /// The log of refusals that name no environment.
    pub refusals: Refusals,
    /// Its readers.
    pub refusals_reader: Reader,
    /// Declared last, so that the files are closed before another process may have them.
    directory: DataDirectory,
}

impl Environments {
    /// Opens the files of all environments.
    ///
    /// # Errors
    /// [`StoreError`], which names the file.
    pub fn open(config: &Config) -> Result<Self, StoreError> {
        let directory = DataDirectory::claim(&config.data)?;
        let refusals = Refusals::open(&directory.refusals())?;
        let mut all = Vec::with_capacity(config.environments.len());
        for (name, environment) in &config.environments {
            let path = directory.environment(name);
            all.push(Arc::new(Environment {
                name: name.clone(),
                api_key: environment.api_key.clone(),
                writer: Writer::start(&path, name, environment.person_processing)?,
                reader: Reader::new(path),
                retention: environment.retention,
            }));
        }
        Ok(Self {
            all,
            refusals,
            refusals_reader: Reader::new(directory.refusals()),
            directory,
        })
    }

    /// A directory for files that are needed for a moment.
    pub fn spool(&self) -> PathBuf {
        self.directory.spool()
    }

    /// All environments, in the order of the config file.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Environment>> {
        self.all.iter()
    }

    /// The environment of a name.
    pub fn by_name(&self, name: &str) -> Option<&Arc<Environment>> {
        self.all.iter().find(|environment| environment.name == name)
    }

    /// The environment of a key.
    pub fn by_key(&self, api_key: &str) -> Option<&Arc<Environment>> {
        self.all
            .iter()
            .find(|environment| environment.api_key == api_key)
    }
}

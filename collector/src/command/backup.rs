//! Copies of all databases.
//!
//! Knows: where they are, from the config file. Must never know: how a database is copied while
//! another process writes it.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use backstitch_collector::Config;
use backstitch_collector::store;
use clap::Args;

/// The options of a backup.
#[derive(Debug, Args)]
pub struct Backup {
    /// The config file of the collector.
    #[arg(long, default_value = "collector.toml", value_name = "FILE")]
    config: PathBuf,
    /// The directory of the databases. Wins over the config file.
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// The directory for the copies: a new one, or one without copies.
    #[arg(value_name = "TO")]
    to: PathBuf,
}

impl Backup {
    /// Copies the databases, and prints the path of each copy.
    ///
    /// # Errors
    /// What is wrong with the config, the data or the directory of the copies.
    pub fn run(&self) -> Result<(), Box<dyn Error>> {
        let data = match &self.data {
            Some(data) => data.clone(),
            None => Config::data_directory(&self.config)?,
        };
        let mut stdout = std::io::stdout();
        for copy in store::backup(&data, &self.to)? {
            writeln!(stdout, "{}", copy.display())?;
        }
        Ok(())
    }
}

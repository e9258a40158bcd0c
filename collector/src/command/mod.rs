//! The commands, each with its options.
//!
//! Knows: which there are besides serving. Must never know: how they do their work.

mod backup;
pub mod logs;
mod serve;
mod stop;

pub use serve::Serve;

use clap::Subcommand;

/// What can be done besides serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Copies all databases to another directory, also while a collector uses them.
    Backup(backup::Backup),
}

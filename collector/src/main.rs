//! The command `backstitch-collector`.
//!
//! Knows: that serving is what it does if nothing else is said. Must never know: how any command
//! does its work.

mod command;

use std::process::ExitCode;

use clap::Parser;

use command::{Command, Serve, logs};

/// A local collector for PostHog-compatible events: SQLite below, an events page on top.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let result = match options.command {
        Some(Command::Backup(backup)) => {
            logs::start(logs::Format::Text);
            backup.run()
        }
        None => {
            logs::start(options.serve.log_format);
            options.serve.run()
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

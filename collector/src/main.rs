//! The command `backstitch-collector`.
//!
//! Knows: that it serves. Must never know: how.

mod command;

use std::process::ExitCode;

use clap::Parser;

use command::{Serve, logs};

/// A local collector for PostHog-compatible events: SQLite below, an events page on top.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    #[command(flatten)]
    serve: Serve,
}

fn main() -> ExitCode {
    let options = Options::parse();
    logs::start(options.serve.log_format);
    match options.serve.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

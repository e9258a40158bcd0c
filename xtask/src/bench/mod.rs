//! `cargo xtask bench`: figures, each beside a peer of the same run.
//!
//! Knows what can be measured and the program that measures it. Must never hold a figure.

mod capture;

use std::process::Command;

use clap::{Args, ValueEnum};

use crate::process;
use crate::workspace::Workspace;

/// What can be said about a measurement.
#[derive(Args, Debug)]
pub struct Options {
    /// What is measured.
    #[arg(value_enum)]
    subject: Subject,
    /// Options of the program that measures, as `--rounds 3 --large 100000`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Events stored per second beside bare inserts, reading and merging when there is much, memory.
    Collector,
    /// What a `capture()` costs a page beside posthog-js slim's: time, bytes, requests.
    Capture,
}

/// Builds what is measured, optimised, and measures it.
///
/// # Errors
/// When it can't be built, or a measurement breaks off.
pub fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<()> {
    let mut bench = match options.subject {
        Subject::Collector => collector(workspace),
        Subject::Capture => capture::program(workspace)?,
    };
    bench.args(&options.rest);
    process::pass(&mut bench)?;
    Ok(())
}

fn collector(workspace: &Workspace) -> Command {
    let mut bench = Command::new("cargo");
    bench
        .args([
            "bench",
            "--package",
            "backstitch-collector",
            "--bench",
            "collector",
            "--",
        ])
        .current_dir(&workspace.root);
    bench
}

//! `cargo xtask bench`: figures, each beside a peer of the same run.
//!
//! Knows what can be measured and the program that measures it. Must never hold a figure.

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
}

/// Builds what is measured, optimised, and measures it.
///
/// # Errors
/// When it can't be built, or a measurement breaks off.
pub fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<()> {
    let mut bench = Command::new("cargo");
    match options.subject {
        Subject::Collector => {
            bench.args([
                "bench",
                "--package",
                "backstitch-collector",
                "--bench",
                "collector",
            ]);
        }
    }
    bench
        .arg("--")
        .args(&options.rest)
        .current_dir(&workspace.root);
    process::pass(&mut bench)?;
    Ok(())
}

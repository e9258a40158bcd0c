//! `cargo xtask`: the one tool that builds, runs and checks everything here.
//!
//! Knows the commands and their order of set-up. Must never know how one of them does its work.

mod bench;
mod demo;
mod faults;
mod interrupt;
mod licences;
mod package;
mod process;
mod progress;
mod setup;
mod size;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::interrupt::Interrupt;
use crate::workspace::Workspace;

/// Builds, runs and checks Backstitch.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the demo shop, the collector and its events page on this machine.
    Demo(demo::Options),
    /// Run the tests; the last line says how many passed and failed.
    Test(test::Options),
    /// Measure something and print the figures.
    Bench(bench::Options),
    /// Break networks, pages and browsers; print what is lost and copied, beside posthog-js.
    Faults(faults::Options),
    /// Build the SDK into pkg/, as people get it.
    Package {
        /// For people who debug: unminified, with the names of the wasm functions.
        #[arg(long)]
        debug: bool,
    },
    /// Print what a page fetches, raw and compressed, and fail above the limit.
    Size,
    /// Check that the tree keeps its rules.
    Tidy,
    /// Do all set-up that the other commands would do on their first run.
    Setup,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command; `false` when it did its work and found something wrong.
#[tokio::main]
async fn run(command: Command) -> anyhow::Result<bool> {
    let workspace = Workspace::find()?;
    let mut interrupt = Interrupt::listen()?;
    match command {
        Command::Demo(options) => demo::run(&workspace, options, &mut interrupt)
            .await
            .map(|()| true),
        Command::Test(options) => {
            interrupt
                .or_exit(move || test::run(&workspace, &options))
                .await
        }
        Command::Bench(options) => interrupt
            .or_exit(move || bench::run(&workspace, &options))
            .await
            .map(|()| true),
        Command::Faults(options) => {
            interrupt
                .or_exit(move || faults::run(&workspace, &options))
                .await
        }
        Command::Package { debug } => interrupt
            .or_exit(move || package::run(&workspace, debug))
            .await
            .map(|()| true),
        Command::Size => interrupt.or_exit(move || size::run(&workspace)).await,
        Command::Tidy => interrupt.or_exit(move || tidy::run(&workspace.root)).await,
        Command::Setup => interrupt
            .or_exit(move || setup::everything(&workspace))
            .await
            .map(|()| true),
    }
}

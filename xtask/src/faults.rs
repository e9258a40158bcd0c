//! `cargo xtask faults`: what is lost and what comes twice when something breaks, in real browsers,
//! ours beside posthog-js.
//!
//! Knows the program that tries it and what that needs. Must never know a fault.

use std::process::Command;

use clap::Args;

use crate::demo;
use crate::process::{self, ProcessError};
use crate::setup::{browser, node, npm, other_browsers};
use crate::workspace::Workspace;

/// What can be said about a run.
#[derive(Args, Debug)]
pub struct Options {
    /// How often each scenario is run with each client.
    #[arg(long, default_value_t = 10)]
    repetitions: u32,
    /// Run only the scenarios whose names hold one of these.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
    /// Run them in Firefox, those that it can run.
    #[arg(long)]
    firefox: bool,
    /// Further options for our `init`, as JSON.
    #[arg(long, value_name = "JSON")]
    options: Option<String>,
}

/// Builds what is tried, tries it, and prints what came of it; `false` when ours lost or copied
/// what it may not.
///
/// # Errors
/// When it can't be built, or what it needs can't be had.
pub fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<bool> {
    demo::build(workspace)?;
    node::ensure()?;
    npm::ensure(&workspace.e2e())?;
    npm::ensure(&workspace.clients())?;
    let mut faults = Command::new("node");
    faults
        .arg(workspace.faults().join("main.js"))
        .args(["--repetitions", &options.repetitions.to_string()])
        .env("BACKSTITCH_COLLECTOR", workspace.collector())
        .env("BACKSTITCH_DIST", workspace.dist());
    if options.firefox {
        faults
            .args(["--engine", "firefox"])
            .env("FIREFOX", other_browsers::ensure()?.firefox);
    } else {
        faults.env("CHROME", browser::ensure()?.chrome);
    }
    for name in &options.only {
        faults.args(["--only", name]);
    }
    if let Some(json) = &options.options {
        faults.args(["--options", json]);
    }
    match process::pass(&mut faults) {
        Ok(()) => Ok(true),
        Err(ProcessError::Failed { status, .. }) if status.code() == Some(1) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

//! The suite that proves the identity rules on a model: tests/model, which searches and prints.
//!
//! Knows that program's name and its option. Must never know what it checks.

use std::process::Command;

use super::Depth;
use super::tally::Tally;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

const PACKAGE: &str = "backstitch-model";

/// Runs the model and prints what it found.
///
/// # Errors
/// When it can't be built.
pub fn run(workspace: &Workspace, depth: Depth) -> anyhow::Result<Tally> {
    let cargo = |command: &str| {
        let mut cargo = Command::new("cargo");
        cargo
            .args([command, "--package", PACKAGE])
            .current_dir(&workspace.root);
        cargo
    };
    progress::step("build the model", || process::run(&mut cargo("build")))?;
    let mut run = cargo("run");
    run.arg("--quiet");
    if depth == Depth::All {
        run.args(["--", "--all"]);
    }
    let mut report = String::new();
    let tally = progress::step("search, walk, and find mistakes", || {
        let finished = process::observe(&mut run).map_err(|error| {
            report = error.to_string();
            Tally::FAILED
        })?;
        let tally = Tally::of_test_results(&finished.output);
        report = finished.output;
        // A program that died counted nothing.
        if finished.status.success() && !tally.is_empty() {
            Ok(tally)
        } else {
            Err(Tally {
                failed: tally.failed.max(1),
                ..tally
            })
        }
    });
    println!("{}", report.trim_end());
    Ok(tally.unwrap_or_else(|failed| failed))
}

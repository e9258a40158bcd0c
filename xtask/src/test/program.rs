//! A test that is a program of the workspace: it searches by itself, prints what it found, and
//! counts on its last line as Rust's own test programs do.
//!
//! Knows how such a program is built and run. Must never know what it checks.

use std::process::Command;

use super::Depth;
use super::tally::Tally;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// Runs the program of a package, which does more with `--all`, and prints what it printed.
///
/// # Errors
/// When it can't be built.
pub fn run(
    workspace: &Workspace,
    package: &str,
    step: &str,
    depth: Depth,
) -> anyhow::Result<Tally> {
    let cargo = |command: &str| {
        let mut cargo = Command::new("cargo");
        cargo
            .args([command, "--package", package])
            .current_dir(&workspace.root);
        cargo
    };
    progress::step(&format!("build {package}"), || {
        process::run(&mut cargo("build"))
    })?;
    let mut run = cargo("run");
    run.arg("--quiet");
    if depth == Depth::All {
        run.args(["--", "--all"]);
    }
    let mut report = String::new();
    let tally = progress::step(step, || {
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

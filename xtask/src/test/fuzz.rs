//! The suite that fuzzes the collector's decoder, with cargo-fuzz.
//!
//! Knows the targets' folder and cargo-fuzz's command line. Must never know what a target checks.

use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::tally::Tally;
use crate::process;
use crate::progress;
use crate::setup::cargo_fuzz;
use crate::workspace::Workspace;

/// The seconds that each target runs.
const SECONDS: u32 = 60;

/// Runs each target for a while.
///
/// # Errors
/// When cargo-fuzz can't be had or a target can't be built.
pub fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    let folder = workspace.root.join("collector").join("fuzz");
    let targets = targets(&folder)?;
    let program = cargo_fuzz::ensure(&workspace.target)?;
    let fuzz = |name: &str, subcommand: &str, target: &str, options: &[String]| {
        let mut command = Command::new(&program);
        command
            .args([subcommand, "--fuzz-dir"])
            .arg(&folder)
            .arg("--target-dir")
            .arg(workspace.target.join("fuzz"))
            .arg(target)
            .args(options)
            // Instrumenting is not stable; the compiler is the workspace's own all the same.
            .env("RUSTC_BOOTSTRAP", "1")
            .current_dir(folder.parent().unwrap_or(&folder));
        progress::step(name, || process::run(&mut command)).map(|_| ())
    };
    let mut tally = Tally::default();
    for target in &targets {
        fuzz(&format!("build {target}"), "build", target, &[])?;
        let limits = ["--".to_owned(), format!("-max_total_time={SECONDS}")];
        let name = format!("fuzz {target} for {SECONDS} s");
        tally = tally
            + match fuzz(&name, "run", target, &limits) {
                Ok(()) => Tally::PASSED,
                Err(error) => {
                    eprintln!("{error}");
                    Tally::FAILED
                }
            };
    }
    Ok(tally)
}

/// The names of the targets.
fn targets(folder: &Path) -> anyhow::Result<Vec<String>> {
    let path = folder.join("fuzz_targets");
    let entries = std::fs::read_dir(&path)
        .with_context(|| format!("{} could not be read", path.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        names.extend(
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

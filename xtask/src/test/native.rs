//! The suites that need nothing but cargo: rustfmt, clippy, the native tests.
//!
//! Knows cargo's command line. Must never start a browser.

use std::process::Command;

use super::Depth;
use super::tally::Tally;
use crate::process;
use crate::progress;
use crate::setup::wasm_target;
use crate::workspace::Workspace;

/// Cases for each property test under `--all`; proptest's own default is 256.
const ALL_PROPERTY_CASES: &str = "4096";

/// rustfmt on everything.
pub fn format(workspace: &Workspace) -> anyhow::Result<Tally> {
    passes(
        "rustfmt",
        cargo(workspace).args(["fmt", "--all", "--", "--check", "--color", "never"]),
    )
}

/// clippy on everything natively, and on the core as it is shipped.
pub fn lint(workspace: &Workspace) -> anyhow::Result<Tally> {
    let native = passes(
        "clippy, native",
        cargo(workspace).args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]),
    )?;
    wasm_target::ensure(&workspace.target)?;
    let shipped = passes(
        "clippy, as shipped",
        cargo(workspace)
            .args([
                "clippy",
                "--package",
                "backstitch",
                "--lib",
                "--features",
                "small",
                "--profile",
                "wasm",
            ])
            .args([
                "--target",
                "wasm32-unknown-unknown",
                "--",
                "--deny",
                "warnings",
            ]),
    )?;
    Ok(native + shipped)
}

/// Every native test of the workspace. The `small` feature stays off: its panic handler is for
/// a browser and clashes with the one of std.
pub fn tests(workspace: &Workspace, depth: Depth) -> anyhow::Result<Tally> {
    // Building is a step of its own, so that its time is not taken for the tests'.
    let built = progress::step("build the tests", || {
        process::run(cargo(workspace).args(["test", "--workspace", "--no-run"]))
    });
    built?;
    let mut test = cargo(workspace);
    test.args(["test", "--workspace", "--no-fail-fast"]);
    if depth == Depth::All {
        test.env("PROPTEST_CASES", ALL_PROPERTY_CASES);
    }
    counted("run the tests", &mut test)
}

/// Runs a program whose output has Rust's `test result:` lines, and counts them.
pub fn counted(name: &str, command: &mut Command) -> anyhow::Result<Tally> {
    let finished = progress::step(name, || {
        let finished =
            process::observe(command).map_err(|error| (error.to_string(), Tally::FAILED))?;
        let tally = Tally::of_test_results(&finished.output);
        if finished.status.success() && tally.failed == 0 {
            return Ok(tally);
        }
        // A program that died counted none of its tests as failed.
        let tally = if tally.failed == 0 {
            tally + Tally::FAILED
        } else {
            tally
        };
        Err((finished.output, tally))
    });
    Ok(finished.unwrap_or_else(|(output, tally)| {
        eprintln!("{output}");
        tally
    }))
}

/// Runs a program that passes or fails as a whole.
fn passes(name: &str, command: &mut Command) -> anyhow::Result<Tally> {
    Ok(match progress::step(name, || process::run(command)) {
        Ok(_) => Tally::PASSED,
        Err(error) => {
            eprintln!("{error}");
            Tally::FAILED
        }
    })
}

fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root);
    command
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_test_program_that_dies_has_failed_though_it_counted_no_failure() {
        let mut dies = shell("echo 'test result: ok. 2 passed; 0 failed; 0 ignored'; exit 101");
        assert_eq!(
            counted("dies", &mut dies).expect("a count"),
            Tally {
                passed: 2,
                failed: 1,
                skipped: 0
            }
        );
        let mut fails =
            shell("echo 'test result: FAILED. 2 passed; 3 failed; 0 ignored'; exit 101");
        assert_eq!(
            counted("fails", &mut fails).expect("a count"),
            Tally {
                passed: 2,
                failed: 3,
                skipped: 0
            }
        );
    }
}

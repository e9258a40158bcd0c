//! cargo-fuzz, at the one version that the collector is fuzzed with.
//!
//! Knows where it may be and how it is installed. Must never change the user's own installation:
//! what is installed here goes into the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::SetupError;
use crate::process;
use crate::progress;

const VERSION: &str = "0.13.2";

/// Gives the path of cargo-fuzz, building it once when this version is not on the machine.
///
/// # Errors
/// When it can't be built.
pub fn ensure(target_dir: &Path) -> Result<PathBuf, SetupError> {
    progress::step("cargo-fuzz", || {
        let tools = target_dir.join("tools");
        let own = tools
            .join("bin")
            .join(format!("cargo-fuzz{}", std::env::consts::EXE_SUFFIX));
        for candidate in [PathBuf::from("cargo-fuzz"), own.clone()] {
            if is_pinned(&candidate) {
                return Ok(candidate);
            }
        }
        let mut install = Command::new("cargo");
        install
            .args(["install", "cargo-fuzz", "--version", VERSION])
            // With the dependencies that this version was released with, whatever came since.
            .args(["--locked", "--root"])
            .arg(&tools);
        process::run(&mut install)
            .map(|_| own)
            .map_err(|error| SetupError {
                tried: format!(
                    "cargo-fuzz {VERSION} on the PATH and in {}, then to build it",
                    tools.display()
                ),
                failed: error.to_string(),
                remedy: format!(
                    "run `cargo install cargo-fuzz --version {VERSION} --locked` and see what stops it"
                ),
            })
    })
}

fn is_pinned(program: &Path) -> bool {
    process::run(Command::new(program).arg("--version"))
        .is_ok_and(|said| said.stdout.trim() == format!("cargo-fuzz {VERSION}"))
}

//! The `wasm-bindgen` and `wasm-bindgen-test-runner` programs that wasm-pack calls.
//!
//! Knows the workspace's package that builds them from the locked library. Must never take one
//! from the PATH: another version there would be refused by wasm-pack.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::SetupError;
use crate::process;
use crate::progress;

/// Gives the folder that holds both programs.
///
/// # Errors
/// When they can't be built.
pub fn ensure(root: &Path, target_dir: &Path) -> Result<PathBuf, SetupError> {
    progress::step("wasm-bindgen tools", || {
        let mut build = Command::new("cargo");
        build
            .args(["build", "--package", "wasm-bindgen-tools"])
            .current_dir(root);
        process::run(&mut build)
            .map(|_| target_dir.join("debug"))
            .map_err(|error| SetupError {
                tried: "to build wasm-bindgen's programs at the version in Cargo.lock".into(),
                failed: error.to_string(),
                remedy: "run `cargo build --package wasm-bindgen-tools` and see what stops it"
                    .into(),
            })
    })
}

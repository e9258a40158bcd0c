//! cargo-fuzz, at the one version that the collector is fuzzed with.
//!
//! Knows that version. Must never know how a tool is installed.

use std::path::{Path, PathBuf};

use super::SetupError;
use super::pinned::Pinned;

const TOOL: Pinned = Pinned {
    name: "cargo-fuzz",
    version: "0.13.2",
};

/// Gives the path of cargo-fuzz, building it once when this version is not on the machine.
///
/// # Errors
/// When it can't be built.
pub fn ensure(target_dir: &Path) -> Result<PathBuf, SetupError> {
    TOOL.ensure(target_dir)
}

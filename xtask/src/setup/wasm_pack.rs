//! wasm-pack, at the one version that the browser tests are run with.
//!
//! Knows that version. Must never know how a tool is installed.

use std::path::{Path, PathBuf};

use super::SetupError;
use super::pinned::Pinned;

const TOOL: Pinned = Pinned {
    name: "wasm-pack",
    version: "0.15.1",
};

/// Gives the path of wasm-pack, building it once when this version is not on the machine.
///
/// # Errors
/// When it can't be built.
pub fn ensure(target_dir: &Path) -> Result<PathBuf, SetupError> {
    TOOL.ensure(target_dir)
}

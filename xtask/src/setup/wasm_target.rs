//! The `wasm32-unknown-unknown` target of the compiler in use.
//!
//! Knows rustc and rustup. Must never look into rustup's folders: only a compilation shows that
//! a std is there, complete, and of this compiler.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process::{self, ProcessError};
use crate::progress;

const TARGET: &str = "wasm32-unknown-unknown";

/// `rustup target add` takes two seconds; a network that hangs is not waited for.
const LIMIT: Duration = Duration::from_secs(120);

/// Needs std (`format!`) and libtest (`#[test]`), as the wasm tests do.
const PROBE: &str =
    "pub fn probe() -> String { format!(\"{}\", 1) }\n\n#[test]\nfn test() { probe(); }\n";

/// Makes sure that the compiler can build for the browser.
///
/// # Errors
/// When neither the compiler has the target nor rustup can add it.
pub fn ensure(target_dir: &Path) -> Result<(), SetupError> {
    progress::step("WebAssembly target", || {
        let Err(missing) = probe(target_dir) else {
            return Ok(());
        };
        let mut add = Command::new("rustup");
        add.args(["target", "add", TARGET]);
        let added = process::run_for(&mut add, LIMIT);
        probe(target_dir).map_err(|still| SetupError {
            tried: format!("a compilation for {TARGET}, then `rustup target add {TARGET}`, then the compilation again"),
            failed: match added {
                Err(error) => format!("{error}\n{missing}"),
                Ok(_) => still.to_string(),
            },
            remedy: format!("run `rustup target add {TARGET}` for the toolchain that `rustc --version` names"),
        })
    })
}

fn probe(target_dir: &Path) -> Result<(), ProcessError> {
    let folder = target_dir.join("xtask").join("wasm-target");
    let source = folder.join("probe.rs");
    let mut rustc = Command::new("rustc");
    rustc.args([
        "--edition",
        "2024",
        "--test",
        "--emit",
        "metadata",
        "--target",
        TARGET,
    ]);
    rustc.arg("--out-dir").arg(&folder).arg(&source);
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&source, PROBE))
        .map_err(|source| ProcessError::Start {
            command: process::line(&rustc),
            source,
        })?;
    process::run(&mut rustc).map(drop)
}

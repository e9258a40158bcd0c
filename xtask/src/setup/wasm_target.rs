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
        if probe(target_dir).is_ok() {
            return Ok(());
        }
        let mut add = Command::new("rustup");
        add.args(["target", "add", TARGET]);
        let added = process::run_for(&mut add, LIMIT);
        probe(target_dir).map_err(|still| explained(added.err(), &still))
    })
}

/// Why there is still no target: `added` is what stopped rustup, if something did.
fn explained(added: Option<ProcessError>, still: &ProcessError) -> SetupError {
    if let Some(ProcessError::Start { .. }) = added {
        return SetupError {
            tried: "a compilation".to_owned(),
            failed: format!("rustc cannot build for {TARGET}, and there is no rustup to add it"),
            remedy: format!(
                "install rustup (https://rustup.rs), or your distribution's package of Rust's std for {TARGET}"
            ),
        };
    }
    SetupError {
        tried: format!(
            "a compilation for {TARGET}, then `rustup target add {TARGET}`, then the compilation again"
        ),
        failed: added.as_ref().unwrap_or(still).to_string(),
        remedy: format!(
            "run `rustup target add {TARGET}` for the toolchain that `rustc --version` names"
        ),
    }
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
        .map_err(|cause| ProcessError::Start {
            command: process::line(&rustc),
            cause,
        })?;
    process::run(&mut rustc).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_started() -> ProcessError {
        process::run(&mut Command::new("no-such-program-anywhere")).expect_err("it is not there")
    }

    #[test]
    fn without_rustup_one_line_says_what_to_do() {
        let text = explained(Some(not_started()), &not_started()).to_string();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.contains("no rustup") && text.contains("distribution"),
            "{text}"
        );
        assert!(!text.contains("rustup target add"), "{text}");
    }

    #[test]
    fn what_stopped_rustup_is_said() {
        let failed = |said: &str| ProcessError::TimedOut {
            command: "rustup target add".into(),
            limit: LIMIT,
            output: said.into(),
        };
        let text = explained(Some(failed("no network\n")), &not_started()).to_string();
        assert!(text.contains("no network"), "{text}");
        assert!(text.contains("do:    run `rustup target add"), "{text}");
    }
}

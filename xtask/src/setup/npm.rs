//! The npm packages of a folder, exactly as its package-lock.json names them.
//!
//! Knows `npm ci`. Must never change a lock file.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::SetupError;
use crate::process;
use crate::progress;

/// A copy of the lock that `node_modules` was made from. Comparing contents, not times: a
/// checkout may give an older lock a newer time.
const INSTALLED: &str = "node_modules/.installed-package-lock.json";

/// Makes sure that `folder` (with a package-lock.json) has its packages installed.
///
/// # Errors
/// When there is no lock file or `npm ci` fails.
pub fn ensure(folder: &Path) -> Result<(), SetupError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    progress::step(&format!("npm packages of {name}"), || {
        let error = |failed: String| SetupError {
            tried: format!("`npm ci` in {}", folder.display()),
            failed,
            remedy:
                "see that npm reaches its registry (`npm ping`), then run the same command again"
                    .into(),
        };
        let lock = folder.join("package-lock.json");
        let wanted = fs::read(&lock)
            .map_err(|e| error(format!("{} could not be read: {e}", lock.display())))?;
        let installed = folder.join(INSTALLED);
        if fs::read(&installed).is_ok_and(|have| have == wanted) {
            return Ok(());
        }
        process::run(Command::new(program()).arg("ci").current_dir(folder))
            .map_err(|e| error(e.to_string()))?;
        fs::write(&installed, wanted)
            .map_err(|e| error(format!("{} could not be written: {e}", installed.display())))
    })
}

/// npm's own name: on Windows it is a command file.
fn program() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_lock_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = ensure(folder.path()).expect_err("no lock").to_string();
        assert!(
            error.contains("package-lock.json could not be read"),
            "{error}"
        );
    }

    #[test]
    fn an_installed_lock_is_not_installed_again() {
        let folder = tempfile::tempdir().expect("a folder");
        // No lock that npm would take: it would fail if it were asked.
        fs::write(folder.path().join("package-lock.json"), "not json").expect("a lock");
        assert!(ensure(folder.path()).is_err());
        fs::create_dir_all(folder.path().join("node_modules")).expect("a folder");
        fs::write(folder.path().join(INSTALLED), "not json").expect("a stamp");
        ensure(folder.path()).expect("nothing to do");
    }
}

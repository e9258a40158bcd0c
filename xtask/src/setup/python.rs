//! Python, and the releases of PostHog's package for it that the tests drive.
//!
//! Knows pip, and the file that lists the releases. Must never install into the user's own Python:
//! each release gets a folder of its own in the target folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::{SetupError, apt};
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// The environment variable that names the interpreter.
const VARIABLE: &str = "PYTHON";
const CANDIDATES: [&str; 2] = ["python3", "python"];
const PACKAGES: [&str; 2] = ["python3", "python3-pip"];
/// What a folder was filled with.
const INSTALLED: &str = ".installed";
/// The releases, which the tests read too.
const RELEASES: &str = "python-releases.json";
/// The versions of all that the releases depend on.
const CONSTRAINTS: &str = "python-constraints.txt";

#[derive(Deserialize)]
struct Release {
    version: String,
}

/// Gives a Python 3 that has pip, installing it on Debian when run as root.
///
/// # Errors
/// When there is none, and none can be installed.
pub fn ensure() -> Result<PathBuf, SetupError> {
    progress::step("Python", || {
        let named = env::var_os(VARIABLE).filter(|value| !value.is_empty());
        let found = || match &named {
            Some(program) => has_pip(Path::new(program)).then(|| program.into()),
            None => CANDIDATES
                .iter()
                .filter_map(|name| which::which(name).ok())
                .find(|program| has_pip(program)),
        };
        if let Some(python) = found() {
            return Ok(python);
        }
        // What the variable names is the user's choice: no package makes it right.
        let attempt = if named.is_none() && apt::can_install() {
            apt::install(&PACKAGES)
        } else {
            Ok(())
        };
        found().ok_or_else(|| SetupError {
            tried: format!("{VARIABLE}, then `python3 -m pip` and `python -m pip`"),
            failed: attempt.err().map_or_else(
                || "there is no Python 3 with pip".to_owned(),
                |error| error.to_string(),
            ),
            remedy: format!(
                "install Python 3 and pip, or name the interpreter in the environment variable {VARIABLE}"
            ),
        })
    })
}

fn has_pip(python: &Path) -> bool {
    let mut ask = Command::new(python);
    ask.args(["-c", "import sys, pip; sys.exit(sys.version_info[0] != 3)"]);
    process::run(&mut ask).is_ok()
}

/// Makes sure that every release of the list has been installed.
///
/// # Errors
/// When the list can't be read or pip fails.
pub fn ensure_packages(python: &Path, workspace: &Workspace) -> Result<(), SetupError> {
    let list = workspace.clients().join(RELEASES);
    let constraints = workspace.clients().join(CONSTRAINTS);
    let unreadable = |path: &Path, cause: String| SetupError {
        tried: format!("to read {}", path.display()),
        failed: cause,
        remedy: "put the file there as it was committed".into(),
    };
    let pinned = fs::read_to_string(&constraints)
        .map_err(|error| unreadable(&constraints, error.to_string()))?;
    let releases: Vec<Release> = fs::read_to_string(&list)
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
        .map_err(|cause| unreadable(&list, cause))?;
    for Release { version } in releases {
        progress::step(&format!("posthog-python {version}"), || {
            let folder = workspace
                .python_packages()
                .join(format!("python-{version}"));
            install(python, &folder, &version, &constraints, &pinned)
        })?;
    }
    Ok(())
}

fn install(
    python: &Path,
    folder: &Path,
    version: &str,
    constraints: &Path,
    pinned: &str,
) -> Result<(), SetupError> {
    let installed = folder.join(INSTALLED);
    if fs::read_to_string(&installed).is_ok_and(|have| have == pinned) {
        return Ok(());
    }
    let error = |failed: String| SetupError {
        tried: format!(
            "`pip install --target {} posthog=={version}`",
            folder.display()
        ),
        failed,
        remedy: "see that pip reaches its index, then run the same command again".into(),
    };
    // pip adds to what is there.
    if let Err(cause) = fs::remove_dir_all(folder)
        && cause.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error(cause.to_string()));
    }
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--no-input", "--target"])
        .arg(folder)
        .arg("--constraint")
        .arg(constraints)
        .arg(format!("posthog=={version}"));
    process::run(&mut pip).map_err(|cause| error(cause.to_string()))?;
    fs::write(&installed, pinned).map_err(|cause| error(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_installed_once_for_the_same_constraints() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(INSTALLED), "idna==3\n").expect("a stamp");
        let constraints = Path::new("none");
        let again = |pinned| {
            install(
                Path::new("no-python"),
                folder.path(),
                "1",
                constraints,
                pinned,
            )
        };
        again("idna==3\n").expect("nothing to do");
        let error = again("idna==4\n").expect_err("it is asked").to_string();
        assert!(
            error.contains("no-python") && error.contains("posthog==1"),
            "{error}"
        );
    }

    #[test]
    fn a_list_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = Workspace {
            root: folder.path().into(),
            target: folder.path().join("target"),
        };
        let error = ensure_packages(Path::new("no-python"), &workspace).expect_err("no list");
        assert!(error.to_string().contains(CONSTRAINTS), "{error}");
    }
}

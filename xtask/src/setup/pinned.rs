//! A tool that cargo builds, at one version.
//!
//! Knows where it may be and how it is installed. Must never change the user's own installation:
//! what is installed here goes into the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::SetupError;
use crate::process;
use crate::progress;

/// A tool and its version.
pub(super) struct Pinned {
    /// The name of its crate and of its program.
    pub name: &'static str,
    /// The one version that is used.
    pub version: &'static str,
}

impl Pinned {
    /// Gives its path, building it once when this version is not on the machine.
    ///
    /// # Errors
    /// When it can't be built.
    pub fn ensure(&self, target_dir: &Path) -> Result<PathBuf, SetupError> {
        let Self { name, version } = self;
        progress::step(name, || {
            let tools = target_dir.join("tools");
            let own = tools
                .join("bin")
                .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
            for candidate in [PathBuf::from(name), own.clone()] {
                if self.is(&candidate) {
                    return Ok(candidate);
                }
            }
            let mut install = Command::new("cargo");
            install
                .args(["install", name, "--version", version])
                // With the dependencies that this version was released with, whatever came since.
                .args(["--locked", "--root"])
                .arg(&tools);
            process::run(&mut install)
                .map(|_| own)
                .map_err(|error| SetupError {
                    tried: format!(
                        "{name} {version} on the PATH and in {}, then to build it",
                        tools.display()
                    ),
                    failed: error.to_string(),
                    remedy: format!(
                        "run `cargo install {name} --version {version} --locked` and see what stops it"
                    ),
                })
        })
    }

    fn is(&self, program: &Path) -> bool {
        process::run(Command::new(program).arg("--version"))
            .is_ok_and(|said| said.stdout.trim() == format!("{} {}", self.name, self.version))
    }
}

//! Packages of the system, on Debian alone.
//!
//! Knows when a system's packages may be installed, and how. Must never know which are wanted.

use std::process::Command;
use std::time::Duration;

use crate::process::{self, ProcessError};

/// A package source that hangs is not waited for.
const INSTALL_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Whether this is Debian, run as root.
#[cfg(unix)]
pub fn can_install() -> bool {
    let debian =
        std::fs::read_to_string("/etc/os-release").is_ok_and(|release| is_debian(&release));
    debian && nix::unistd::geteuid().is_root()
}

/// Whether this is Debian, run as root.
#[cfg(not(unix))]
pub fn can_install() -> bool {
    false
}

/// Debian itself. Its derivatives are left alone: Ubuntu's chromium package is a snap, which
/// needs a running snapd.
#[cfg(unix)]
fn is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .any(|line| line.trim() == "ID=debian" || line.trim() == "ID=\"debian\"")
}

/// Installs packages, as `apt-get install` does.
pub fn install(packages: &[&str]) -> Result<(), ProcessError> {
    let apt = |args: &[&str], packages: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(args)
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive");
        process::run_for(&mut command, INSTALL_LIMIT).map(drop)
    };
    // One unreachable source of several fails the update, while the packages can still be had.
    let updated = apt(&["update"], &[]);
    let options = ["install", "--yes", "--no-install-recommends"];
    apt(&options, packages).map_err(|error| match updated {
        Err(update) => update,
        Ok(()) => error,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_debian_itself_gets_packages() {
        assert!(is_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(!is_debian("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n"));
    }
}

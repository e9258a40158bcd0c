//! Firefox and WebKit for the tests that run in every browser.
//!
//! Knows the names of their programs, and Debian's packages. Must never download one from anywhere
//! but the system's own packages.

use std::env;
use std::path::PathBuf;

use super::{SetupError, apt};
use crate::progress;

/// Firefox speaks the tests' protocol by itself.
const FIREFOX: Wanted = Wanted {
    name: "Firefox",
    variable: "FIREFOX",
    programs: &["firefox-esr", "firefox"],
    besides: &[],
    packages: &["firefox-esr"],
};

/// WebKit is driven by WebKitGTK's driver, whose browser needs a screen.
const WEBKIT: Wanted = Wanted {
    name: "WebKit",
    variable: "WEBKIT_DRIVER",
    programs: &["WebKitWebDriver"],
    besides: &["Xvfb"],
    packages: &["webkit2gtk-driver", "xvfb"],
};

/// The programs to test with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherBrowsers {
    /// Firefox itself.
    pub firefox: PathBuf,
    /// WebKit's driver; there is none but on Linux.
    pub webkit_driver: Option<PathBuf>,
}

/// What one of them needs.
struct Wanted {
    name: &'static str,
    /// The environment variable that names its program.
    variable: &'static str,
    /// Names of its program, of which one is enough.
    programs: &'static [&'static str],
    /// What must be there as well.
    besides: &'static [&'static str],
    packages: &'static [&'static str],
}

/// Gives the browsers to test with, installing them on Debian when run as root.
///
/// # Errors
/// When one is missing and can't be installed.
pub fn ensure() -> Result<OtherBrowsers, SetupError> {
    Ok(OtherBrowsers {
        firefox: FIREFOX.ensure()?,
        webkit_driver: cfg!(target_os = "linux")
            .then(|| WEBKIT.ensure())
            .transpose()?,
    })
}

impl Wanted {
    fn ensure(&self) -> Result<PathBuf, SetupError> {
        progress::step(self.name, || {
            if let Some(program) = self.installed() {
                return Ok(program);
            }
            let tried = format!(
                "{}, then {} on the PATH",
                self.variable,
                self.programs.join(" or ")
            );
            let missing = |tried: String, failed: String| SetupError {
                tried,
                failed,
                remedy: format!(
                    "install {} (Debian's packages are called {}), or name its program in the environment variable {}",
                    [self.programs, self.besides].concat().join(" and "),
                    self.packages.join(" and "),
                    self.variable
                ),
            };
            if !apt::can_install() {
                return Err(missing(tried, format!("{} was not found", self.name)));
            }
            let attempt = apt::install(self.packages);
            self.installed().ok_or_else(|| {
                let failed = attempt.err().map_or_else(
                    || format!("{} was not found", self.name),
                    |error| error.to_string(),
                );
                missing(
                    format!(
                        "{tried}, then `apt-get install {}`",
                        self.packages.join(" ")
                    ),
                    failed,
                )
            })
        })
    }

    /// Its program, if that and all it needs is there.
    fn installed(&self) -> Option<PathBuf> {
        let named = env::var_os(self.variable).filter(|name| !name.is_empty());
        let program = match named {
            Some(named) => which::which(named).ok(),
            None => self
                .programs
                .iter()
                .find_map(|name| which::which(name).ok()),
        };
        self.besides
            .iter()
            .all(|name| which::which(name).is_ok())
            .then_some(program)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_needs_besides_must_be_there_too() {
        let wanted = |besides| Wanted {
            name: "a browser",
            variable: "NO_SUCH_VARIABLE",
            programs: &["no-such-program", "cargo"],
            besides,
            packages: &[],
        };
        assert!(wanted(&["cargo"]).installed().is_some());
        assert_eq!(wanted(&["no-such-program"]).installed(), None);
    }
}

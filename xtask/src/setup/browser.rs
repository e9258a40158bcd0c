//! A Chrome or Chromium for the tests, and the driver that fits it.
//!
//! Knows where browsers are installed and how they tell their version. Must never download one
//! from anywhere but the system's own packages.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{SetupError, apt};
use crate::process;
use crate::progress;

/// The environment variables that name the two programs.
const CHROME: &str = "CHROME";
const CHROMEDRIVER: &str = "CHROMEDRIVER";
/// Names on the PATH, the free build first: its driver comes from the same package source.
const BROWSERS: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
/// Where macOS keeps applications, which are not on the PATH.
const MAC_BROWSERS: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const DRIVERS: [&str; 3] = [
    "chromedriver",
    "/usr/lib/chromium/chromedriver",
    "/usr/lib/chromium-browser/chromedriver",
];
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
const REMEDY: &str = "install Chrome or Chromium and the chromedriver of the same major version, \
                      or name them in the environment variables CHROME and CHROMEDRIVER";

/// A browser and the driver of the same major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browser {
    /// The browser's program.
    pub chrome: PathBuf,
    /// The driver's program.
    pub chromedriver: PathBuf,
}

/// A program that told its version.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    program: PathBuf,
    major: u32,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (version {})", self.program.display(), self.major)
    }
}

/// Gives the browser and driver to test with, installing them on Debian when run as root.
///
/// # Errors
/// When there is no fitting pair, and none can be installed.
pub fn ensure() -> Result<Browser, SetupError> {
    progress::step("browser and driver", || {
        let first = match installed() {
            Ok(browser) => return Ok(browser),
            Err(failed) => failed,
        };
        let tried = "CHROME and CHROMEDRIVER, then what is installed".to_owned();
        // What a variable names is the user's choice: no package makes it right.
        let named = [CHROME, CHROMEDRIVER]
            .into_iter()
            .any(|variable| named(variable).is_some());
        if named || !apt::can_install() {
            return Err(SetupError {
                tried,
                failed: first,
                remedy: REMEDY.into(),
            });
        }
        let attempt = apt::install(&PACKAGES);
        installed().map_err(|still| SetupError {
            tried: format!("{tried}, then `apt-get install chromium chromium-driver`"),
            failed: attempt.err().map_or(still, |error| error.to_string()),
            remedy: REMEDY.into(),
        })
    })
}

/// The first browser with a driver of its major version.
fn installed() -> Result<Browser, String> {
    let chromes = named_or_found(CHROME, BROWSERS.iter().chain(&MAC_BROWSERS))?;
    let drivers = named_or_found(CHROMEDRIVER, DRIVERS.iter())?;
    pair(&chromes, &drivers)
}

fn pair(chromes: &[Found], drivers: &[Found]) -> Result<Browser, String> {
    let first = chromes.first().ok_or("no Chrome or Chromium was found")?;
    let Some(driver) = drivers.first() else {
        return Err(format!("{first} was found, but no chromedriver"));
    };
    chromes
        .iter()
        .find_map(|chrome| {
            Some((
                chrome,
                drivers.iter().find(|driver| driver.major == chrome.major)?,
            ))
        })
        .map(|(chrome, driver)| Browser {
            chrome: chrome.program.clone(),
            chromedriver: driver.program.clone(),
        })
        .ok_or_else(|| {
            format!("{first} and {driver} do not fit: their major versions must be the same")
        })
}

/// What an environment variable names, which then must work; else every candidate that does.
fn named_or_found<'a>(
    variable: &str,
    candidates: impl Iterator<Item = &'a &'a str>,
) -> Result<Vec<Found>, String> {
    if let Some(program) = named(variable) {
        return version(&program).map(|found| vec![found]).ok_or_else(|| {
            format!(
                "{variable} names {}, which does not tell a version",
                program.display()
            )
        });
    }
    Ok(candidates
        .filter_map(|name| which::which(name).ok())
        .filter_map(|program| version(&program))
        .collect())
}

/// The program that an environment variable names.
fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn version(program: &Path) -> Option<Found> {
    let said = process::run_for(
        Command::new(program).arg("--version"),
        Duration::from_secs(30),
    )
    .ok()?;
    Some(Found {
        program: program.to_owned(),
        major: major(&said.stdout)?,
    })
}

/// The major version in `Chromium 156.0.8078.79 built on …` or `ChromeDriver 156.0.8078.79 (…)`.
fn major(said: &str) -> Option<u32> {
    said.split_whitespace()
        .find_map(|word| word.split_once('.')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(program: &str, major: u32) -> Found {
        Found {
            program: program.into(),
            major,
        }
    }

    #[test]
    fn versions_are_read_from_what_the_programs_say() {
        assert_eq!(
            major("Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)\n"),
            Some(156)
        );
        assert_eq!(
            major("ChromeDriver 131.0.6778.85 (3d81e41b6f3ac8bcae63b32e8145c9eb0cd60a2d)\n"),
            Some(131)
        );
        assert_eq!(major("command not found\n"), None);
    }

    #[test]
    fn a_browser_is_paired_with_the_driver_of_its_version() {
        let chromes = [found("chromium", 150), found("google-chrome", 156)];
        let browser = pair(&chromes, &[found("chromedriver", 156)]).expect("a pair");
        assert_eq!(browser.chrome, PathBuf::from("google-chrome"));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error =
            pair(&[found("chromium", 150)], &[found("chromedriver", 156)]).expect_err("no pair");
        assert!(
            error.contains("chromium (version 150) and chromedriver (version 156) do not fit"),
            "{error}"
        );
        assert!(pair(&[], &[]).expect_err("nothing").contains("no Chrome"));
        assert!(
            pair(&[found("chromium", 150)], &[])
                .expect_err("no driver")
                .contains("no chromedriver")
        );
    }
}

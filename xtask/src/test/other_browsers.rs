//! The cases of identity once more, in Firefox and WebKit.
//!
//! Knows what these need beside what all end-to-end tests do. Must never know a case.

use super::browser::{Playwright, run_playwright};
use super::tally::Tally;
use crate::setup::{npm, other_browsers};
use crate::workspace::Workspace;

/// Runs every case in both, on the files in pkg/ as they are.
pub fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    // posthog-js stands beside Backstitch in some cases.
    npm::ensure(&workspace.clients())?;
    let browsers = other_browsers::ensure()?;
    let mut environment = vec![("FIREFOX", browsers.firefox.into())];
    match browsers.webkit_driver {
        Some(driver) => environment.push(("WEBKIT_DRIVER", driver.into())),
        None => eprintln!("  skipped  webkit: there is no WebKitGTK on this system"),
    }
    run_playwright(
        workspace,
        &Playwright {
            environment,
            ..Playwright::of("e2e/browsers")
        },
    )
}

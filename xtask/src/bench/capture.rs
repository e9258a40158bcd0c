//! What a `capture()` costs a page: the SDK as people get it, in a browser, beside posthog-js.
//!
//! Knows what the program in tests/bench needs. Must never look at what a page does.

use std::process::Command;

use crate::package;
use crate::setup::{browser, node, npm};
use crate::workspace::Workspace;

/// Builds the SDK, and names the program that measures it.
///
/// # Errors
/// When the SDK can't be built, or something else that is needed can't be had.
pub fn program(workspace: &Workspace) -> anyhow::Result<Command> {
    package::run(workspace, false)?;
    node::ensure()?;
    // Playwright is of the one, posthog-js of the other.
    npm::ensure(&workspace.e2e())?;
    npm::ensure(&workspace.clients())?;
    let browser = browser::ensure()?;
    let mut bench = Command::new("node");
    bench
        .arg(
            workspace
                .root
                .join("tests")
                .join("bench")
                .join("capture.js"),
        )
        .env("CHROME", &browser.chrome)
        .env("BACKSTITCH_DIST", workspace.dist());
    Ok(bench)
}

//! PostHog's own clients, as they are published, against the collector: posthog-js in a real
//! browser, posthog-python and posthog-node as processes; and the examples.
//!
//! Knows what these tests need beside what all end-to-end tests do. Must never know a client's wire.

use super::browser::{Playwright, run_playwright};
use super::tally::Tally;
use crate::setup::{npm, python};
use crate::workspace::Workspace;

/// Drives every client, on the files in pkg/ as they are.
pub fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    npm::ensure(&workspace.clients())?;
    npm::ensure(&workspace.ci_example())?;
    let python = python::ensure()?;
    python::ensure_packages(&python, workspace)?;
    let environment = vec![
        ("BACKSTITCH_COLLECTOR", workspace.collector().into()),
        ("BACKSTITCH_PYTHON", python.into()),
        (
            "BACKSTITCH_PYTHON_PACKAGES",
            workspace.python_packages().into(),
        ),
    ];
    run_playwright(
        workspace,
        &Playwright {
            environment,
            ..Playwright::of("clients")
        },
    )
}

//! The suite that proves delivery in simulated worlds: tests/simulation, which runs seeds and prints.
//!
//! Knows that program's name. Must never know what it checks.

use super::tally::Tally;
use super::{Depth, program};
use crate::workspace::Workspace;

const PACKAGE: &str = "backstitch-simulation";

/// Runs the simulation and prints what it found.
///
/// # Errors
/// When it can't be built.
pub fn run(workspace: &Workspace, depth: Depth) -> anyhow::Result<Tally> {
    program::run(
        workspace,
        PACKAGE,
        "run the seeds, and find mistakes",
        depth,
    )
}

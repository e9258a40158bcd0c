//! The suite that proves the identity rules on a model: tests/model, which searches and prints.
//!
//! Knows that program's name. Must never know what it checks.

use super::tally::Tally;
use super::{Depth, program};
use crate::workspace::Workspace;

const PACKAGE: &str = "backstitch-model";

/// Runs the model and prints what it found.
///
/// # Errors
/// When it can't be built.
pub fn run(workspace: &Workspace, depth: Depth) -> anyhow::Result<Tally> {
    program::run(workspace, PACKAGE, "search, walk, and find mistakes", depth)
}

//! Set-up that the commands do themselves: each module makes sure of one thing, and is quick when
//! it is there already.
//!
//! Knows what a fresh machine lacks. Must never do for one command what only another needs: each
//! command calls the modules that it needs, and no more.

mod apt;
pub mod browser;
pub mod cargo_fuzz;
pub mod node;
pub mod npm;
pub mod other_browsers;
mod pinned;
pub mod python;
pub mod wasm_bindgen_tools;
pub mod wasm_pack;
pub mod wasm_target;

use std::fmt;

use crate::workspace::Workspace;

/// Why a step of the set-up could not be done: always all three parts, since a person who meets
/// it has nothing else to go by.
#[derive(Debug)]
pub struct SetupError {
    /// What was tried.
    pub tried: String,
    /// What failed.
    pub failed: String,
    /// What a person can do now.
    pub remedy: String,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.failed.trim_end();
        if !failed.contains('\n') {
            return write!(f, "{failed} (tried: {}): {}", self.tried, self.remedy);
        }
        write!(
            f,
            "{}\n  tried: {}\n  do:    {}",
            failed, self.tried, self.remedy
        )
    }
}

impl std::error::Error for SetupError {}

/// Does the set-up of every command.
///
/// # Errors
/// The first step that could not be done.
pub fn everything(workspace: &Workspace) -> anyhow::Result<()> {
    node::ensure()?;
    wasm_target::ensure(&workspace.target)?;
    npm::ensure(&workspace.root.join("www"))?;
    npm::ensure(&workspace.e2e())?;
    npm::ensure(&workspace.clients())?;
    npm::ensure(&workspace.ci_example())?;
    browser::ensure()?;
    python::ensure_packages(&python::ensure()?, workspace)?;
    cargo_fuzz::ensure(&workspace.target)?;
    wasm_pack::ensure(&workspace.target)?;
    wasm_bindgen_tools::ensure(&workspace.root, &workspace.target)?;
    // Last: only `test --all` needs them.
    other_browsers::ensure()?;
    Ok(())
}

//! Where things are in the checkout.
//!
//! Knows folders by name. Must never read or write them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde::Deserialize;

use crate::process;

/// The folders that the commands work in.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The repository's root.
    pub root: PathBuf,
    /// Where cargo builds to.
    pub target: PathBuf,
}

/// What of `cargo metadata` is needed to find the folders.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks cargo, since a build folder may be set in several places.
    ///
    /// # Errors
    /// When cargo does not answer.
    pub fn find() -> anyhow::Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let mut ask = Command::new("cargo");
        ask.args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--manifest-path",
        ])
        .arg(manifest);
        let answer = process::run(&mut ask)?;
        let metadata: Metadata = serde_json::from_str(&answer.stdout).with_context(|| {
            format!(
                "`{}` did not answer with the workspace's folders",
                process::line(&ask)
            )
        })?;
        Ok(Self {
            root: metadata.workspace_root,
            target: metadata.target_directory,
        })
    }

    /// The collector's program, as `cargo build --package backstitch-collector` leaves it.
    pub fn collector(&self) -> PathBuf {
        self.target.join("debug").join(format!(
            "backstitch-collector{}",
            std::env::consts::EXE_SUFFIX
        ))
    }

    /// The built SDK, as people get it.
    pub fn dist(&self) -> PathBuf {
        self.root.join("pkg").join("dist")
    }

    /// The demo shop's pages.
    pub fn shop(&self) -> PathBuf {
        self.root.join("www").join("shop")
    }

    /// The end-to-end tests.
    pub fn e2e(&self) -> PathBuf {
        self.root.join("tests").join("e2e")
    }

    /// The tests of PostHog's own clients.
    pub fn clients(&self) -> PathBuf {
        self.root.join("tests").join("clients")
    }

    /// The faults and the program that tries them.
    pub fn faults(&self) -> PathBuf {
        self.root.join("tests").join("faults")
    }

    /// The example of a test for a CI job.
    pub fn ci_example(&self) -> PathBuf {
        self.root.join("examples").join("ci")
    }

    /// The releases of posthog-python, in a folder each.
    pub fn python_packages(&self) -> PathBuf {
        self.target.join("clients")
    }
}

//! `cargo xtask package`: the SDK as people get it, in pkg/.
//!
//! Knows the order of the build. Must never know how one of its steps does its work.

mod bundle;
mod columns;
mod core;
mod fallback;
mod manifest;
mod printable;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::process;
use crate::progress;
use crate::setup::{node, npm, wasm_target};
use crate::workspace::Workspace;

/// What the steps of one build share.
#[derive(Debug)]
struct Build {
    /// For people who debug: unminified, names kept, errors that explain themselves.
    debug: bool,
    /// The repository's root.
    root: PathBuf,
    /// Where cargo builds to.
    target: PathBuf,
    /// What the steps hand to each other.
    work: PathBuf,
    /// What people get.
    dist: PathBuf,
}

impl Build {
    /// The core, as bound and optimised.
    fn core(&self) -> PathBuf {
        self.work.join("core.wasm")
    }

    /// A program that npm installed beside the SDK's sources.
    fn tool(&self, name: &str) -> Command {
        let bin = self.root.join("www").join("node_modules").join(".bin");
        Command::new(bin.join(if cfg!(windows) {
            format!("{name}.cmd")
        } else {
            name.to_owned()
        }))
    }
}

/// Builds the SDK into pkg/.
///
/// # Errors
/// The first step that fails, with all that its program wrote.
pub fn run(workspace: &Workspace, debug: bool) -> anyhow::Result<()> {
    let root = &workspace.root;
    node::ensure()?;
    npm::ensure(&root.join("www"))?;
    wasm_target::ensure(&workspace.target)?;
    let build = Build {
        debug,
        root: root.clone(),
        work: workspace.target.join("package"),
        target: workspace.target.clone(),
        dist: workspace.dist(),
    };
    for folder in [&build.work, &build.dist] {
        fs::create_dir_all(folder)
            .with_context(|| format!("{} could not be made", folder.display()))?;
    }
    let wasm = progress::step("core: cargo", || core::compile(&build))?;
    let stamp = Stamp::of(&build, &wasm)?;
    if !stamp.is_current() {
        stamp.forget()?;
        progress::step("core: wasm-bindgen, wasm-opt", || core::bind(&build, &wasm))?;
        progress::step("core: wasm2js", || fallback::translate(&build))?;
        stamp.keep()?;
    }
    progress::step("SDK: bundle", || bundle::write_files(&build))?;
    progress::step("SDK: package.json", || manifest::write_files(&build))
}

/// What the slow steps were last made from: they need not run again for the same core.
struct Stamp {
    file: PathBuf,
    content: String,
}

impl Stamp {
    /// Of the compiled core, this program and the tools that npm installed.
    fn of(build: &Build, compiled: &Path) -> anyhow::Result<Self> {
        let mut hasher = DefaultHasher::new();
        let lock = build.root.join("www").join("package-lock.json");
        for file in [compiled, &lock, &std::env::current_exe()?] {
            let bytes =
                fs::read(file).with_context(|| format!("{} could not be read", file.display()))?;
            bytes.hash(&mut hasher);
        }
        Ok(Self {
            file: build.work.join("made-from"),
            content: format!("{:016x} debug: {}\n", hasher.finish(), build.debug),
        })
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.content)
    }

    /// What is interrupted from here on was made from nothing.
    fn forget(&self) -> anyhow::Result<()> {
        write(&self.file, "")
    }

    fn keep(&self) -> anyhow::Result<()> {
        write(&self.file, &self.content)
    }
}

/// Reads a file; an error names it.
fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))
}

/// Writes a file; an error names it.
fn write(path: &Path, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
    fs::write(path, content).with_context(|| format!("{} could not be written", path.display()))
}

/// Replaces the one place where `text` holds `old`; a tool that writes something else than it
/// did is noticed here, not in a browser.
fn replace_once(text: &str, old: &str, new: &str, tool: &str) -> anyhow::Result<String> {
    let found = text.matches(old).count();
    anyhow::ensure!(
        found == 1,
        "{tool} was to write `{old}` once, and wrote it {found} times: see what changed in it"
    );
    Ok(text.replacen(old, new, 1))
}

/// Runs a tool to its end.
fn run_tool(command: &mut Command) -> anyhow::Result<()> {
    process::run(command)?;
    Ok(())
}

//! The suites that run in a browser: the core's exports by wasm-pack, everything else by
//! Playwright on the files in pkg/.
//!
//! Knows both programs' command lines. Must never look at what a page does.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::native::counted;
use super::results::Results;
use super::tally::Tally;
use super::{Depth, Suite};
use crate::setup::browser::Browser;
use crate::setup::{browser, node, npm, wasm_bindgen_tools, wasm_pack, wasm_target};
use crate::workspace::Workspace;
use crate::{demo, process, progress};

/// How often `--all` runs each end-to-end test.
const ALL_REPETITIONS: u32 = 3;

/// The folder in tests/ with the end-to-end tests, and with the Playwright that others use too.
pub const E2E: &str = "e2e";

/// The tests of tests/ that are written for the browser, through wasm-pack.
pub fn wasm(workspace: &Workspace) -> anyhow::Result<Tally> {
    node::ensure()?;
    wasm_target::ensure(&workspace.target)?;
    let browser = browser::ensure()?;
    let wasm_pack = wasm_pack::ensure(&workspace.target)?;
    let tools = wasm_bindgen_tools::ensure(&workspace.root, &workspace.target)?;
    let tests = browser_tests(&workspace.root.join("tests"))?;
    let mut run = Command::new(wasm_pack);
    // What follows the path goes to `cargo build --tests` and `cargo test` as it is.
    run.args(["test", "--headless", "--chrome", "--mode", "no-install"])
        .arg("--chromedriver")
        .arg(&browser.chromedriver)
        .arg(&workspace.root)
        .current_dir(&workspace.root)
        .env("PATH", with_first(&tools)?)
        .env(
            "WASM_BINDGEN_TEST_WEBDRIVER_JSON",
            webdriver_json(&workspace.target, &browser)?,
        );
    for test in &tests {
        run.args(["--test", test]);
    }
    counted("wasm-pack test", &mut run)
}

/// The names of the files that are tests for the browser alone. Naming them spares building all
/// native tests for wasm, where they are empty.
fn browser_tests(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("{} could not be read", folder.display()))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && fs::read_to_string(&path)?.contains("#![cfg(target_arch = \"wasm32\")]")
        {
            names.extend(
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned()),
            );
        }
    }
    anyhow::ensure!(
        !names.is_empty(),
        "no file in {} is a test for the browser",
        folder.display()
    );
    names.sort();
    Ok(names)
}

/// Tells the driver which browser to start; its other arguments come from wasm-bindgen.
fn webdriver_json(target: &Path, browser: &Browser) -> anyhow::Result<PathBuf> {
    let path = target.join("xtask").join("webdriver.json");
    let args = [
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
    ];
    let json =
        serde_json::json!({ "goog:chromeOptions": { "binary": browser.chrome, "args": args } });
    fs::create_dir_all(target.join("xtask"))?;
    fs::write(&path, json.to_string())
        .with_context(|| format!("{} could not be written", path.display()))?;
    Ok(path)
}

fn with_first(folder: &Path) -> anyhow::Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("PATH can't hold the folder of the wasm-bindgen programs")
}

/// What is asked of Playwright.
#[derive(Debug)]
pub struct Playwright<'a> {
    /// The folder in tests/ with the tests and their configuration.
    pub folder: &'a str,
    /// Run only this file of it.
    pub only: Option<&'a str>,
    /// Run each test this often; 0 means once.
    pub repetitions: u32,
    /// What the tests find in their environment beside what all find there.
    pub environment: Vec<(&'static str, OsString)>,
}

impl<'a> Playwright<'a> {
    /// Every test of a folder, once.
    pub fn of(folder: &'a str) -> Self {
        Self {
            folder,
            only: None,
            repetitions: 1,
            environment: Vec::new(),
        }
    }
}

/// The end-to-end tests, on the files in pkg/ as they are.
pub fn e2e(workspace: &Workspace, depth: Depth) -> anyhow::Result<Tally> {
    let repetitions = if depth == Depth::All {
        ALL_REPETITIONS
    } else {
        1
    };
    run_playwright(
        workspace,
        &Playwright {
            repetitions,
            ..Playwright::of(E2E)
        },
    )
}

/// Runs Playwright with what its tests need.
///
/// # Errors
/// When pkg/ is not built, or something else that the tests need can't be had.
pub fn run_playwright(workspace: &Workspace, asked: &Playwright<'_>) -> anyhow::Result<Tally> {
    let script = workspace.dist().join("backstitch.js");
    anyhow::ensure!(
        script.is_file(),
        "{} is not there: the {} suite (or `cargo xtask package`) builds it",
        script.display(),
        Suite::Package.name()
    );
    node::ensure()?;
    npm::ensure(&workspace.e2e())?;
    let browser = browser::ensure()?;
    demo::build_collector(workspace)?;

    let out = workspace.target.join(asked.folder);
    fs::create_dir_all(&out).with_context(|| format!("{} could not be made", out.display()))?;
    let results = out.join("results.json");
    remove(&results)?;
    if asked.folder == E2E {
        remove(&crate::size::report(&workspace.target))?;
    }
    let mut run = Command::new("node");
    run.arg(
        Path::new("node_modules")
            .join("@playwright")
            .join("test")
            .join("cli.js"),
    )
    .args(["test", "--reporter", "list,json", "--config"])
    // Seen from the folder whose Playwright it is.
    .arg(
        Path::new("..")
            .join(asked.folder)
            .join("playwright.config.js"),
    )
    .current_dir(workspace.e2e())
    .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &results)
    .env("CHROME", &browser.chrome)
    .env("BACKSTITCH_XTASK", std::env::current_exe()?)
    .env("BACKSTITCH_DIST", workspace.dist())
    .env("BACKSTITCH_OUT", &out)
    .envs(asked.environment.iter().map(|(name, value)| (name, value)));
    if asked.repetitions > 1 {
        run.args(["--repeat-each", &asked.repetitions.to_string()]);
    }
    run.args(asked.only);
    let finished = progress::step("playwright", || {
        let finished = process::observe(&mut run).map_err(|error| error.to_string())?;
        if finished.status.success() {
            Ok(finished)
        } else {
            Err(finished.output)
        }
    });
    if let Err(output) = &finished {
        eprintln!("{output}");
    }
    let results = Results::read(&results)?;
    for note in results.notes() {
        eprintln!("  {note}");
    }
    Ok(results.tally(finished.is_ok()))
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} could not be removed", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_for_the_browser_are_its_tests() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(browser_tests(folder.path()).is_err());
        fs::write(
            folder.path().join("native.rs"),
            "#![cfg(not(target_arch = \"wasm32\"))]\n",
        )
        .expect("a file");
        fs::write(
            folder.path().join("exports.rs"),
            "//! Doc.\n#![cfg(target_arch = \"wasm32\")]\n",
        )
        .expect("a file");
        assert_eq!(browser_tests(folder.path()).expect("a name"), ["exports"]);
    }
}

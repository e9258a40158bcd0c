//! The size gate's figures: what a page fetches, raw and compressed, and the memory it takes.
//!
//! Knows the report that tests/e2e/size.spec.js writes, which measures and judges. Must never
//! measure by itself: what counts is what a real browser fetched.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use crate::package;
use crate::test::{Playwright, run_playwright};
use crate::workspace::Workspace;

/// What the test measured in one browser, on one cold page.
#[derive(Debug, Deserialize)]
struct Report {
    /// Bytes of brotli allowed in all.
    limit: u64,
    files: Vec<FetchedFile>,
    /// Pages of 64 KiB after `init`.
    memory_pages: u64,
    memory_limit: u64,
}

#[derive(Debug, Deserialize)]
struct FetchedFile {
    name: String,
    /// Whether it was fetched before the first event left, or later in the first 30 seconds.
    before_first_event: bool,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Builds the SDK, lets a browser fetch it and prints the sizes; `false` above a limit.
///
/// # Errors
/// When it can't be built or measured.
pub fn run(workspace: &Workspace) -> anyhow::Result<bool> {
    package::run(&workspace.root, false)?;
    let tally = run_playwright(
        workspace,
        &Playwright {
            only: Some("size.spec.js"),
            repetitions: 1,
        },
    )?;
    let path = report(&workspace.target);
    let table = table(&workspace.target)
        .with_context(|| format!("the test left no report in {}", path.display()))?;
    println!("{table}");
    Ok(tally.failed == 0 && tally.passed > 0)
}

/// Where the test writes its report.
pub fn report(target: &Path) -> PathBuf {
    target.join("e2e").join("size.json")
}

/// The report as a table, when there is one.
pub fn table(target: &Path) -> Option<String> {
    let text = fs::read_to_string(report(target)).ok()?;
    serde_json::from_str(&text)
        .ok()
        .map(|report| drawn(&report))
}

fn drawn(report: &Report) -> String {
    let mut table = String::new();
    let mut row = |name: &str, raw: &str, gzip: &str, brotli: &str, when: &str| {
        // Writing to a String can't fail.
        let _ = writeln!(
            table,
            "{}",
            format!("{name:<28} {raw:>9} {gzip:>9} {brotli:>10}   {when}").trim_end()
        );
    };
    row(
        "fetched by a page, in bytes",
        "raw",
        "gzip -9",
        "brotli -11",
        "",
    );
    for file in &report.files {
        let when = if file.before_first_event {
            "before the first event"
        } else {
            "in the first 30 s"
        };
        row(
            &file.name,
            &file.raw.to_string(),
            &file.gzip.to_string(),
            &file.brotli.to_string(),
            when,
        );
    }
    let sum =
        |size: fn(&FetchedFile) -> u64| report.files.iter().map(size).sum::<u64>().to_string();
    row(
        "total",
        &sum(|f| f.raw),
        &sum(|f| f.gzip),
        &sum(|f| f.brotli),
        &format!("limit {}", report.limit),
    );
    let _ = write!(
        table,
        "wasm memory after init: {} pages, limit {}",
        report.memory_pages, report.memory_limit
    );
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_and_the_total_are_shown() {
        let json = r#"{"limit":18000,"memory_pages":2,"memory_limit":3,"files":[
            {"name":"backstitch.js","before_first_event":true,"raw":60000,"gzip":17000,"brotli":15000},
            {"name":"late.js","before_first_event":false,"raw":100,"gzip":60,"brotli":50}]}"#;
        let table = drawn(&serde_json::from_str(json).expect("a report"));
        let cells = |start: &str| -> Vec<String> {
            let line = table
                .lines()
                .find(|line| line.starts_with(start))
                .expect("a row");
            line.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(
            cells("backstitch.js")[..4],
            ["backstitch.js", "60000", "17000", "15000"]
        );
        assert_eq!(
            cells("total"),
            ["total", "60100", "17060", "15050", "limit", "18000"]
        );
        assert!(table.ends_with("wasm memory after init: 2 pages, limit 3"));
    }
}

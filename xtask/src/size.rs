//! The size gate's figures: what a page fetches, raw and compressed, and the memory it takes.
//!
//! Knows the report that tests/e2e/size.spec.js writes, which measures and judges. Must never
//! measure by itself: what counts is what a real browser fetched.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use crate::package;
use crate::test::{E2E, Playwright, run_playwright};
use crate::workspace::Workspace;

/// What the test measured.
#[derive(Debug, Deserialize)]
struct Report {
    /// Bytes of brotli allowed in all, for each form.
    limit: u64,
    /// Pages of 64 KiB of wasm memory allowed after `init`.
    memory_limit: u64,
    forms: Vec<Form>,
}

/// One way to put the SDK on a page, measured in one browser on one cold page.
#[derive(Debug, Deserialize)]
struct Form {
    name: String,
    memory_pages: u64,
    files: Vec<FetchedFile>,
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
    package::run(workspace, false)?;
    let tally = run_playwright(
        workspace,
        &Playwright {
            only: Some("size.spec.js"),
            ..Playwright::of(E2E)
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
    report
        .forms
        .iter()
        .map(|form| form.drawn(report))
        .collect::<Vec<_>>()
        .join("\n\n")
}

impl Form {
    fn drawn(&self, limits: &Report) -> String {
        let title = format!("{}, bytes fetched", self.name);
        let mut lines = vec![row(&title, ["raw", "gzip -9", "brotli -11"], "")];
        for file in &self.files {
            let when = if file.before_first_event {
                "before the first event"
            } else {
                "in the first 30 s"
            };
            let sizes = [file.raw, file.gzip, file.brotli].map(|size| size.to_string());
            lines.push(row(&file.name, sizes.each_ref().map(String::as_str), when));
        }
        let sum =
            |size: fn(&FetchedFile) -> u64| self.files.iter().map(size).sum::<u64>().to_string();
        let sums = [
            sum(|file| file.raw),
            sum(|file| file.gzip),
            sum(|file| file.brotli),
        ];
        lines.push(row(
            "total",
            sums.each_ref().map(String::as_str),
            &format!("limit {}", limits.limit),
        ));
        let memory = self.memory_pages.to_string();
        lines.push(row(
            "pages of wasm memory",
            [&memory, "", ""],
            &format!("limit {}", limits.memory_limit),
        ));
        lines.join("\n")
    }
}

fn row(name: &str, [raw, gzip, brotli]: [&str; 3], note: &str) -> String {
    format!("{name:<28} {raw:>9} {gzip:>9} {brotli:>10}   {note}")
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_and_the_total_are_shown() {
        let json = r#"{"limit":18000,"memory_limit":3,"forms":[{"name":"script tag","memory_pages":2,"files":[
            {"name":"/dist/backstitch.js","before_first_event":true,"raw":60000,"gzip":17000,"brotli":15000},
            {"name":"/dist/late.js","before_first_event":false,"raw":100,"gzip":60,"brotli":50}]}]}"#;
        let table = drawn(&serde_json::from_str(json).expect("a report"));
        let cells: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            cells[1][..5],
            ["/dist/backstitch.js", "60000", "17000", "15000", "before"]
        );
        assert_eq!(cells[2][..5], ["/dist/late.js", "100", "60", "50", "in"]);
        assert_eq!(
            cells[3],
            ["total", "60100", "17060", "15050", "limit", "18000"]
        );
        assert_eq!(
            cells[4],
            ["pages", "of", "wasm", "memory", "2", "limit", "3"]
        );
    }
}

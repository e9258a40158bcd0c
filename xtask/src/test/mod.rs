//! `cargo xtask test`: every suite, in order, and one count over all of them.
//!
//! Knows the suites' order and how a run ends. Must never know what a suite tests.

mod browser;
mod clients;
mod fuzz;
mod model;
mod native;
mod other_browsers;
mod program;
mod results;
mod simulation;
mod suite;
mod tally;

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

pub use self::browser::{E2E, Playwright, run_playwright};
use self::suite::Suite;
use self::tally::Tally;
use crate::progress;
use crate::workspace::Workspace;

/// What can be said about a test run.
#[derive(Args, Debug)]
pub struct Options {
    /// The suites to run [default: every one, but fuzzing and other browsers only under --all].
    #[arg(value_enum)]
    suites: Vec<Suite>,
    /// Run longer: more cases for each property, the model deeper, more simulated
    /// worlds, each end-to-end test three
    /// times, fuzzing, and Firefox and WebKit.
    #[arg(long)]
    all: bool,
}

/// How much of the tests is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What fits into minutes.
    Usual,
    /// What takes longer, too.
    All,
}

/// A suite that has run.
struct Report {
    suite: Suite,
    tally: Tally,
    took: Duration,
}

/// Runs the suites; one that fails does not keep the later ones from running.
///
/// # Errors
/// Never for a failing test: that is `Ok(false)`.
pub fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<bool> {
    let depth = if options.all {
        Depth::All
    } else {
        Depth::Usual
    };
    let mut reports = Vec::new();
    for suite in Suite::ordered(&options.suites, depth) {
        eprintln!("\n{}", suite.title());
        let started = Instant::now();
        // A suite that could not be run counts as one failure: it is not known to pass.
        let tally = suite.run(workspace, depth).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Tally::FAILED
        });
        if tally.is_empty() {
            eprintln!("error: this suite ran no test, so it shows nothing");
        }
        reports.push(Report {
            suite,
            tally: tally.or_failed(),
            took: started.elapsed(),
        });
    }
    print_size_report(&workspace.target, &reports);
    Ok(summarise(&reports))
}

fn print_size_report(target: &Path, reports: &[Report]) {
    if reports.iter().any(|report| report.suite == Suite::E2e)
        && let Some(table) = crate::size::table(target)
    {
        println!("\n{table}");
    }
}

/// Prints the suites and, as the last line, the count over all of them.
fn summarise(reports: &[Report]) -> bool {
    println!();
    for report in reports {
        println!(
            "{:<10} {:<32} {}",
            report.suite.name(),
            report.tally.to_string(),
            progress::seconds(report.took)
        );
    }
    let took = reports.iter().map(|report| report.took).sum();
    let total: Tally = reports.iter().map(|report| report.tally).sum();
    println!("{:<10} {:<32} {}", "total", "", progress::seconds(took));
    println!("{total}");
    total.failed == 0
}

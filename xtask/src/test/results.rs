//! What Playwright reports of a run: how many tests ended how, and what they noted.
//!
//! Knows the form of its JSON report. Must never run a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use super::tally::Tally;

/// The parts of a report that are read.
#[derive(Deserialize)]
pub struct Results {
    stats: Stats,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
    #[serde(default)]
    suites: Vec<Group>,
}

#[derive(Deserialize)]
struct Stats {
    expected: usize,
    unexpected: usize,
    flaky: usize,
    skipped: usize,
}

/// A file, or a group of tests in one.
#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    suites: Vec<Self>,
    #[serde(default)]
    specs: Vec<Spec>,
}

#[derive(Deserialize)]
struct Spec {
    title: String,
    #[serde(default)]
    tests: Vec<Test>,
}

/// A test in one of the browsers that the run is about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    #[serde(default)]
    project_name: String,
    #[serde(default)]
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Annotation {
    r#type: String,
    #[serde(default)]
    description: String,
}

impl Results {
    /// Reads a report.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("Playwright left no results in {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not a report of Playwright's", path.display()))
    }

    /// Counts it; a test that passed only when tried again has failed.
    pub fn tally(&self, succeeded: bool) -> Tally {
        let mut tally = Tally {
            passed: self.stats.expected,
            failed: self.stats.unexpected + self.stats.flaky,
            skipped: self.stats.skipped,
        };
        if tally.failed == 0 && (!succeeded || !self.errors.is_empty()) {
            tally.failed = self.errors.len().max(1);
        }
        tally
    }

    /// What tests measured, and which were skipped in which browser, and why.
    pub fn notes(&self) -> Vec<String> {
        let mut measured = Vec::new();
        let mut skipped = BTreeMap::<String, Vec<&str>>::new();
        for (spec, test) in self.suites.iter().flat_map(Group::tests) {
            for Annotation {
                r#type,
                description,
            } in &test.annotations
            {
                match r#type.as_str() {
                    "measured" => measured.push(format!("measured  {description}")),
                    "skip" => skipped
                        .entry(format!("skipped   {}: {description}", test.project_name))
                        .or_default()
                        .push(&spec.title),
                    _ => {}
                }
            }
        }
        measured.extend(skipped.into_iter().flat_map(|(reason, titles)| {
            let titles = titles
                .into_iter()
                .map(|title| format!("            {title}"));
            std::iter::once(reason).chain(titles).collect::<Vec<_>>()
        }));
        measured
    }
}

impl Group {
    /// Its tests and those of the groups in it.
    fn tests(&self) -> Vec<(&Spec, &Test)> {
        let own =
            (self.specs.iter()).flat_map(|spec| spec.tests.iter().map(move |test| (spec, test)));
        own.chain(self.suites.iter().flat_map(Self::tests))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(json: &str) -> Results {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("results.json");
        fs::write(&path, json).expect("a report");
        Results::read(&path).expect("results")
    }

    #[test]
    fn a_report_is_counted() {
        let json = r#"{"stats":{"expected":4,"unexpected":1,"flaky":1,"skipped":2},"errors":[]}"#;
        assert_eq!(
            results(json).tally(false),
            Tally {
                passed: 4,
                failed: 2,
                skipped: 2
            }
        );
    }

    #[test]
    fn errors_outside_of_tests_are_failures() {
        let json = r#"{"stats":{"expected":4,"unexpected":0,"flaky":0,"skipped":0},"errors":[{"message":"no such fixture"}]}"#;
        assert_eq!(
            results(json).tally(false),
            Tally {
                passed: 4,
                failed: 1,
                skipped: 0
            }
        );
        let silent = r#"{"stats":{"expected":4,"unexpected":0,"flaky":0,"skipped":0}}"#;
        assert_eq!(results(silent).tally(false).failed, 1);
        assert_eq!(results(silent).tally(true).failed, 0);
    }

    #[test]
    fn what_was_measured_and_what_was_skipped_is_told() {
        let json = r#"{"stats":{"expected":1,"unexpected":0,"flaky":0,"skipped":2},"suites":[
            {"specs":[{"title":"how soon","tests":[{"projectName":"firefox","annotations":[{"type":"measured","description":"3 ms"}]}]}],
             "suites":[{"specs":[
                {"title":"one","tests":[{"projectName":"webkit","annotations":[{"type":"skip","description":"why"}]}]},
                {"title":"two","tests":[{"projectName":"webkit","annotations":[{"type":"skip","description":"why"}]}]}]}]}]}"#;
        assert_eq!(
            results(json).notes(),
            [
                "measured  3 ms",
                "skipped   webkit: why",
                "            one",
                "            two"
            ]
        );
    }
}

//! The rule that the tree works with any registry: no lock file says where a package was
//! downloaded from, and every npm folder is set up to keep it so.
//!
//! Knows npm's and cargo's files. Must never ask a registry.

use std::path::Path;

use super::{Finding, Source};

/// How the address of a package registry begins, written so that this file does not hold one.
const REGISTRY: &str = concat!("://", "registry.");
const NPMRC: &str = "omit-lockfile-registry-resolved=true";

pub fn check(root: &Path, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_npm_lock = source.is_named("package-lock.json");
    for (index, line) in source.text.lines().enumerate() {
        if line.contains(REGISTRY) {
            findings.push(source.finding(
                index + 1,
                "names a package registry: leave registries to the machine",
            ));
        }
        if is_npm_lock && line.trim_start().starts_with("\"resolved\":") {
            findings.push(source.finding(
                index + 1,
                format!("a download address: write the lock with {NPMRC} in .npmrc"),
            ));
        }
    }
    if is_npm_lock {
        let npmrc = root.join(&source.path).with_file_name(".npmrc");
        if !std::fs::read_to_string(&npmrc)
            .is_ok_and(|text| text.lines().any(|line| line.trim() == NPMRC))
        {
            findings.push(source.finding(1, format!("no .npmrc with {NPMRC} beside it: add one")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(npmrc: &str, path: &str, text: &str) -> Vec<Finding> {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::write(root.path().join(".npmrc"), npmrc).expect("a file");
        check(
            root.path(),
            &Source {
                path: path.into(),
                text: text.into(),
            },
        )
    }

    #[test]
    fn a_download_address_is_found() {
        let text = format!("{{\n  \"resolved\": \"https{REGISTRY}example/a.tgz\"\n}}\n");
        let lines: Vec<_> = findings(NPMRC, "package-lock.json", &text)
            .iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(lines, [2, 2]);
        assert_eq!(
            findings(NPMRC, "docs/a.md", &format!("see https{REGISTRY}example")).len(),
            1
        );
    }

    #[test]
    fn a_lock_without_its_npmrc_is_found() {
        assert_eq!(findings("fund=false\n", "package-lock.json", "{}").len(), 1);
        assert_eq!(
            findings(&format!("fund=false\n{NPMRC}\n"), "package-lock.json", "{}"),
            []
        );
    }
}

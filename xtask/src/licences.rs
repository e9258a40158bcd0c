//! The licences of all dependencies, of cargo's and of npm's, against the list in deny.toml.
//!
//! Knows that list and the two lock files' packages. Must never hold a list of its own, so that
//! `cargo deny check` and this agree. It exists beside cargo-deny because that takes minutes to
//! build on a fresh machine and does not read npm's lock files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use serde::Deserialize;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::process;
use crate::progress;

/// The folders with a package-lock.json.
const NPM: [&str; 4] = ["www", "tests/e2e", "tests/clients", "examples/ci"];

/// What deny.toml allows.
#[derive(Debug, Deserialize)]
struct Policy {
    licenses: Licenses,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
    #[serde(default)]
    clarify: Vec<Clarification>,
}

#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

/// The licence of a release whose authors do not name it where it is looked for.
#[derive(Debug, Deserialize)]
struct Clarification {
    #[serde(rename = "crate")]
    name: String,
    /// One version, as `=1.2.3`.
    version: String,
    expression: String,
}

/// A dependency and what its authors say of its licence.
#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    version: String,
    license: Option<String>,
    /// Missing for a package of this workspace.
    source: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct NpmLock {
    packages: BTreeMap<String, NpmPackage>,
}

#[derive(Debug, Deserialize)]
struct NpmPackage {
    /// Its own name, if it is installed under another.
    name: Option<String>,
    #[serde(default)]
    version: String,
    license: Option<String>,
}

/// Checks every dependency; gives how many lists passed and failed, and prints what did not.
///
/// # Errors
/// When a list can't be read.
pub fn check(root: &Path) -> anyhow::Result<(usize, usize)> {
    let path = root.join("deny.toml");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} could not be read", path.display()))?;
    let policy: Policy =
        toml::from_str(&text).with_context(|| format!("{} is not a policy", path.display()))?;
    let mut lists = vec![("cargo".to_owned(), cargo(root)?)];
    for folder in NPM {
        lists.push((format!("npm, {folder}"), npm(&root.join(folder))?));
    }
    let mut failed = 0;
    for (name, dependencies) in &lists {
        let findings: Vec<_> = dependencies
            .iter()
            .filter_map(|dependency| policy.finding(dependency))
            .collect();
        let title = format!("{} dependencies ({name})", dependencies.len());
        if progress::step(
            &title,
            || if findings.is_empty() { Ok(()) } else { Err(()) },
        )
        .is_err()
        {
            failed += 1;
            findings.iter().for_each(|finding| eprintln!("{finding}"));
        }
    }
    Ok((lists.len() - failed, failed))
}

fn cargo(root: &Path) -> anyhow::Result<Vec<Dependency>> {
    let mut ask = Command::new("cargo");
    ask.args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root);
    let answer = process::run(&mut ask)?;
    let metadata: Metadata =
        serde_json::from_str(&answer.stdout).context("cargo metadata did not answer in JSON")?;
    Ok(metadata
        .packages
        .into_iter()
        .filter(|package| package.source.is_some())
        .collect())
}

fn npm(folder: &Path) -> anyhow::Result<Vec<Dependency>> {
    let path = folder.join("package-lock.json");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} could not be read", path.display()))?;
    let lock: NpmLock = serde_json::from_str(&text)
        .with_context(|| format!("{} is not a lock file", path.display()))?;
    Ok(lock.installed())
}

impl NpmLock {
    /// All packages but the folder's own, which has the empty path.
    fn installed(self) -> Vec<Dependency> {
        self.packages
            .into_iter()
            .filter_map(|(path, package)| {
                let installed_as = path
                    .rsplit("node_modules/")
                    .next()
                    .filter(|name| !name.is_empty())?
                    .to_owned();
                Some(Dependency {
                    name: package.name.unwrap_or(installed_as),
                    version: package.version,
                    license: package.license,
                    source: None,
                })
            })
            .collect()
    }
}

impl Policy {
    /// What is wrong with a dependency's licence, and what to do.
    fn finding(&self, dependency: &Dependency) -> Option<String> {
        let Dependency {
            name,
            version,
            license,
            ..
        } = dependency;
        let clarified = self.licenses.clarify.iter().find(|clarification| {
            clarification.name == *name && clarification.version == format!("={version}")
        });
        let said = clarified
            .map(|clarification| &clarification.expression)
            .or(license.as_ref());
        let Some(license) = said else {
            return Some(format!(
                "{name} {version} names no licence: read its text, and replace it if it has none"
            ));
        };
        let exception = self
            .licenses
            .exceptions
            .iter()
            .find(|exception| exception.name == *name);
        let allowed = |required: &LicenseReq| {
            let required = required.to_string();
            let own = exception.iter().flat_map(|exception| &exception.allow);
            self.licenses
                .allow
                .iter()
                .chain(own)
                .any(|allowed| *allowed == required)
        };
        // Older packages write `MIT/Apache-2.0`.
        match Expression::parse_mode(license, ParseMode::LAX) {
            Ok(expression) if expression.evaluate(allowed) => None,
            Ok(_) => Some(format!(
                "{name} {version} is under {license}, which deny.toml does not allow: replace it, or allow it there"
            )),
            Err(error) => Some(format!(
                "{name} {version} names the licence {license:?}, which can't be read: {error}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        toml::from_str(
            "[licenses]\nallow = [\"MIT\", \"Apache-2.0\", \"Apache-2.0 WITH LLVM-exception\"]\n\
             exceptions = [{ crate = \"icu\", allow = [\"Unicode-3.0\"] }]\n\
             [[licenses.clarify]]\ncrate = \"vague\"\nversion = \"=1.0.0\"\nexpression = \"MIT\"\n",
        )
        .expect("a policy")
    }

    fn finding(name: &str, license: Option<&str>) -> Option<String> {
        let license = license.map(str::to_owned);
        policy().finding(&Dependency {
            name: name.into(),
            version: "1.0.0".into(),
            license,
            source: None,
        })
    }

    #[test]
    fn an_allowed_licence_passes() {
        for license in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "MIT/Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "MIT AND Apache-2.0",
        ] {
            assert_eq!(finding("a", Some(license)), None, "{license}");
        }
    }

    #[test]
    fn another_licence_or_none_is_found() {
        assert!(
            finding("a", Some("GPL-3.0-only"))
                .expect("found")
                .contains("deny.toml does not allow")
        );
        assert!(finding("a", Some("MIT AND MPL-2.0")).is_some());
        assert!(
            finding("a", Some("see LICENSE"))
                .expect("found")
                .contains("can't be read")
        );
        assert!(
            finding("a", None)
                .expect("found")
                .contains("names no licence")
        );
    }

    #[test]
    fn an_exception_holds_for_its_crate_alone() {
        assert_eq!(finding("icu", Some("Unicode-3.0")), None);
        assert!(finding("other", Some("Unicode-3.0")).is_some());
    }

    #[test]
    fn a_clarification_holds_for_its_release_alone() {
        assert_eq!(finding("vague", Some("SEE LICENSE IN LICENSE")), None);
        assert_eq!(finding("vague", None), None);
        assert!(finding("other", Some("SEE LICENSE IN LICENSE")).is_some());
        let later = Dependency {
            name: "vague".into(),
            version: "1.0.1".into(),
            license: None,
            source: None,
        };
        assert!(policy().finding(&later).is_some());
    }

    #[test]
    fn the_packages_of_npm_are_named_by_their_last_folder_unless_they_have_another_name() {
        let lock: NpmLock = serde_json::from_str(
            r#"{"packages":{"":{"version":"0.0.0"},"node_modules/@a/b":{"version":"1.2.3","license":"MIT"},
                "node_modules/@a/b/node_modules/c":{"version":"2.0.0"},
                "node_modules/old":{"name":"d","version":"1.0.0"}}}"#,
        )
        .expect("a lock");
        let installed = lock.installed();
        let names: Vec<_> = installed
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(names, ["@a/b", "c", "d"]);
        assert_eq!(installed[0].license.as_deref(), Some("MIT"));
    }
}

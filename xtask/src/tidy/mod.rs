//! `cargo xtask tidy`: the rules of the tree that no compiler checks.
//!
//! Knows which rule looks at which file. Must never change one: it finds, a person decides.

mod javascript;
mod links;
mod locks;
mod purity;
mod shape;

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Context;
use ignore::WalkBuilder;

use crate::progress;

/// A text file of the tree.
#[derive(Debug)]
struct Source {
    /// Its path from the root, with `/` between folders.
    path: String,
    text: String,
}

/// A line that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    /// What is wrong, and what to do.
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl Source {
    fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line,
            message: message.into(),
        }
    }

    fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    fn is_named(&self, name: &str) -> bool {
        self.path.rsplit('/').next() == Some(name)
    }
}

/// A rule: what it asks for, and how it looks at one file.
struct Rule {
    title: &'static str,
    check: fn(&Path, &Source) -> Vec<Finding>,
}

const RULES: [Rule; 7] = [
    Rule {
        title: "the core asks for time, storage and chance, and takes none",
        check: purity::check,
    },
    Rule {
        title: "each of the browser's doors is one script's",
        check: javascript::check,
    },
    Rule {
        title: "no file outgrows its subject",
        check: shape::length,
    },
    Rule {
        title: "every Rust file says what it knows",
        check: shape::module_docs,
    },
    Rule {
        title: "nothing is left for later",
        check: shape::unfinished,
    },
    Rule {
        title: "links lead to files that exist",
        check: links::check,
    },
    Rule {
        title: "lock files name no download addresses",
        check: locks::check,
    },
];

/// Checks the tree and prints what breaks a rule; `false` when something does.
///
/// # Errors
/// When a file can't be read.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    check(root).map(|(_, failed)| failed == 0)
}

/// As [`run`], with the number of rules kept and broken.
pub fn check(root: &Path) -> anyhow::Result<(usize, usize)> {
    let sources = sources(root)?;
    let mut broken = 0;
    for rule in &RULES {
        let findings: Vec<_> = sources
            .iter()
            .flat_map(|source| (rule.check)(root, source))
            .collect();
        if progress::step(rule.title, || {
            if findings.is_empty() { Ok(()) } else { Err(()) }
        })
        .is_err()
        {
            broken += 1;
            findings.iter().for_each(|finding| eprintln!("{finding}"));
        }
    }
    Ok((RULES.len() - broken, broken))
}

/// Every text file that git would keep.
fn sources(root: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .git_global(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .sort_by_file_path(Path::cmp)
        .build();
    for entry in walk {
        let entry = entry.context("the tree could not be walked")?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        let bytes =
            fs::read(path).with_context(|| format!("{} could not be read", path.display()))?;
        if let Ok(text) = String::from_utf8(bytes) {
            let path = path
                .strip_prefix(root)
                .unwrap_or(path)
                .to_string_lossy()
                .replace('\\', "/");
            sources.push(Source { path, text });
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_git_would_keep_is_read() {
        let root = tempfile::tempdir().expect("a folder");
        for folder in [".git", "target", ".ci"] {
            fs::create_dir_all(root.path().join(folder)).expect("a folder");
            fs::write(root.path().join(folder).join("run"), "text").expect("a file");
        }
        fs::write(root.path().join(".gitignore"), "/target/\n").expect("a file");
        fs::write(root.path().join("image.png"), [0xff, 0xfe]).expect("a file");
        let sources = sources(root.path()).expect("sources");
        let paths: Vec<_> = sources.iter().map(|source| source.path.as_str()).collect();
        assert_eq!(paths, [".ci/run", ".gitignore"]);
    }

    #[test]
    fn a_broken_rule_is_counted() {
        let root = tempfile::tempdir().expect("a folder");
        fs::write(root.path().join("a.md"), "[gone](gone.md)\n").expect("a file");
        assert_eq!(check(root.path()).expect("a count"), (RULES.len() - 1, 1));
    }
}

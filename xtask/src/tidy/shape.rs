//! The rules on a file's shape: its length, its first lines, and that it is finished.
//!
//! Knows text. Must never know what a file is about.

use std::path::Path;

use super::{Finding, Source};

/// Files stay near 300 lines; this is where one has outgrown its subject.
const MOST_LINES: usize = 400;
const CODE: [&str; 8] = ["rs", "js", "mjs", "ts", "css", "html", "sh", "sql"];

/// Words that mark what someone meant to do, written so that this file does not hold them.
const MARKS: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];

pub fn length(_root: &Path, source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    if !source.has_extension(&CODE) || lines <= MOST_LINES {
        return Vec::new();
    }
    vec![source.finding(
        MOST_LINES + 1,
        format!("{lines} lines, {MOST_LINES} at most: split it by subject"),
    )]
}

pub fn module_docs(_root: &Path, source: &Source) -> Vec<Finding> {
    if !source.has_extension(&["rs"]) {
        return Vec::new();
    }
    // Attributes of the whole file may stand above the doc.
    let first = source
        .text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("#!["));
    if first.is_some_and(|line| line.starts_with("//!") && line.len() > "//!".len()) {
        return Vec::new();
    }
    vec![source.finding(
        1,
        "no module doc: begin with `//!`, what this file knows and what it must never know",
    )]
}

pub fn unfinished(_root: &Path, source: &Source) -> Vec<Finding> {
    if source.is_named("Cargo.lock") || source.is_named("package-lock.json") {
        return Vec::new();
    }
    source
        .text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let mark = MARKS.iter().find(|mark| has_word(line, mark))?;
            Some(source.finding(
                index + 1,
                format!("{mark} is left here: do it, or write an issue"),
            ))
        })
        .collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !part(line[..at].chars().next_back())
            && (word.ends_with('(') || !part(line[at + word.len()..].chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }

    #[test]
    fn a_long_file_is_found_and_data_is_not() {
        let root = Path::new(".");
        assert!(length(root, &source("a.rs", &"\n".repeat(MOST_LINES))).is_empty());
        assert_eq!(
            length(root, &source("a.rs", &"\n".repeat(MOST_LINES + 1))).len(),
            1
        );
        assert!(length(root, &source("Cargo.lock", &"\n".repeat(2000))).is_empty());
        assert!(length(root, &source("cases.json", &"\n".repeat(2000))).is_empty());
    }

    #[test]
    fn a_file_without_a_doc_is_found() {
        let root = Path::new(".");
        assert_eq!(
            module_docs(root, &source("a.rs", "use std::fmt;\n")).len(),
            1
        );
        assert_eq!(
            module_docs(root, &source("a.rs", "//!\nuse std::fmt;\n")).len(),
            1
        );
        assert_eq!(module_docs(root, &source("a.rs", "")).len(), 1);
        assert!(module_docs(root, &source("a.rs", "//! What it knows.\n")).is_empty());
        assert!(
            module_docs(
                root,
                &source(
                    "a.rs",
                    "#![cfg(target_arch = \"wasm32\")]\n//! What it knows.\n"
                )
            )
            .is_empty()
        );
        assert!(module_docs(root, &source("a.js", "")).is_empty());
    }

    #[test]
    fn a_mark_is_found_as_a_word() {
        let root = Path::new(".");
        for mark in MARKS {
            assert_eq!(
                unfinished(root, &source("a.js", &format!("x\n// {mark} later\n")))[0].line,
                2,
                "{mark}"
            );
        }
        assert!(unfinished(root, &source("a.js", "const AUTODOC = 1;\n")).is_empty());
        assert!(unfinished(root, &source("Cargo.lock", MARKS[2])).is_empty());
    }
}

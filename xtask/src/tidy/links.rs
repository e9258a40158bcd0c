//! The rule that a document's links to files of the tree lead somewhere.
//!
//! Knows Markdown. Addresses on the web are not followed.

use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::{Finding, Source};

pub fn check(root: &Path, source: &Source) -> Vec<Finding> {
    if !source.has_extension(&["md"]) {
        return Vec::new();
    }
    let folder = Path::new(&source.path).parent().unwrap_or(Path::new(""));
    Parser::new_ext(&source.text, Options::all())
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some((dest_url, range))
            }
            _ => None,
        })
        .filter_map(|(link, range)| {
            let file = local(&link)?;
            if resolve(folder, file).is_some_and(|path| root.join(path).exists()) {
                return None;
            }
            let line = source.text[..range.start].matches('\n').count() + 1;
            Some(source.finding(
                line,
                format!("{file} does not exist: correct the link or add the file"),
            ))
        })
        .collect()
}

/// The file a link names, unless it leads to the web or within the page.
fn local(link: &str) -> Option<&str> {
    let file = link.split(['#', '?']).next()?;
    let elsewhere = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
    (!elsewhere).then_some(file)
}

/// The path from the root; `None` when it leads out of the tree.
fn resolve(folder: &Path, file: &str) -> Option<PathBuf> {
    let mut path = if file.starts_with('/') {
        PathBuf::new()
    } else {
        folder.to_owned()
    };
    for part in Path::new(file.trim_start_matches('/')).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => path.pop().then_some(())?,
            _ => {}
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<usize> {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(root.path().join("docs")).expect("a folder");
        std::fs::write(root.path().join("docs/api.md"), "").expect("a file");
        std::fs::write(root.path().join("README.md"), "").expect("a file");
        let source = Source {
            path: path.into(),
            text: text.into(),
        };
        check(root.path(), &source)
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        assert_eq!(
            findings("README.md", "# A\n\nSee [it](docs/gone.md).\n"),
            [3]
        );
        assert_eq!(findings("docs/api.md", "[up](../../outside.md)\n"), [1]);
        assert_eq!(findings("README.md", "![shot](docs/shot.png)\n"), [1]);
        assert_eq!(findings("README.md", "[a][b]\n\n[b]: gone.md\n"), [1]);
    }

    #[test]
    fn what_exists_or_lies_elsewhere_is_not() {
        let text = "[a](docs/api.md) [b](docs/api.md#part) [c](https://example.com/x) [d](#here) [e](/docs/api.md)\n\n\
            ```\n[code](gone.md)\n```\n";
        assert_eq!(findings("README.md", text), [0; 0]);
        assert_eq!(
            findings("docs/api.md", "[up](../README.md) [beside](api.md)\n"),
            [0; 0]
        );
    }
}

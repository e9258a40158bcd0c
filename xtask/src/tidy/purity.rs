//! The rule that keeps the core sans-IO: it is told the time, chance and the page's facts, and
//! iterates over nothing whose order is not its own.
//!
//! Knows the names that would let the world in. Comments, strings and tests may say them.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{Finding, Source};

/// The shell over the core, which lives beside it.
const SHELL: &str = "src/exports.rs";

const BANNED: [(&str, &str); 12] = [
    ("std", "the shipped build has no std: use core or alloc"),
    ("Instant", "take `now` as an argument"),
    ("SystemTime", "take `now` as an argument"),
    ("getrandom", "take random bytes as an argument"),
    (
        "HashMap",
        "its order differs from run to run: use BTreeMap or a Vec",
    ),
    (
        "HashSet",
        "its order differs from run to run: use BTreeSet or a Vec",
    ),
    ("web_sys", "ask the shell by an effect"),
    ("js_sys", "ask the shell by an effect"),
    ("println", "there is nothing to print to"),
    ("eprintln", "there is nothing to print to"),
    ("print", "there is nothing to print to"),
    ("dbg", "there is nothing to print to"),
];

pub fn check(_root: &Path, source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("src/") || !source.has_extension(&["rs"]) || source.path == SHELL {
        return Vec::new();
    }
    match source.text.parse::<TokenStream>() {
        Ok(tokens) => {
            let mut findings = Vec::new();
            walk(source, tokens, &mut findings);
            findings
        }
        Err(error) => vec![source.finding(
            error.span().start().line,
            format!("this is not Rust: {error}"),
        )],
    }
}

fn walk(source: &Source, tokens: TokenStream, findings: &mut Vec<Finding>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut after_hash = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if after_hash && is_test_only(&group.stream()) => {
                // The item that follows is for tests: it ends with its braces or a semicolon.
                for token in tokens.by_ref() {
                    match token {
                        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => break,
                        TokenTree::Punct(punct) if punct.as_char() == ';' => break,
                        _ => {}
                    }
                }
                after_hash = false;
            }
            TokenTree::Group(group) => {
                // An attribute holds doc comments as strings, which are no names.
                walk(source, group.stream(), findings);
                after_hash = false;
            }
            TokenTree::Ident(name) => {
                if let Some((banned, instead)) = BANNED.iter().find(|(banned, _)| name == banned) {
                    let line = name.span().start().line;
                    findings.push(
                        source.finding(line, format!("the core must not use {banned}: {instead}")),
                    );
                }
                after_hash = false;
            }
            TokenTree::Punct(punct) => after_hash = punct.as_char() == '#',
            TokenTree::Literal(_) => after_hash = false,
        }
    }
}

/// `cfg(test)`, the inside of the attribute.
fn is_test_only(attribute: &TokenStream) -> bool {
    attribute.to_string().replace(' ', "") == "cfg(test)"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<usize> {
        let source = Source {
            path: path.into(),
            text: text.into(),
        };
        check(Path::new("."), &source)
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn the_world_is_found_where_it_comes_in() {
        assert_eq!(
            findings(
                "src/session.rs",
                "fn now() {\n    std::time::Instant::now();\n}\n"
            ),
            [2, 2]
        );
        assert_eq!(
            findings(
                "src/queue.rs",
                "use alloc::vec::Vec;\nuse hashbrown::HashMap;\n"
            ),
            [2]
        );
        assert_eq!(
            findings("src/client.rs", "fn log() { println!(\"x\") }\n"),
            [1]
        );
        assert_eq!(
            findings("src/client.rs", "fn page() { web_sys::window() }\n"),
            [1]
        );
        assert_eq!(
            findings(
                "src/client.rs",
                "#[inline]\nfn page() { js_sys::Date::now() }\n"
            ),
            [2]
        );
    }

    #[test]
    fn comments_strings_and_tests_may_name_it() {
        let text = "//! Never std::time, never HashMap.\n/// Not Instant.\nfn a() -> &'static str { \"std::time\" }\n\
            #[cfg(test)]\nextern crate std;\n#[cfg(test)]\nmod tests { use std::collections::HashMap; }\n";
        assert_eq!(findings("src/time.rs", text), [0; 0]);
        assert_eq!(
            findings("src/time.rs", &format!("{text}use std::fmt;\n")),
            [8]
        );
    }

    #[test]
    fn the_shell_and_other_crates_are_free() {
        for path in ["src/exports.rs", "collector/src/main.rs", "tests/world.rs"] {
            assert_eq!(findings(path, "use std::time::Instant;"), [0; 0], "{path}");
        }
    }
}

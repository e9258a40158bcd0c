//! The rule that keeps the shim thin: of all scripts in www/, only one touches storage, one the
//! database, and one the network and timers.
//!
//! Knows the names of the browser's doors. The demo shop is a page, not part of the SDK.

use std::path::Path;

use super::{Finding, Source};

/// Each of the browser's doors, and the script that may open it.
const DOORS: [(&str, &str); 12] = [
    ("localStorage", STORES),
    ("sessionStorage", STORES),
    ("document.cookie", STORES),
    ("indexedDB", "www/database.js"),
    ("fetch(", EFFECTS),
    ("XMLHttpRequest", EFFECTS),
    ("sendBeacon", EFFECTS),
    ("WebSocket", EFFECTS),
    ("setTimeout", EFFECTS),
    ("setInterval", EFFECTS),
    ("requestIdleCallback", EFFECTS),
    ("requestAnimationFrame", EFFECTS),
];
const STORES: &str = "www/stores.js";
const EFFECTS: &str = "www/effects.js";

pub fn check(_root: &Path, source: &Source) -> Vec<Finding> {
    let in_sdk = source.path.starts_with("www/") && !source.path.starts_with("www/shop/");
    if !in_sdk || !source.has_extension(&["js", "mjs"]) {
        return Vec::new();
    }
    without_comments(&source.text)
        .lines()
        .enumerate()
        .flat_map(|(index, line)| {
            DOORS
                .iter()
                .filter(move |(door, keeper)| source.path != *keeper && names(line, door))
                .map(move |(door, keeper)| {
                    let door = door.trim_end_matches('(');
                    source.finding(
                        index + 1,
                        format!("only {keeper} may use {door}: ask it there"),
                    )
                })
        })
        .collect()
}

/// Whether `line` has `door` as a name of its own, not as the end of a longer one.
fn names(line: &str, door: &str) -> bool {
    line.match_indices(door).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + door.len()..].chars().next();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$');
        !part(before) && (door.ends_with('(') || !part(after))
    })
}

/// The script with its comments blanked, line for line.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |at| at + 2);
            out.extend(rest[..end].chars().filter(|c| *c == '\n'));
            end
        } else {
            let end = if matches!(first, '"' | '\'' | '`') {
                string_end(rest, first)
            } else {
                first.len_utf8()
            };
            out.push_str(&rest[..end]);
            end
        };
        rest = &rest[taken..];
    }
    out
}

/// The length of the string that `rest` begins with.
fn string_end(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // A quote in a regular expression opens nothing: no string runs over a line's end.
            '\n' if quote != '`' => return at,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
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
    fn each_door_has_one_script() {
        let text = "localStorage.a;\ndocument.cookie;\nself.indexedDB.open(a);\nfetch(a);\n";
        assert_eq!(findings("www/shim.js", text), [1, 2, 3, 4]);
        assert_eq!(findings("www/stores.js", text), [3, 4]);
        assert_eq!(findings("www/database.js", text), [1, 2, 4]);
        assert_eq!(findings("www/effects.js", text), [1, 2, 3]);
    }

    #[test]
    fn a_door_is_found_by_any_way_to_it() {
        let text = "const a = 1;\nwindow.localStorage.getItem('a');\nawait fetch('/e/');\nself['setTimeout'](a);\n";
        assert_eq!(findings("www/shim.js", text), [2, 3, 4]);
        assert_eq!(findings("www/shop/shop.js", text), [0; 0]);
        assert_eq!(findings("collector/src/page/events.js", text), [0; 0]);
    }

    #[test]
    fn comments_and_longer_names_are_not() {
        let text = "// localStorage\n/* fetch(\n setTimeout */\nprefetch(a); const fetchLater = clearSetTimeouts;\n";
        assert_eq!(findings("www/shim.js", text), [0; 0]);
        assert_eq!(
            findings("www/shim.js", "const s = 'http://a'; fetch(s);\n"),
            [1]
        );
        assert_eq!(findings("www/shim.js", "/* a\n b */ fetch(s);\n"), [2]);
    }
}

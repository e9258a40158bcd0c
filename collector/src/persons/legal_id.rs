//! Ids that cannot stand for one person.
//!
//! Knows: PostHog's list (`isDistinctIdIllegal` in its person-merge-service). A merge with such an
//! id would pour many visitors into one person. Must never know: what is done about them.

const ANY_CASE: [&str; 10] = [
    "anonymous",
    "guest",
    "distinctid",
    "distinct_id",
    "id",
    "not_authenticated",
    "email",
    "undefined",
    "true",
    "false",
];

const EXACT: [&str; 7] = [
    "[object Object]",
    "NaN",
    "None",
    "none",
    "null",
    "0",
    "undefined",
];

/// Whether an id may take part in a merge.
pub fn is_legal(distinct_id: &str) -> bool {
    let bare = unquoted(distinct_id);
    !(distinct_id.trim().is_empty()
        || ANY_CASE.iter().any(|word| word.eq_ignore_ascii_case(bare))
        || EXACT.contains(&bare))
}

/// Without one pair of equal quotes around it.
fn unquoted(id: &str) -> &str {
    ['\'', '"']
        .into_iter()
        .find_map(|quote| id.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_ids_are_illegal() {
        for id in [
            "",
            "  ",
            "undefined",
            "UNDEFINED",
            "'Guest'",
            "\"null\"",
            "0",
            "[object Object]",
            "'NaN'",
            "none",
        ] {
            assert!(!is_legal(id), "{id:?}");
        }
    }

    #[test]
    fn own_ids_are_legal() {
        for id in [
            "user_1",
            "Nan",
            "NULL",
            "00",
            "''guest''",
            "guest'",
            " guest",
            "'",
            "\"\"",
        ] {
            assert!(is_legal(id), "{id:?}");
        }
    }
}

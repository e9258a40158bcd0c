//! What the records say, as text: how a shell that makes a mistake would change it, and what of it
//! a cookie has. Must never know who the visitor is.

use crate::database::Epoch;

/// An own record that knows nothing of what was before.
pub fn without_past(own: &str) -> String {
    match own.split_once("\"past\":{") {
        Some((before, rest)) => {
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            format!("{before}\"past\":{{}}{after}")
        }
        None => own.into(),
    }
}

/// The first anonymous id of this browser.
pub fn device_of(shared: &str) -> String {
    member(shared, "$device_id")
}

/// Who the visitor is.
pub fn distinct_id_of(record: &str) -> String {
    member(record, "distinct_id")
}

/// A member that is a string without escapes.
fn member(record: &str, key: &str) -> String {
    let rest = record.split_once(&format!("\"{key}\":\""));
    let value = rest.and_then(|(_, rest)| rest.split_once('"'));
    value.map_or(String::new(), |(value, _)| value.into())
}

/// How many changes of the identity an own record counts.
pub fn changes_in(own: &str) -> u64 {
    Epoch::of(own).changes()
}

/// An own record that counts for newer than any that the tab knows.
pub fn newer(own: &str, changes: u64) -> String {
    match own.split_once("\"epoch\":") {
        Some((before, rest)) => {
            let (epoch, after) = rest.split_once(',').expect("more than an epoch");
            let tab = epoch.parse::<u64>().expect("a number") & 0xffff_ffff;
            format!("{before}\"epoch\":{},{after}", (changes + 1) << 32 | tab)
        }
        None => own.into(),
    }
}

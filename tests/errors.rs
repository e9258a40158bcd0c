//! Every number that the small build prints has its place in docs/errors.md.

#![cfg(not(target_arch = "wasm32"))]

use backstitch::error::Error;

#[test]
fn every_number_is_explained() {
    let page = include_str!("../docs/errors.md");
    let explained: Vec<u32> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|number| number.parse().expect("headings are numbers"))
        .collect();
    let numbers: Vec<u32> = Error::ALL.iter().map(|error| error.number()).collect();
    assert_eq!(explained, numbers);
}

#[test]
fn every_message_says_where_and_what_to_do() {
    for error in Error::ALL {
        let message = error.to_string();
        assert!(
            message.starts_with("init: ")
                || message.starts_with("capture: ")
                || message.starts_with("identify")
                || message.starts_with("group: ")
                || message.starts_with("the server "),
            "{message}"
        );
        assert!(message.len() > 40, "{message}");
    }
}

//! Any query is read.
//!
//! Knows: what a query never says. Must never know: its parameters.

#![no_main]

use backstitch_collector::ingest::Query;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|query: &str| {
    let read = Query::read(query);
    assert_ne!(read.data.as_deref(), Some(""));
});

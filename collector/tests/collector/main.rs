//! Tests of the collector from outside: over HTTP, on its files, and as a process. One binary, so
//! that the collector is linked once.

mod api;
mod bodies;
mod cases;
mod decoder;
mod encodings;
mod environments;
mod exactly_once;
mod expectations;
mod ingest;
mod keys_and_queries;
mod legacy_paths;
#[cfg(target_os = "linux")]
mod memory;
mod merge_cases;
mod merging_cost;
mod person_rules;
mod process;
mod restart_kill;
mod round_trips;
mod safety;
mod strategies;
mod streams;
mod support;
mod transactions;
mod v1;
mod v1_requests;

//! Tests of the collector from outside: over HTTP, on its files, and as a process. One binary, so
//! that the collector is linked once.

mod access;
mod api;
mod cases;
mod connections;
mod decoder;
mod encodings;
mod environments;
mod exactly_once;
mod expectations;
mod flags;
mod history;
mod ingest;
mod legacy_paths;
#[cfg(target_os = "linux")]
mod memory;
mod merge_cases;
mod merging_cost;
mod person_rules;
mod process;
mod remote_config;
mod restart_kill;
mod safety;
mod static_scripts;
mod streams;
mod support;
mod transactions;
mod v1;
mod writer_memory;

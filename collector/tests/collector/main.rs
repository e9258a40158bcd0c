//! Tests of the collector from outside: over HTTP, on its files, and as a process. One binary, so
//! that the collector is linked once.

mod access;
mod api;
mod cases;
mod connections;
mod counts;
mod decoder;
mod environments;
mod exactly_once;
mod expectations;
mod history;
mod ingest;
#[cfg(target_os = "linux")]
mod memory;
mod merge_cases;
mod merging_cost;
mod openapi;
mod person_history;
mod person_rules;
mod process;
mod refusals_api;
mod reset_export_import;
mod restart_kill;
mod safety;
mod schema;
mod streams;
mod support;
mod text_search;
mod transactions;
mod waiting;
mod writer_memory;

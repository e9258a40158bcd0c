//! Tests of the collector from outside: over HTTP, on its files, and as a process. One binary, so
//! that the collector is linked once.

mod access;
mod api;
mod backup;
mod bodies;
mod cases;
mod connections;
mod counts;
mod decoder;
mod encodings;
mod environments;
mod exactly_once;
mod expectations;
mod flags;
#[cfg(target_os = "linux")]
mod full_disk;
mod history;
mod ingest;
mod keys_and_queries;
mod legacy_paths;
mod logs;
#[cfg(target_os = "linux")]
mod memory;
mod merge_cases;
mod merging_cost;
mod migrations;
mod openapi;
mod operation;
mod person_history;
mod person_rules;
mod process;
mod refusals_api;
mod remote_config;
mod reset_export_import;
mod restart_kill;
mod retention;
mod round_trips;
mod safety;
mod schema;
mod static_scripts;
mod strategies;
mod streams;
mod support;
mod text_search;
mod transactions;
mod v1;
mod v1_requests;
mod waiting;
mod writer_memory;

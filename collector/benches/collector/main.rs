//! What the collector does per second, beside the limit of this machine, and what reading, merging
//! and memory cost when there is much in it. Run by `cargo xtask bench collector`.
//!
//! Knows the order of the measurements and how they are printed. Must never judge by a clock alone:
//! a machine is noisy, so each figure stands beside another of the same run.

mod bare;
mod events;
mod load;
mod memory;
mod merges;
mod process;
mod reads;
mod statistics;

use std::path::Path;

use clap::Parser;

use self::process::Process;
use self::statistics::{millis, quantile, whole};

/// The least part of the bare inserts that is asked for.
const WANTED: f64 = 0.6;

/// Measures the collector.
#[derive(Debug, Parser)]
struct Options {
    /// Rounds of storing and of bare inserts, in turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Events of each round.
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// Events in the environment that is read.
    #[arg(long, default_value_t = 1_000_000)]
    large: usize,
    /// What cargo gives every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    println!(
        "events of about {} bytes of properties; {} connections, batches of {}",
        events::mean_size(),
        load::CONNECTIONS,
        load::BATCH
    );
    storing(scratch.path(), &options);
    reading(scratch.path(), &options);
    merging(scratch.path());
}

/// Events stored per second, in turn with the same rows inserted by bare SQLite.
fn storing(scratch: &Path, options: &Options) {
    println!("\nstoring                  collector/s  p50 ms  p99 ms      bare/s   ratio");
    let mut ratios = Vec::new();
    for round in 0..options.rounds {
        let directory = scratch.join(format!("round-{round}"));
        let process = Process::start(&directory);
        let requests = load::requests(round * options.events, options.events);
        let stored = load::run(&process.address, &requests);
        process.stop();
        let bare = bare::per_second(&directory, &directory.join("bare.db"));
        let ratio = stored.per_second / bare;
        println!(
            "round {:<18} {:>11} {:>7} {:>7} {:>11} {:>7.2}",
            round + 1,
            whole(stored.per_second),
            millis(stored.p50),
            millis(stored.p99),
            whole(bare),
            ratio
        );
        ratios.push(ratio);
        std::fs::remove_dir_all(&directory).expect("the round's folder goes");
    }
    let ratio = quantile(&mut ratios, 0.5);
    let verdict = if ratio >= WANTED { "reached" } else { "missed" };
    println!("median ratio {ratio:.2}; at least {WANTED:.2} is asked for: {verdict}");
}

/// Memory while an environment grows, and reading when it is large.
fn reading(scratch: &Path, options: &Options) {
    let directory = scratch.join("large");
    let process = Process::start(&directory);
    println!("\nmemory                     events         MiB");
    let tell = |events: usize| {
        println!(
            "resident {:>24} {:>11}",
            whole(events as f64),
            memory::resident_mib(&process)
        );
    };
    tell(0);
    let step = (options.large / 10).max(load::BATCH);
    let mut stored = 0;
    while stored < options.large {
        let events = step.min(options.large - stored);
        load::run(&process.address, &load::requests(stored, events));
        stored += events;
        if stored == step || stored >= options.large {
            tell(stored);
        }
    }
    println!(
        "\nreading, {} events         p50 ms  p99 ms",
        whole(stored as f64)
    );
    for (name, times) in reads::measure(&process.address, &directory) {
        let mut times = times;
        println!(
            "{name:<33} {:>7} {:>7}",
            millis(quantile(&mut times, 0.5)),
            millis(quantile(&mut times, 0.99))
        );
    }
    process.stop();
    std::fs::remove_dir_all(&directory).expect("the folder goes");
}

/// Merging two persons, by how many events each of them has.
fn merging(scratch: &Path) {
    println!("\nmerging two persons       events each  p50 ms");
    for events in [10, 10_000] {
        let directory = scratch.join(format!("merges-{events}"));
        let mut times = merges::measure(&directory, events);
        println!(
            "merge {:>31} {:>7}",
            whole(events as f64),
            millis(quantile(&mut times, 0.5))
        );
        std::fs::remove_dir_all(&directory).expect("the folder goes");
    }
}

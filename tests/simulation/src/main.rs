//! The proof that what was captured arrives, once: the real core in three tabs, and around it a
//! network, a server, a storage and a browser that fail in every way that they do fail, all from
//! one seed. `cargo xtask test simulation` runs all of it; by itself this program also runs a part,
//! or repeats a seed and tells what happened.
//!
//! # Map
//! - [`world`]: a moment of the world, and how time passes in it; [`agenda`]: what is due.
//! - [`step`]: what a step does; [`healing`]: how a world ends; [`climate`]: what is so in it.
//! - A page: [`page`], [`core`] (the real one), [`shell`] (when it is called, and what it asks for
//!   is done), [`lifecycle`] (how pages come and go).
//! - Around it: [`storage`] (localStorage), [`database`] and [`transactions`] (IndexedDB),
//!   [`network`] and [`transport`], [`server`].
//! - [`history`]: what really happened to each event, and what must never be; [`event`]: one as
//!   text.
//! - [`fault`]: what can go wrong; [`mutation`]: mistakes that must be found; [`chance`]: the seed;
//!   [`proof`]: all of it, in order, printed.

mod agenda;
mod chance;
mod climate;
mod core;
mod database;
mod event;
mod fault;
mod healing;
mod history;
mod lifecycle;
mod mutation;
mod network;
mod page;
mod proof;
mod server;
mod shell;
mod step;
mod storage;
mod transactions;
mod transport;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::mutation::Mutation;
use crate::proof::Proof;

/// Checks that what was captured arrives, once.
#[derive(Parser)]
struct Options {
    /// Run more seeds.
    #[arg(long)]
    all: bool,
    /// Where the seeds begin to count.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(subcommand)]
    part: Option<Part>,
}

/// A part of the proof [default: all of it].
#[derive(Subcommand)]
enum Part {
    /// The seeds.
    Seeds {
        /// How many.
        count: Option<u64>,
    },
    /// The mistakes.
    Mutations,
    /// One seed, as it was printed.
    Replay {
        seed: u64,
        /// The mistake that is made, by its name.
        #[arg(long, value_parser = Mutation::named)]
        mutation: Option<Mutation>,
    },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut proof = Proof::new(options.all, options.seed);
    match options.part {
        None => {
            proof.seeds(None);
            proof.mutations();
        }
        Some(Part::Seeds { count }) => proof.seeds(count),
        Some(Part::Mutations) => proof.mutations(),
        Some(Part::Replay { seed, mutation }) => proof.replay(seed, mutation),
    }
    if proof.finish() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

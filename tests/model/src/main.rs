//! The proof that identity cannot merge two people: the real core in every tab, the collector's
//! own person rules, and between them a browser and a network that do what browsers and networks
//! do. `cargo xtask test model` runs all of it; by itself this program also runs a part, or repeats
//! what went wrong.
//!
//! # Map
//! - [`action`]: what can happen; [`world`]: what comes of it; [`rules`]: which world it is.
//! - A tab: [`tab`], [`page`] (the core), [`shell`] (when it is called), [`effects`] (what it asks
//!   for), [`record`].
//! - Around it: [`storage`] (localStorage and cookies), [`database`] (IndexedDB) with its [`outbox`],
//!   [`network`], [`server`].
//! - [`history`]: what really happened, and what must never be.
//! - [`search`], [`walk`]: every path of a few actions; a few paths of many. [`memory`] spares the
//!   search what it has seen before.
//! - [`mutation`]: mistakes that must be found; [`proof`]: all of it, in order, printed.

mod action;
#[path = "../../world/cookie.rs"]
mod cookie;
mod database;
mod effects;
mod history;
mod memory;
mod mutation;
mod network;
mod outbox;
mod page;
mod part;
mod proof;
mod record;
mod rules;
mod search;
mod server;
mod shell;
mod storage;
mod tab;
mod walk;
mod world;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, value_parser};

use crate::mutation::Mutation;
use crate::proof::Proof;
use crate::rules::{Rules, Uses};

/// Checks that identity cannot merge two people.
#[derive(Parser)]
struct Options {
    /// Search deeper and walk longer.
    #[arg(long)]
    all: bool,
    /// Where the random walks begin to count.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(subcommand)]
    part: Option<Part>,
}

/// A part of the proof [default: all of it].
#[derive(Subcommand)]
enum Part {
    /// Every interleaving.
    Search {
        #[arg(long, default_value_t = proof::DEPTH, value_parser = value_parser!(u8).range(1..))]
        depth: u8,
    },
    /// Random walks.
    Walk,
    /// The mistakes.
    Mutations,
    /// Actions, as they were printed.
    Replay {
        #[command(flatten)]
        world: WorldOptions,
        script: String,
    },
}

/// The world that something went wrong in.
#[derive(Args)]
struct WorldOptions {
    #[arg(long, default_value_t = 2)]
    tabs: usize,
    #[arg(long, default_value_t = 2)]
    accounts: usize,
    #[arg(long, default_value = "localStorage")]
    persistence: String,
    /// IndexedDB is not there.
    #[arg(long)]
    no_database: bool,
    /// Tabs are shown at once what others write.
    #[arg(long)]
    prompt: bool,
    /// The browser was never on this site.
    #[arg(long)]
    fresh: bool,
    /// The mistake that is made, by its name.
    #[arg(long)]
    mutation: Option<String>,
}

impl WorldOptions {
    fn rules(&self) -> Result<Rules, String> {
        let mutation = self.mutation.as_deref().map(|name| {
            let mut all = Mutation::ALL.into_iter();
            all.find(|mutation| mutation.to_string() == name)
                .ok_or_else(|| format!("{name:?} is no mistake"))
        });
        Ok(Rules {
            tabs: self.tabs,
            accounts: self.accounts,
            persistence: match &*self.persistence {
                "localStorage" => "localStorage",
                "localStorage+cookie" => "localStorage+cookie",
                other => return Err(format!("{other:?} is not modelled")),
            },
            database: !self.no_database,
            prompt: self.prompt,
            fresh: self.fresh,
            mutation: mutation.transpose()?,
            most: Uses::ANY,
            ..proof::WALK
        })
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut proof = Proof::new(options.all, options.seed);
    match options.part {
        None => {
            proof.search();
            proof.walks();
            proof.mutations();
        }
        Some(Part::Search { depth }) => proof.search_to(depth),
        Some(Part::Walk) => proof.walks(),
        Some(Part::Mutations) => proof.mutations(),
        Some(Part::Replay { world, script }) => {
            let rules = world.rules();
            let actions = action::parse_script(&script);
            match rules.and_then(|rules| Ok((rules, actions?))) {
                Ok((rules, actions)) => proof.replay(&rules, &actions),
                Err(error) => {
                    eprintln!("error: {error}");
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    if proof.finish() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

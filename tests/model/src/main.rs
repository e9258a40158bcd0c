//! The proof that identity cannot merge two people: the real core in every tab, the collector's
//! own person rules, and between them a browser and a network that do what browsers and networks
//! do. `cargo xtask test` runs it; by itself it runs parts of it, and repeats what went wrong.

mod action;
mod database;
mod history;
mod mutation;
mod part;
mod search;
mod server;
mod shell;
mod storage;
mod walk;
mod world;

use world::{Rules, Uses};

fn main() {
    let rules = Rules {
        tabs: 2,
        persistence: "localStorage",
        database: true,
        prompt: false,
        most: Uses { captures: 2, ..Uses::ANY },
        slow_tell: false,
        passes: false,
        hides: false,
        mutation: None,
    };
    for depth in 1..=std::env::args().nth(1).and_then(|d| d.parse().ok()).unwrap_or(4) {
        let report = search::search(&rules, depth);
        println!("{depth}: {report:?}");
        if let Some(found) = report.found {
            let found = walk::shrink(&rules, &found);
            println!("{}: {}", found.violation, action::script(&found.actions));
            break;
        }
    }
}

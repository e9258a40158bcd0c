//! All parts of the proof in order, and what is printed of them. Knows how deep each goes; must
//! never judge.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::action::{Action, script};
use crate::history::Violation;
use crate::mutation::Mutation;
use crate::rules::{Rules, Uses};
use crate::search::{Found, search};
use crate::shell::READ;
use crate::walk::{replay, shrink, walk};

/// How deep the search goes.
pub const DEPTH: u8 = 7;
const ALL_DEPTH: u8 = 8;

/// How far a walk goes.
const STEPS: usize = 250;
/// How many walks there are in each kind of world.
const WALKS: u64 = 500;
const ALL_WALKS: u64 = 5000;

/// How far a walk goes that is to find a mistake, and how many there are at most.
const MUTATION_STEPS: usize = 60;
const MUTATION_WALKS: u64 = 20_000;

/// Two tabs and two accounts.
pub const SEARCH: Rules = Rules {
    tabs: 2,
    accounts: 2,
    persistence: "localStorage",
    database: true,
    prompt: false,
    fresh: false,
    most: Uses::ANY,
    slow_tell: false,
    passes: false,
    rests: false,
    hides: false,
    leases: false,
    mutation: None,
    memory: None,
};

/// Three tabs and three accounts, and all that can happen.
pub const WALK: Rules = Rules {
    tabs: 3,
    accounts: 3,
    slow_tell: true,
    passes: true,
    rests: true,
    hides: true,
    leases: true,
    ..SEARCH
};

/// Nothing is ever killed.
const NO_KILL: Uses = Uses {
    kills: 0,
    ..Uses::ANY
};

/// What was run, and how it went.
#[derive(Debug)]
pub struct Proof {
    all: bool,
    seed: u64,
    passed: usize,
    failed: usize,
}

impl Proof {
    pub fn new(all: bool, seed: u64) -> Self {
        Proof {
            all,
            seed,
            passed: 0,
            failed: 0,
        }
    }

    /// Every interleaving.
    pub fn search(&mut self) {
        self.search_to(if self.all { ALL_DEPTH } else { DEPTH });
    }

    pub fn search_to(&mut self, depth: u8) {
        let report = search(&SEARCH, depth);
        println!(
            "search: every interleaving of {depth} actions in {} tabs by {} accounts, with no bound \
             on captures or anything else, {}",
            SEARCH.tabs,
            SEARCH.accounts,
            seconds(report.took),
        );
        println!(
            "        {} worlds within {} actions; {} actions tried, the last ones in all of them",
            grouped(report.states),
            depth - 1,
            grouped(report.steps),
        );
        println!(
            "        in {} of the worlds an event went to another account than the next, because of \
             a late write or a kill",
            grouped(report.late)
        );
        let shortest = report.found.iter().min_by_key(|found| found.actions.len());
        self.judge(&SEARCH, shortest);
    }

    /// Random walks.
    pub fn walks(&mut self) {
        let cookie = Rules {
            persistence: "localStorage+cookie",
            ..WALK
        };
        let none = Rules {
            database: false,
            ..WALK
        };
        self.walk("localStorage", &WALK, true);
        self.walk("localStorage+cookie", &cookie, true);
        self.walk(
            "a new browser",
            &Rules {
                fresh: true,
                ..WALK
            },
            true,
        );
        self.walk(
            "never killed",
            &Rules {
                most: NO_KILL,
                ..WALK
            },
            true,
        );
        self.walk(
            "writes seen at once",
            &Rules {
                prompt: true,
                ..WALK
            },
            true,
        );
        let calm = Rules {
            prompt: true,
            most: NO_KILL,
            ..none.clone()
        };
        self.walk(
            "no IndexedDB, writes seen at once, never killed",
            &calm,
            true,
        );
        let late = Rules {
            most: NO_KILL,
            ..none.clone()
        };
        self.walk("no IndexedDB, never killed", &late, false);
        self.walk("no IndexedDB", &none, false);
    }

    /// Walks in one kind of world. Where the promise does not hold, what goes wrong is counted.
    fn walk(&mut self, name: &str, rules: &Rules, promised: bool) {
        let started = Instant::now();
        let walks = if self.all { ALL_WALKS } else { WALKS };
        let seeds = self.seed..self.seed + walks;
        let (mut steps, mut late, mut captures, mut shown) = (0, 0, 0, 0);
        let mut wrong: BTreeMap<Violation, Vec<Found>> = BTreeMap::new();
        for seed in seeds.clone() {
            let walk = walk(rules, seed, STEPS);
            steps += walk.steps;
            late += walk.late;
            captures += walk.captures;
            shown += walk.shown;
            if let Some(found) = walk.found {
                wrong.entry(found.violation).or_default().push(found);
            }
        }
        println!(
            "walks:  {name}: seeds {}–{}, {} actions, {}\n        {} events, {} of them by tabs that \
             had been shown everything; {late} anonymous ids went to another account than the next, \
             because of a late write or a kill",
            seeds.start,
            seeds.end - 1,
            grouped(steps as u64),
            seconds(started.elapsed()),
            grouped(captures as u64),
            grouped(shown as u64),
        );
        if promised {
            let found = wrong
                .values()
                .flatten()
                .min_by_key(|found| found.actions.len());
            self.judge(rules, found);
            return;
        }
        for (violation, found) in wrong {
            let shortest = found.iter().map(|found| shrink(rules, found).actions);
            let shortest = shortest.min_by_key(Vec::len).unwrap_or_default();
            println!(
                "        not promised: {violation} in {} walks, as by: {}",
                found.len(),
                script(&shortest)
            );
        }
    }

    /// Every mistake must be found.
    pub fn mutations(&mut self) {
        let mut found = 0;
        for mutation in Mutation::ALL {
            found += usize::from(self.mutation(mutation));
        }
        println!("mutations: {found} of {} found", Mutation::ALL.len());
    }

    fn mutation(&mut self, mutation: Mutation) -> bool {
        let right = Rules {
            passes: true,
            rests: true,
            ..SEARCH
        };
        let rules = Rules {
            mutation: Some(mutation),
            ..right.clone()
        };
        let started = Instant::now();
        let mut steps = 0;
        for seed in self.seed..self.seed + MUTATION_WALKS {
            let walk = walk(&rules, seed, MUTATION_STEPS);
            steps += walk.steps;
            let Some(found) = walk.found else { continue };
            let took = started.elapsed();
            let found = shrink(&rules, &found);
            // It is the mistake that does it.
            let (world, _) = replay(&right, &found.actions);
            if world.history.violation.is_some() {
                continue;
            }
            println!(
                "mutation: {mutation}: found after {} actions, {} ms: {}; by: {}",
                grouped(steps as u64),
                took.as_millis(),
                found.violation,
                script(&found.actions)
            );
            self.passed += 1;
            return true;
        }
        println!(
            "mutation: {mutation}: NOT FOUND in {} actions",
            grouped(steps as u64)
        );
        self.failed += 1;
        false
    }

    /// Does what was printed, and tells what came of it.
    pub fn replay(&mut self, rules: &Rules, actions: &[Action]) {
        for count in 1..=actions.len() {
            let (world, _) = replay(rules, &actions[..count]);
            println!(
                "{} (version {}{})",
                actions[count - 1],
                world.history.version,
                if world.history.forked {
                    ", to be decided"
                } else {
                    ""
                }
            );
            for (number, tab) in world.tabs.iter().enumerate() {
                println!(
                    "  tab {number}: {} of version {}, {:?}, {} transactions",
                    tab.page.distinct_id(),
                    tab.version,
                    tab.own.epoch(),
                    tab.asks.len()
                );
                for (_, words) in world.storage.words(number, tab.name) {
                    println!("    reads last words: {}", &*words);
                }
                for key in READ {
                    let write = world.storage.read(number, key);
                    if world.storage.is_late(number, key) || number == 0 {
                        let who = write.text.distinct_id();
                        let epoch = write.text.epoch();
                        println!(
                            "    reads {key:?}: {who} of version {}, {epoch:?}",
                            write.version
                        );
                    }
                }
            }
            for message in &world.network {
                let events: Vec<String> = message
                    .events
                    .iter()
                    .map(|event| format!("{} of {}", event.name, event.distinct_id))
                    .collect();
                println!("  request {}: {}", message.id, events.join(", "));
            }
        }
        let (world, done) = replay(rules, actions);
        let found = world.history.violation.map(|violation| Found {
            violation,
            actions: done,
        });
        self.judge(rules, found.as_ref());
    }

    fn judge(&mut self, rules: &Rules, found: Option<&Found>) {
        let Some(found) = found else {
            self.passed += 1;
            return;
        };
        self.failed += 1;
        let found = shrink(rules, found);
        println!("FAILED: {}", found.violation);
        println!(
            "        cargo run -p backstitch-model -- replay {} \"{}\"",
            arguments(rules),
            script(&found.actions)
        );
    }

    /// The last line, as Rust's own test programs write it; whether nothing failed.
    pub fn finish(&self) -> bool {
        let verdict = if self.failed == 0 { "ok" } else { "FAILED" };
        println!(
            "test result: {verdict}. {} passed; {} failed; 0 ignored",
            self.passed, self.failed
        );
        self.failed == 0
    }
}

/// What a replay has to be told of a world.
fn arguments(rules: &Rules) -> String {
    let mut arguments = format!(
        "--tabs {} --accounts {} --persistence {}",
        rules.tabs, rules.accounts, rules.persistence
    );
    if !rules.database {
        arguments.push_str(" --no-database");
    }
    if rules.prompt {
        arguments.push_str(" --prompt");
    }
    if rules.fresh {
        arguments.push_str(" --fresh");
    }
    if let Some(mutation) = rules.mutation {
        arguments.push_str(&format!(" --mutation \"{mutation}\""));
    }
    arguments
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

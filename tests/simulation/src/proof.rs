//! All seeds, all faults, all mistakes, and what is printed of them. Knows how many there are; must
//! never judge.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::history::Excuse;
use crate::mutation::Mutation;
use crate::world::World;

/// Steps of a world before it heals.
const STEPS: usize = 200;
const SEEDS: u64 = 20_000;
const ALL_SEEDS: u64 = 100_000;
/// A mistake is found within so many seeds.
const MUTATION_SEEDS: u64 = 10_000;
/// So many letters tell one kind of violation from another.
const KIND: usize = 20;
/// So much is printed of a violation.
const SHOWN: usize = 200;

/// What was run, and how it went.
#[derive(Debug)]
pub struct Proof {
    all: bool,
    seed: u64,
    passed: usize,
    failed: usize,
}

/// What is counted over many seeds.
#[derive(Debug, Default)]
struct Count {
    seeds: u64,
    requests: u64,
    events: u64,
    copies: u64,
    raced: u64,
    pages: u64,
    faultless: u64,
    faults: BTreeMap<Fault, u64>,
    excuses: BTreeMap<Excuse, u64>,
    wrong: BTreeMap<u64, String>,
}

/// One world, from its beginning to its end.
fn run(seed: u64, mutation: Option<Mutation>, told: bool) -> World {
    let mut world = World::new(seed, mutation, told);
    for _ in 0..STEPS {
        if world.history.violation.is_some() {
            return world;
        }
        world.step();
    }
    world.heal();
    world
}

/// The same; a panic is what goes wrong.
fn outcome(seed: u64, mutation: Option<Mutation>) -> Result<World, String> {
    // A panic is a way to fail, which is printed with its seed.
    std::panic::set_hook(Box::new(|_| {}));
    let world = catch_unwind(AssertUnwindSafe(|| run(seed, mutation, false)));
    let world = world.map_err(|_| String::from("the core panics"))?;
    match &world.history.violation {
        Some(violation) => Err(violation.to_string()),
        None => Ok(world),
    }
}

impl Count {
    fn add(&mut self, seed: u64, outcome: Result<World, String>) {
        self.seeds += 1;
        let world = match outcome {
            Ok(world) => world,
            Err(wrong) => {
                self.wrong.insert(seed, wrong);
                return;
            }
        };
        self.requests += world.requests.len() as u64;
        self.pages += world.pages.len() as u64;
        self.faultless += u64::from(world.climate.is_faultless());
        for fault in Fault::ALL {
            *self.faults.entry(fault).or_default() += u64::from(world.seen.has(fault));
        }
        for event in &world.history.events {
            self.events += 1;
            self.copies += u64::from(event.arrivals.saturating_sub(1));
            self.raced += u64::from(event.raced);
            if let Some(excuse) = event.excuse.filter(|_| event.stored_by.is_none()) {
                *self.excuses.entry(excuse).or_default() += 1;
            }
        }
    }
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

    /// Every seed, on all cores.
    pub fn seeds(&mut self, given: Option<u64>) {
        let seeds = given.unwrap_or(if self.all { ALL_SEEDS } else { SEEDS });
        let started = Instant::now();
        let count = Mutex::new(Count::default());
        let next = AtomicU64::new(self.seed);
        let until = self.seed + seeds;
        on_all_cores(|| {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= until {
                    return;
                }
                let outcome = outcome(seed, None);
                count.lock().expect("no thread panics").add(seed, outcome);
            }
        });
        let count = count.into_inner().expect("no thread panics");
        self.print(&count, started.elapsed());
    }

    fn print(&mut self, count: &Count, took: Duration) {
        println!(
            "seeds {}–{}, {STEPS} steps each, {}: {} events on {} pages, {} requests",
            self.seed,
            self.seed + count.seeds - 1,
            seconds(took),
            grouped(count.events),
            grouped(count.pages),
            grouped(count.requests),
        );
        println!(
            "        {} copies reached the server and were known; none in {} seeds without a fault",
            grouped(count.copies),
            grouped(count.faultless),
        );
        println!(
            "        {} events were under way while their page handed over later ones at its end",
            grouped(count.raced)
        );
        for excuse in Excuse::ALL {
            let lost = count.excuses.get(&excuse).copied().unwrap_or_default();
            println!("lost:   {:>9} {excuse}", grouped(lost));
        }
        let mut rare = 0;
        for fault in Fault::ALL {
            let seeds = count.faults.get(&fault).copied().unwrap_or_default();
            let percent = 100.0 * seeds as f64 / count.seeds as f64;
            println!("fault:  {percent:>5.1} % of the seeds: {fault}");
            rare += usize::from(percent < 1.0);
        }
        self.note(
            rare == 0,
            "a kind of fault happens in less than 1 % of the seeds",
        );
        self.note(
            count.wrong.is_empty(),
            &format!("{} seeds", count.wrong.len()),
        );
        // One seed of each kind tells more than many of one.
        let mut kinds: BTreeMap<String, (usize, u64, &str)> = BTreeMap::new();
        for (seed, wrong) in &count.wrong {
            let kind = wrong
                .chars()
                .filter(char::is_ascii_alphabetic)
                .take(KIND)
                .collect();
            kinds.entry(kind).or_insert((0, *seed, wrong)).0 += 1;
        }
        for (seeds, seed, wrong) in kinds.values() {
            println!("        {seeds} seeds, as seed {seed}: {}", short(wrong));
            println!("        cargo run -p backstitch-simulation -- replay {seed}");
        }
    }

    fn note(&mut self, good: bool, otherwise: &str) {
        if good {
            self.passed += 1;
        } else {
            self.failed += 1;
            println!("FAILED: {otherwise}");
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
        let started = Instant::now();
        let next = AtomicU64::new(self.seed);
        let until = self.seed + MUTATION_SEEDS;
        let is_over = AtomicBool::new(false);
        let found: Mutex<BTreeMap<u64, String>> = Mutex::default();
        on_all_cores(|| {
            while !is_over.load(Ordering::Relaxed) {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= until {
                    return;
                }
                // It is the mistake that does it.
                if let Err(wrong) = outcome(seed, Some(mutation))
                    && outcome(seed, None).is_ok()
                {
                    found.lock().expect("no thread panics").insert(seed, wrong);
                    is_over.store(true, Ordering::Relaxed);
                }
            }
        });
        let found = found.into_inner().expect("no thread panics");
        let Some((seed, wrong)) = found.first_key_value() else {
            self.note(
                false,
                &format!("{mutation}: NOT FOUND in {MUTATION_SEEDS} seeds"),
            );
            return false;
        };
        println!(
            "mutation: {mutation}: found at seed {seed}, {}: {}",
            seconds(started.elapsed()),
            short(wrong)
        );
        self.passed += 1;
        true
    }

    /// One seed again, and all that happens in it.
    pub fn replay(&mut self, seed: u64, mutation: Option<Mutation>) {
        let world = run(seed, mutation, true);
        for (id, event) in world.history.events.iter().enumerate() {
            if event.stored_by.is_none() {
                println!(
                    "event {id} of page {} was not stored: {:?}",
                    event.page, event.excuse
                );
            }
        }
        let wrong = world.history.violation.as_ref().map(ToString::to_string);
        self.note(wrong.is_none(), &wrong.unwrap_or_default());
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

fn on_all_cores(work: impl Fn() + Sync) {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(&work);
        }
    });
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

/// The beginning of a text.
fn short(text: &str) -> &str {
    text.get(..SHOWN).unwrap_or(text)
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

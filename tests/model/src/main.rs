//! The proof that identity cannot merge two people: the real core in every tab, the collector's
//! own person rules, and between them a browser and a network that do what browsers and networks
//! do. `cargo xtask test` runs it; by itself it runs parts of it, and repeats what went wrong.

mod action;
mod database;
mod effects;
mod history;
mod mutation;
mod part;
mod record;
mod search;
mod server;
mod shell;
mod storage;
mod tab;
mod walk;
mod world;

use world::{Rules, Uses};
use mutation::Mutation;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n: u64 = args.get(2).and_then(|d| d.parse().ok()).unwrap_or(4);
    let mut rules = Rules {
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
    match &*args[1] {
        "search" => {
            for depth in 1..=n as u8 {
                let report = search::search(&rules, depth);
                println!("{depth}: {report:?}");
                if let Some(found) = report.found {
                    let found = walk::shrink(&rules, &found);
                    println!("{}: {}", found.violation, action::script(&found.actions));
                    break;
                }
            }
        }
        "walk" => {
            rules.tabs = 3;
            rules.most = Uses::ANY;
            rules.slow_tell = true;
            rules.passes = true;
            rules.hides = true;
            let kinds: &[(&'static str, bool, bool)] = &[("localStorage", true, false), ("localStorage+cookie", true, false), ("localStorage", false, false), ("localStorage", true, true)];
            for (persistence, database, prompt) in kinds {
                rules.persistence = persistence;
                rules.database = *database;
                rules.prompt = *prompt;
                let started = Instant::now();
                let (mut steps, mut late, mut bad) = (0, 0, 0);
                let mut kinds = std::collections::BTreeMap::new();
                for seed in 0..n {
                    let w = walk::walk(&rules, seed, 250);
                    steps += w.steps;
                    late += w.late;
                    if let Some(found) = w.found {
                        bad += 1;
                        let e: &mut Vec<_> = kinds.entry(found.violation).or_default();
                        e.push((seed, found));
                    }
                }
                println!("{persistence} db={database} prompt={prompt}: {steps} steps, {late} late, {bad} bad of {n} {:?}", started.elapsed());
                for (kind, all) in kinds {
                    let best = all.iter().take(8).map(|(_, f)| walk::shrink(&rules, f)).min_by_key(|f| f.actions.len()).unwrap();
                    println!("  {} x{}: {}", kind, all.len(), action::script(&best.actions));
                }
            }
        }
        "mutations" => {
            rules.most = Uses::ANY;
            rules.passes = true;
            for mutation in Mutation::ALL {
                rules.mutation = Some(mutation);
                let started = Instant::now();
                let mut steps = 0;
                let mut done = false;
                for seed in 0..n {
                    let w = walk::walk(&rules, seed, 60);
                    steps += w.steps;
                    if let Some(found) = w.found {
                        let t = started.elapsed();
                        let s = walk::shrink(&rules, &found);
                        println!("{mutation}: {} walks {steps} steps {t:?}; {}: {} [{}]", seed + 1, s.violation, action::script(&s.actions), s.actions.len());
                        done = true;
                        break;
                    }
                }
                if !done { println!("{mutation}: NOT FOUND in {steps}"); }
            }
        }
        "replay" => {
            rules.most = Uses::ANY;
            if let Ok(v) = std::env::var("RULES") {
                if v.contains('3') { rules.tabs = 3; }
                if v.contains('c') { rules.persistence = "localStorage+cookie"; }
                if v.contains('n') { rules.database = false; }
                if v.contains('p') { rules.prompt = true; }
                rules.slow_tell = true; rules.passes = true; rules.hides = true;
            }
            let script = action::parse_script(&args[2]).unwrap();
            let mut done = Vec::new();
            for a in script {
                done.push(a);
                let (w, _) = walk::replay(&rules, &done);
                println!("== {a}   v{} {:?} forked={} now+{}", w.history.version, w.history.violation, w.history.forked, w.now - world::BEGINNING);
                for (i, t) in w.tabs.iter().enumerate() {
                    println!("  tab {i} v{} {} wake={:?} asks={:?}", t.version, t.client.distinct_id(), t.wake_at.map(|w| w as i64 - world::BEGINNING as i64), t.asks);
                    for key in storage::Key::ALL { let r = w.storage.read(i, key); println!("     {key:?} v{} late={} {}", r.version, w.storage.is_late(i, key), r.text); }
                }
                println!("  db {:?}", w.database.claims);
                for m in &w.network { println!("  msg {} {:?}", m.id, m.events.iter().map(|e| (&*e.name, &*e.distinct_id, e.anonymous_id.as_deref())).collect::<Vec<_>>()); }
            }
        }
        _ => {}
    }
}

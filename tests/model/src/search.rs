//! The exhaustive search: every world that so many actions can lead to.
//!
//! It goes depth first, and notes of each world how many actions were still left when it was
//! reached: a world that comes again with more left is searched again, so nothing within the depth
//! is missed. Only the worlds of one path are whole at a time; of all others there is a number of
//! 64 bits.
//!
//! Why not `stateright` (0.31): its breadth-first search keeps every world that waits whole, and a
//! world here holds several real clients, so that a million of them do not fit into memory; its
//! depth-first search with a bound leaves out what lies behind a world that it first reached too
//! deep, so it is not exhaustive to its depth. It also brings an actor runtime and a web server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::action::Action;
use crate::history::Violation;
use crate::part::ByFingerprint;
use crate::rules::Rules;
use crate::world::World;

/// Worlds so many actions from the first are shared out among the threads.
const SHARED_OUT: u8 = 3;
/// The table of worlds is locked in parts.
const PARTS: usize = 256;

/// What must never be, and how it came about.
#[derive(Clone, Debug)]
pub struct Found {
    pub violation: Violation,
    pub actions: Vec<Action>,
}

/// What a search has done.
#[derive(Debug, Default)]
pub struct Report {
    /// Worlds that differ.
    pub states: u64,
    /// Actions tried.
    pub steps: u64,
    /// Worlds in which an event went to another account than the next to log in, because of a late
    /// write or a kill.
    pub late: u64,
    pub took: Duration,
    /// The shortest that was found.
    pub found: Option<Found>,
}

type Table = HashMap<u64, u8, ByFingerprint>;

struct Search<'a> {
    rules: &'a Rules,
    /// How many actions were left when each world was reached.
    reached: Vec<Mutex<Table>>,
    states: AtomicU64,
    steps: AtomicU64,
    late: AtomicU64,
    found: Mutex<Option<Found>>,
}

#[derive(PartialEq)]
enum Reached {
    New,
    WithMoreLeft,
    Before,
}

/// Searches every world that `depth` actions lead to.
pub fn search(rules: &Rules, depth: u8) -> Report {
    let started = Instant::now();
    let search = Search {
        rules,
        reached: (0..PARTS).map(|_| Mutex::default()).collect(),
        states: AtomicU64::new(1),
        steps: AtomicU64::new(0),
        late: AtomicU64::new(0),
        found: Mutex::new(None),
    };
    let mut paths = vec![(World::new(rules), Vec::new())];
    let first = SHARED_OUT.min(depth);
    for done in 0..first {
        let mut next = Vec::new();
        for (world, path) in &paths {
            search.successors(world, path, depth - done, |world, path| {
                next.push((world, path.to_vec()));
            });
        }
        paths = next;
    }
    if depth > first {
        let waiting = Mutex::new(paths);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some((world, path)) = locked(&waiting).pop() {
                        search.explore(&world, &path, depth - first);
                    }
                });
            }
        });
    }
    Report {
        states: search.states.into_inner(),
        steps: search.steps.into_inner(),
        late: search.late.into_inner(),
        took: started.elapsed(),
        found: search
            .found
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
    }
}

impl Search<'_> {
    fn explore(&self, world: &World, path: &[Action], left: u8) {
        if left > 1 {
            self.successors(world, path, left, |world, path| {
                self.explore(&world, path, left - 1);
            });
        } else {
            self.end(world, path);
        }
    }

    /// Does all that can be done last. Nothing comes after: what is judged is looked at, and the
    /// world is not remembered.
    fn end(&self, world: &World, path: &[Action]) {
        let mut actions = world.enabled(self.rules);
        actions.retain(|action| action.is_judged());
        self.steps
            .fetch_add(actions.len() as u64, Ordering::Relaxed);
        for action in actions {
            let mut last = world.clone();
            last.apply(self.rules, action);
            if let Some(violation) = last.history.violation {
                self.note(violation, &[path, &[action]].concat());
            }
        }
    }

    /// Does all that can be done next; each world that is to be searched on is handed over.
    fn successors(
        &self,
        world: &World,
        path: &[Action],
        left: u8,
        mut on: impl FnMut(World, &[Action]),
    ) {
        let actions = world.enabled(self.rules);
        self.steps
            .fetch_add(actions.len() as u64, Ordering::Relaxed);
        let mut path = path.to_vec();
        for action in actions {
            let mut next = world.clone();
            next.apply(self.rules, action);
            let reached = self.reach(next.fingerprint(), left);
            if reached == Reached::Before {
                continue;
            }
            path.push(action);
            if reached == Reached::New {
                self.states.fetch_add(1, Ordering::Relaxed);
                if next.history.late(&next.server) > 0 {
                    self.late.fetch_add(1, Ordering::Relaxed);
                }
            }
            match next.history.violation {
                Some(violation) => self.note(violation, &path),
                None => on(next, &path),
            }
            path.pop();
        }
    }

    fn reach(&self, fingerprint: u64, left: u8) -> Reached {
        let mut table = locked(&self.reached[fingerprint as usize % PARTS]);
        match table.insert(fingerprint, left) {
            None => Reached::New,
            Some(before) if before < left => Reached::WithMoreLeft,
            Some(before) => {
                table.insert(fingerprint, before);
                Reached::Before
            }
        }
    }

    fn note(&self, violation: Violation, path: &[Action]) {
        let mut found = locked(&self.found);
        if found
            .as_ref()
            .is_none_or(|found| path.len() < found.actions.len())
        {
            *found = Some(Found {
                violation,
                actions: path.to_vec(),
            });
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::proof::SEARCH;

    #[test]
    fn nothing_within_the_depth_is_missed() {
        for depth in 1..=4 {
            let mut layer = vec![World::new(&SEARCH)];
            let mut known = BTreeSet::from([layer[0].fingerprint()]);
            for _ in 0..depth {
                let mut next = Vec::new();
                for world in &layer {
                    for action in world.enabled(&SEARCH) {
                        let mut world = world.clone();
                        world.apply(&SEARCH, action);
                        if known.insert(world.fingerprint()) {
                            next.push(world);
                        }
                    }
                }
                layer = next;
            }
            let report = search(&SEARCH, depth);
            assert_eq!(report.states, known.len() as u64, "depth {depth}");
            assert!(report.found.is_none());
        }
    }
}

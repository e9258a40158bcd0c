//! The exhaustive search: every world that so many actions can lead to.
//!
//! It goes depth first, and notes of each world how many actions were still left when it was
//! reached: a world that comes again with more left is searched again, so nothing within the depth
//! is missed. Only the worlds of one path are whole at a time; of all others there is a number of
//! 64 bits. Of the worlds that the last action leads to, most by far, there is not even that: they
//! are judged, and neither counted nor remembered.
//!
//! Why not `stateright` (0.31): its breadth-first search keeps every world that waits whole, and a
//! world here holds several real clients, so that a million of them do not fit into memory; its
//! depth-first search with a bound leaves out what lies behind a world that it first reached too
//! deep, so it is not exhaustive to its depth. It also brings an actor runtime and a web server.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::action::Action;
use crate::history::Violation;
use crate::memory::{Memory, Parted, Table, locked};
use crate::rules::Rules;
use crate::world::World;

/// Worlds so many actions from the first are shared out among the threads.
const SHARED_OUT: u8 = 3;

/// What must never be, and how it came about.
#[derive(Clone, Debug)]
pub struct Found {
    pub violation: Violation,
    pub actions: Vec<Action>,
}

/// What a search has done.
#[derive(Debug, Default)]
pub struct Report {
    /// Worlds that differ, without those that the last action leads to.
    pub states: u64,
    /// Actions tried.
    pub steps: u64,
    /// Those of the worlds in which an event went to another account than the next to log in,
    /// because of a late write or a kill.
    pub late: u64,
    pub took: Duration,
    /// What was found, of each kind the shortest.
    pub found: Vec<Found>,
}

struct Search<'a> {
    rules: &'a Rules,
    /// How many actions were left when each world was reached.
    reached: Parted<Table<u8>>,
    states: AtomicU64,
    steps: AtomicU64,
    late: AtomicU64,
    found: Mutex<BTreeMap<Violation, Vec<Action>>>,
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
    let rules = &Rules {
        memory: Some(Arc::new(Memory::default())),
        ..rules.clone()
    };
    let search = Search {
        rules,
        reached: Parted::default(),
        states: AtomicU64::new(1),
        steps: AtomicU64::new(0),
        late: AtomicU64::new(0),
        found: Mutex::default(),
    };
    let mut beginning = World::new(rules);
    // Whatever changes nothing leads back to it.
    search.reach(beginning.fingerprint(), depth.saturating_add(1));
    let mut paths = vec![(beginning, Vec::new())];
    let first = SHARED_OUT.min(depth.saturating_sub(1));
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
        found: locked(&search.found)
            .iter()
            .map(|(violation, actions)| Found {
                violation: *violation,
                actions: actions.clone(),
            })
            .collect(),
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
        let mut table = self.reached.of(fingerprint);
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
        let known = found.entry(violation).or_insert_with(|| path.to_vec());
        if path.len() < known.len() {
            *known = path.to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::action::Account;
    use crate::mutation::Mutation;
    use crate::proof::SEARCH;

    /// The length of the shortest path to each violation.
    type Lengths = BTreeMap<Violation, usize>;

    /// Breadth first, all of it: the worlds that fewer actions than `depth` lead to, and what is
    /// wrong in them and in those that the last one leads to.
    fn plain(rules: &Rules, depth: u8) -> (u64, Lengths) {
        let mut layer = vec![World::new(rules)];
        let mut known = BTreeSet::from([layer[0].fingerprint()]);
        let mut found = Lengths::new();
        let mut states = 1;
        for done in 1..=depth {
            states = known.len() as u64;
            let mut next = Vec::new();
            for world in &layer {
                for action in world.enabled(rules) {
                    let mut world = world.clone();
                    world.apply(rules, action);
                    if !known.insert(world.fingerprint()) {
                        continue;
                    }
                    match world.history.violation {
                        Some(violation) => {
                            found.entry(violation).or_insert(done.into());
                        }
                        None => next.push(world),
                    }
                }
            }
            layer = next;
        }
        (states, found)
    }

    fn assert_nothing_is_missed(rules: &Rules, depth: u8) -> usize {
        let report = search(rules, depth);
        let lengths = report.found.iter();
        let lengths = lengths.map(|found| (found.violation, found.actions.len()));
        let found = (report.states, lengths.collect::<Lengths>());
        let expected = plain(rules, depth);
        assert_eq!(found, expected, "{:?}, depth {depth}", rules.mutation);
        found.1.len()
    }

    #[test]
    fn nothing_within_the_depth_is_missed() {
        for depth in 1..=4 {
            assert_eq!(assert_nothing_is_missed(&SEARCH, depth), 0);
        }
    }

    #[test]
    fn what_mistakes_lead_to_within_the_depth_is_not_missed_either() {
        let with_mistake = |mutation| Rules {
            mutation: Some(mutation),
            rests: true,
            ..SEARCH
        };
        let is_found = |mutation: &Mutation| {
            let rules = with_mistake(*mutation);
            [3, 4]
                .into_iter()
                .any(|depth| assert_nothing_is_missed(&rules, depth) > 0)
        };
        let found = Mutation::ALL.iter().filter(|mutation| is_found(mutation));
        // The others need more actions: the walks find them.
        assert_eq!(found.count(), 10);
    }

    /// That `World::enabled` leaves out who logs in second until one has logged in: in any world
    /// that it can lead to, the two accounts can change places.
    #[test]
    fn accounts_differ_in_nothing_but_their_names() {
        let mirrored = |action| match action {
            Action::Identify(tab, Account::A) => Action::Identify(tab, Account::B),
            Action::Identify(tab, Account::B) => Action::Identify(tab, Account::A),
            other => other,
        };
        let mut rules = vec![SEARCH];
        rules.extend(Mutation::ALL.map(|mutation| Rules {
            mutation: Some(mutation),
            rests: true,
            ..SEARCH
        }));
        for rules in rules {
            let mut layer = vec![(World::new(&rules), World::new(&rules))];
            for _ in 0..3 {
                let mut next = Vec::new();
                for (world, mirror) in &layer {
                    let enabled = world.enabled(&rules);
                    if world.history.accounts > 0 {
                        let there: BTreeSet<Action> = mirror.enabled(&rules).into_iter().collect();
                        let here: BTreeSet<Action> =
                            enabled.iter().copied().map(mirrored).collect();
                        assert_eq!(here, there);
                    }
                    for action in enabled {
                        let (mut world, mut mirror) = (world.clone(), mirror.clone());
                        world.apply(&rules, action);
                        mirror.apply(&rules, mirrored(action));
                        // Of two things that are wrong, the one that is named may be another.
                        let is_wrong = |world: &World| world.history.violation.is_some();
                        assert_eq!(is_wrong(&world), is_wrong(&mirror));
                        let late = world.history.late(&world.server);
                        assert_eq!(late, mirror.history.late(&mirror.server));
                        next.push((world, mirror));
                    }
                }
                layer = next;
            }
        }
    }
}

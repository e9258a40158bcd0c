//! Random walks: far deeper than any search, one path at a time; and how a path that went wrong
//! is made short. Must never judge.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::action::Action;
use crate::history::Violation;
use crate::rules::Rules;
use crate::search::Found;
use crate::world::World;

/// Where a walk ended.
#[derive(Debug)]
pub struct Walk {
    /// How many actions it took.
    pub steps: usize,
    /// How many anonymous ids went to another account than the next to log in, because of a late
    /// write or a kill.
    pub late: usize,
    /// How many events were captured, and how many of them by tabs that had been shown everything.
    pub captures: usize,
    pub shown: usize,
    pub found: Option<Found>,
}

/// Walks until something is wrong, or so many steps.
pub fn walk(rules: &Rules, seed: u64, steps: usize) -> Walk {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut world = World::new(rules);
    let mut path = Vec::new();
    let (mut captures, mut shown) = (0, 0);
    while path.len() < steps && world.history.violation.is_none() {
        let enabled = world.enabled(rules);
        let all = enabled.iter().map(|action| weight(*action)).sum::<u64>();
        let mut at = random.next_u64() % all;
        let chosen = enabled.into_iter().find(|action| {
            let weight = weight(*action);
            let is_it = at < weight;
            at = at.wrapping_sub(weight);
            is_it
        });
        let Some(action) = chosen else { break };
        if let Action::Capture(tab) = action {
            captures += 1;
            shown += usize::from(!world.is_stale(tab));
        }
        world.apply(rules, action);
        path.push(action);
    }
    if world.history.violation.is_none() {
        world.apply(rules, Action::Rest);
        path.push(Action::Rest);
    }
    Walk {
        steps: path.len(),
        captures,
        shown,
        late: world.history.late(&world.server),
        found: world.history.violation.map(|violation| Found {
            violation,
            actions: path,
        }),
    }
}

/// How often an action is taken, beside the others that can be.
fn weight(action: Action) -> u64 {
    match action {
        Action::Rest => 1,
        Action::Kill
        | Action::Hide(_)
        | Action::Leave(_)
        | Action::Flush
        | Action::FlushCookies
        | Action::Copy(_) => 2,
        Action::Reload(_) | Action::Reset(_) | Action::Identify(..) => 2,
        Action::Lose(_) | Action::Pass => 3,
        Action::Commit(_) | Action::Tell(_) | Action::Database(_) => 4,
        Action::Wake(_) | Action::Deliver(_) | Action::Capture(_) | Action::Online(_) => 8,
        // Late is milliseconds: mostly nothing else happens before.
        Action::Show(..) => 30,
    }
}

/// Does what a list says, leaving out what can't be done; the first violation, and what led to it.
pub fn replay(rules: &Rules, actions: &[Action]) -> (World, Vec<Action>) {
    let mut world = World::new(rules);
    let mut done = Vec::new();
    for action in actions {
        if world.history.violation.is_some() {
            break;
        }
        if *action == Action::Rest || world.enabled(rules).contains(action) {
            world.apply(rules, *action);
            done.push(*action);
        }
    }
    (world, done)
}

/// Leaves out of a path what is not needed for it to go wrong in the same way.
pub fn shrink(rules: &Rules, found: &Found) -> Found {
    let mut found = found.clone();
    loop {
        let before = found.actions.len();
        let mut size = before;
        while size > 0 {
            let mut at = 0;
            while at < found.actions.len() {
                let mut fewer = found.actions.clone();
                fewer.drain(at..(at + size).min(fewer.len()));
                match wrong(rules, &fewer, found.violation) {
                    Some(actions) => found.actions = actions,
                    None => at += size,
                }
            }
            size /= 2;
        }
        if found.actions.len() == before {
            return found;
        }
    }
}

fn wrong(rules: &Rules, actions: &[Action], violation: Violation) -> Option<Vec<Action>> {
    let (world, done) = replay(rules, actions);
    (world.history.violation == Some(violation)).then_some(done)
}

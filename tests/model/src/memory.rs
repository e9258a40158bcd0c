//! What came of something before, to be looked up where the same comes again: in a search, which
//! comes to the same page in thousands of worlds. A walk never does, and would only fill memory.
//! Knows the kinds of what is remembered; must never know a world.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::page::Page;
use crate::server::Receipt;

/// A table is locked in parts.
const PARTS: usize = 256;
/// A part has so much at most that is new or was asked for lately, and as much from before.
const MOST: usize = 150_000 / PARTS;

/// What a search remembers, for all its threads.
#[derive(Debug, Default)]
pub struct Memory {
    pub pages: Memories<Page>,
    pub receipts: Memories<Receipt>,
}

/// A table by fingerprints, which are good hashes already.
pub type Table<T> = HashMap<u64, T, BuildHasherDefault<AsItIs>>;

/// A hash that is the number itself.
#[derive(Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are keys")
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// Something by fingerprints, for many threads.
#[derive(Debug)]
pub struct Parted<T>(Vec<Mutex<T>>);

impl<T: Default> Default for Parted<T> {
    fn default() -> Self {
        Parted((0..PARTS).map(|_| Mutex::default()).collect())
    }
}

impl<T> Parted<T> {
    /// The part of a fingerprint. Tables go by its first and its last bits.
    pub fn of(&self, fingerprint: u64) -> MutexGuard<'_, T> {
        locked(&self.0[(fingerprint >> 40) as usize % PARTS])
    }
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is remembered of one kind, by the fingerprint of all that it comes of.
#[derive(Debug)]
pub struct Memories<T>(Parted<Ages<T>>);

#[derive(Debug)]
struct Ages<T> {
    late: Table<Arc<T>>,
    early: Table<Arc<T>>,
}

impl<T> Default for Ages<T> {
    fn default() -> Self {
        Ages {
            late: Table::default(),
            early: Table::default(),
        }
    }
}

impl<T> Default for Memories<T> {
    fn default() -> Self {
        Memories(Parted::default())
    }
}

impl<T: PartialEq> Memories<T> {
    /// What comes of something. In tests it is done again even if it is known, and must be the
    /// same.
    pub fn recall(&self, of: u64, make: impl Fn() -> T) -> Arc<T> {
        let known = self.0.of(of).get(of);
        if let Some(known) = known {
            if cfg!(test) {
                assert!(*known == make(), "a fingerprint leaves something out");
            }
            return known;
        }
        let made = Arc::new(make());
        self.0.of(of).insert(of, Arc::clone(&made));
        made
    }
}

impl<T> Ages<T> {
    fn get(&mut self, of: u64) -> Option<Arc<T>> {
        if let Some(known) = self.late.get(&of) {
            return Some(Arc::clone(known));
        }
        let known = self.early.remove(&of)?;
        self.insert(of, Arc::clone(&known));
        Some(known)
    }

    fn insert(&mut self, of: u64, made: Arc<T>) {
        if self.late.len() == MOST {
            self.early = std::mem::take(&mut self.late);
        }
        self.late.insert(of, made);
    }
}

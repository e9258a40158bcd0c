//! A part of the world: shared between the worlds that differ elsewhere, and hashed once for as
//! long as it stays the same. Knows nothing of what it holds.

use std::hash::{BuildHasher, Hash};
use std::ops::Deref;
use std::sync::Arc;

use foldhash::quality::FixedState;

/// The hash of a value: the same in every run and on every thread.
pub fn hash_of<T: Hash + ?Sized>(value: &T) -> u64 {
    FixedState::with_seed(0x6261_636b).hash_one(value)
}

/// A value that many worlds share until one of them changes it.
#[derive(Clone, Debug)]
pub struct Part<T> {
    value: Arc<T>,
    hash: Option<u64>,
}

impl<T: Clone + Hash> Part<T> {
    pub fn new(value: T) -> Self {
        Part {
            value: Arc::new(value),
            hash: None,
        }
    }

    /// The value, to change it in this world alone.
    pub fn edit(&mut self) -> &mut T {
        self.hash = None;
        Arc::make_mut(&mut self.value)
    }

    pub fn fingerprint(&mut self) -> u64 {
        *self.hash.get_or_insert_with(|| hash_of(&*self.value))
    }
}

impl<T: PartialEq> PartialEq for Part<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Deref for Part<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

//! The sessions of browsers that have shown the token.
//!
//! Knows: random ids, how long they last, and that there are only so many. They are in memory alone:
//! a restart ends them. Must never know: the token.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use uuid::Uuid;

/// How long a session lasts.
pub(super) const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many there may be; the oldest ends when one more begins.
const MAX_SESSIONS: usize = 1_000;

/// All sessions, by id, with the moment they began, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<IndexMap<Uuid, Instant>>);

impl Sessions {
    /// Begins a session and gives its id: 122 random bits of the system.
    pub fn begin(&self, now: Instant) -> Uuid {
        let id = Uuid::new_v4();
        let mut sessions = self.lock();
        if sessions.len() == MAX_SESSIONS {
            sessions.shift_remove_index(0);
        }
        sessions.insert(id, now);
        id
    }

    /// Whether there is such a session. One whose time is over ends.
    pub fn has(&self, id: &str, now: Instant) -> bool {
        let Ok(id) = id.parse::<Uuid>() else {
            return false;
        };
        let mut sessions = self.lock();
        let Some(began) = sessions.get(&id) else {
            return false;
        };
        let lives = now.duration_since(*began) < LIFETIME;
        if !lives {
            sessions.shift_remove(&id);
        }
        lives
    }

    /// Ends a session.
    pub fn end(&self, id: &str) {
        if let Ok(id) = id.parse::<Uuid>() {
            self.lock().shift_remove(&id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, IndexMap<Uuid, Instant>> {
        // No step of the above leaves the map half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lasts_until_its_end_or_its_time() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let (first, second) = (sessions.begin(now), sessions.begin(now));
        assert_ne!(first, second);
        sessions.end(&first.to_string());
        assert!(!sessions.has(&first.to_string(), now));
        let second = second.to_string();
        assert!(sessions.has(&second, now + LIFETIME - Duration::from_millis(1)));
        assert!(!sessions.has(&second, now + LIFETIME));
        assert!(!sessions.has("", now) && !sessions.has("x", now));
    }

    #[test]
    fn the_oldest_makes_room() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let first = sessions.begin(now).to_string();
        let second = sessions.begin(now).to_string();
        for _ in 2..=MAX_SESSIONS {
            sessions.begin(now);
        }
        assert!(!sessions.has(&first, now));
        assert!(sessions.has(&second, now));
    }
}

//! localStorage and cookies, as several tabs of one origin see them: a write is at once there for
//! the tab that made it, and reaches every other tab later, each key on its own. A kill of the
//! browser takes back what was not flushed. Must never know what a record says.

use crate::record::Text;

/// A key of localStorage, or a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Shared,
    Own,
    Unsent,
    SharedCookie,
    OwnCookie,
}

impl Key {
    pub const ALL: [Key; 5] = [
        Key::Shared,
        Key::Own,
        Key::Unsent,
        Key::SharedCookie,
        Key::OwnCookie,
    ];

    pub fn is_cookie(self) -> bool {
        matches!(self, Key::SharedCookie | Key::OwnCookie)
    }
}

/// One write.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Write {
    pub text: Text,
    /// The newest login or logout that its writer knew of; see `History`.
    pub version: u32,
}

/// What is under one key.
#[derive(Clone, Debug, Hash)]
struct Slot {
    /// Those that some tab still reads, and the newest.
    writes: Vec<Write>,
    /// Which of them each tab reads.
    seen: Vec<usize>,
    /// What the disk has.
    flushed: Write,
}

/// Every key, for every tab.
#[derive(Clone, Debug, Hash)]
pub struct Storage {
    slots: Vec<Slot>,
    tabs: usize,
}

impl Storage {
    pub fn new(tabs: usize) -> Self {
        let empty = Write {
            text: Text::default(),
            version: 0,
        };
        let slot = Slot {
            writes: vec![empty.clone()],
            seen: vec![0; tabs],
            flushed: empty,
        };
        Storage {
            slots: vec![slot; Key::ALL.len()],
            tabs,
        }
    }

    /// What a tab reads under a key.
    pub fn read(&self, tab: usize, key: Key) -> &Write {
        let slot = &self.slots[key as usize];
        &slot.writes[slot.seen[tab]]
    }

    pub fn write(&mut self, tab: usize, key: Key, write: Write) {
        let slot = &mut self.slots[key as usize];
        slot.writes.push(write);
        slot.seen[tab] = slot.writes.len() - 1;
        slot.trim();
    }

    /// Whether a tab reads something old under a key.
    pub fn is_late(&self, tab: usize, key: Key) -> bool {
        let slot = &self.slots[key as usize];
        slot.seen[tab] + 1 < slot.writes.len()
    }

    /// Shows a tab the newest write. To show it an older one is to have shown it before the next
    /// was made: no call comes of it.
    pub fn show(&mut self, tab: usize, key: Key) {
        let slot = &mut self.slots[key as usize];
        slot.seen[tab] = slot.writes.len() - 1;
        slot.trim();
    }

    /// Whether the disk has all of localStorage, or all cookies.
    pub fn is_flushed(&self, cookies: bool) -> bool {
        let mut keys = Key::ALL.iter().filter(|key| key.is_cookie() == cookies);
        keys.all(|key| self.slots[*key as usize].is_flushed())
    }

    /// Brings localStorage, or the cookies, to the disk.
    pub fn flush(&mut self, cookies: bool) {
        for key in Key::ALL {
            let slot = &mut self.slots[key as usize];
            if key.is_cookie() == cookies
                && let Some(newest) = slot.writes.last()
            {
                slot.flushed = newest.clone();
            }
        }
    }

    /// Says of all that is there as of which version it is.
    pub fn set_version(&mut self, version: u32) {
        for slot in &mut self.slots {
            let writes = slot.writes.iter_mut().chain([&mut slot.flushed]);
            for write in writes.filter(|write| !write.text.is_empty()) {
                write.version = version;
            }
        }
    }

    /// The browser dies: what the disk has is what every tab reads from now on.
    pub fn kill(&mut self) {
        for slot in &mut self.slots {
            slot.writes = vec![slot.flushed.clone()];
            slot.seen = vec![0; self.tabs];
        }
    }
}

impl Slot {
    fn is_flushed(&self) -> bool {
        self.writes
            .last()
            .is_none_or(|write| write.text == self.flushed.text)
    }

    /// Forgets what no tab reads, nor will.
    fn trim(&mut self) {
        for at in (0..self.writes.len().saturating_sub(1)).rev() {
            if !self.seen.contains(&at) {
                self.writes.remove(at);
                let later = self.seen.iter_mut().filter(|seen| **seen > at);
                later.for_each(|seen| *seen -= 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str) -> Write {
        Write {
            text: Text::new(text.into()),
            version: 0,
        }
    }

    fn read(storage: &Storage, tab: usize, key: Key) -> &str {
        &storage.read(tab, key).text
    }

    #[test]
    fn a_write_reaches_the_others_late_and_each_key_on_its_own() {
        let mut storage = Storage::new(2);
        storage.write(0, Key::Own, write("own"));
        storage.write(0, Key::Shared, write("shared"));
        assert_eq!(read(&storage, 0, Key::Own), "own");
        assert_eq!(read(&storage, 1, Key::Own), "");
        storage.show(1, Key::Shared);
        assert_eq!(read(&storage, 1, Key::Shared), "shared");
        assert_eq!(read(&storage, 1, Key::Own), "");
        assert!(storage.is_late(1, Key::Own) && !storage.is_late(1, Key::Shared));
    }

    #[test]
    fn a_kill_takes_back_what_was_not_flushed() {
        let mut storage = Storage::new(2);
        storage.write(0, Key::Own, write("old"));
        storage.write(0, Key::OwnCookie, write("old"));
        storage.flush(false);
        storage.write(0, Key::Own, write("new"));
        storage.kill();
        assert_eq!(read(&storage, 0, Key::Own), "old");
        assert_eq!(read(&storage, 1, Key::Own), "old");
        assert_eq!(read(&storage, 0, Key::OwnCookie), "");
    }
}

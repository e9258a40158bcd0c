//! localStorage and cookies, as several tabs of one origin see them: a write is at once there for
//! the tab that made it, and reaches every other tab later, each key on its own. A kill of the
//! browser takes back what was not flushed. Must never know what a record says.

use std::collections::BTreeMap;

use crate::record::Text;

/// A key of localStorage, or a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Shared,
    Own,
    SharedCookie,
    OwnCookie,
    /// The last words of all pages: there is a key for each, and they are shown together.
    Words,
}

impl Key {
    pub const ALL: [Key; 5] = [
        Key::Shared,
        Key::Own,
        Key::SharedCookie,
        Key::OwnCookie,
        Key::Words,
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
    /// Of each key that there is one of.
    slots: Vec<Slot>,
    /// Of each page's last words.
    words: BTreeMap<u64, Slot>,
    tabs: usize,
}

impl Storage {
    pub fn new(tabs: usize) -> Self {
        Storage {
            slots: vec![Slot::new(tabs); Key::Words as usize],
            words: BTreeMap::new(),
            tabs,
        }
    }

    /// What a tab reads under a key that there is one of.
    pub fn read(&self, tab: usize, key: Key) -> &Write {
        self.slots[key as usize].read(tab)
    }

    pub fn write(&mut self, tab: usize, key: Key, write: Write) {
        self.slots[key as usize].write(tab, write);
    }

    /// The last words that a tab reads of pages other than its own.
    pub fn words(&self, tab: usize, own: u64) -> Vec<(u64, Text)> {
        let words = self.words.iter().filter(|(page, _)| **page != own);
        let words = words.map(|(page, slot)| (*page, slot.read(tab).text.clone()));
        words.filter(|(_, words)| !words.is_empty()).collect()
    }

    /// Writes a page's last words, or erases them.
    pub fn say(&mut self, tab: usize, page: u64, text: Text) {
        let tabs = self.tabs;
        let slot = self.words.entry(page).or_insert_with(|| Slot::new(tabs));
        if slot.read(tab).text != text {
            slot.write(tab, Write { text, version: 0 });
        }
        self.trim_words();
    }

    /// Whether a tab reads something old under a key.
    pub fn is_late(&self, tab: usize, key: Key) -> bool {
        self.slots_of(key).any(|slot| slot.is_late(tab))
    }

    /// Shows a tab the newest write. To show it an older one is to have shown it before the next
    /// was made: no call comes of it.
    pub fn show(&mut self, tab: usize, key: Key) {
        for slot in self.slots_mut(key) {
            slot.seen[tab] = slot.writes.len() - 1;
            slot.trim();
        }
        self.trim_words();
    }

    /// Whether the disk has all of localStorage, or all cookies.
    pub fn is_flushed(&self, cookies: bool) -> bool {
        let keys = Key::ALL.into_iter();
        keys.filter(|key| key.is_cookie() == cookies)
            .all(|key| self.slots_of(key).all(Slot::is_flushed))
    }

    /// Brings localStorage, or the cookies, to the disk.
    pub fn flush(&mut self, cookies: bool) {
        for key in Key::ALL {
            if key.is_cookie() != cookies {
                continue;
            }
            for slot in self.slots_mut(key) {
                if let Some(newest) = slot.writes.last() {
                    slot.flushed = newest.clone();
                }
            }
        }
        self.trim_words();
    }

    fn slots_of(&self, key: Key) -> impl Iterator<Item = &Slot> {
        let words = self.words.values().filter(move |_| key == Key::Words);
        self.slots.get(key as usize).into_iter().chain(words)
    }

    fn slots_mut(&mut self, key: Key) -> impl Iterator<Item = &mut Slot> {
        let words = self.words.values_mut().filter(move |_| key == Key::Words);
        self.slots.get_mut(key as usize).into_iter().chain(words)
    }

    /// Forgets the words that are erased for every tab, and on the disk.
    fn trim_words(&mut self) {
        self.words.retain(|_, slot| {
            let mut writes = slot.writes.iter().chain([&slot.flushed]);
            writes.any(|write| !write.text.is_empty())
        });
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
        for slot in self.slots.iter_mut().chain(self.words.values_mut()) {
            slot.writes = vec![slot.flushed.clone()];
            slot.seen = vec![0; self.tabs];
        }
        self.trim_words();
    }
}

impl Slot {
    fn new(tabs: usize) -> Self {
        let empty = Write {
            text: Text::default(),
            version: 0,
        };
        Slot {
            writes: vec![empty.clone()],
            seen: vec![0; tabs],
            flushed: empty,
        }
    }

    fn read(&self, tab: usize) -> &Write {
        &self.writes[self.seen[tab]]
    }

    fn write(&mut self, tab: usize, write: Write) {
        self.writes.push(write);
        self.seen[tab] = self.writes.len() - 1;
        self.trim();
    }

    fn is_late(&self, tab: usize) -> bool {
        self.seen[tab] + 1 < self.writes.len()
    }

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

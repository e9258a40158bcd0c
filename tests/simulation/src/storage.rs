//! localStorage: written at once for all tabs, on the disk seconds later, and refused where it is
//! full or blocked. Must never know what is written.

use std::collections::BTreeMap;

/// Whether it works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    #[default]
    Open,
    /// It takes nothing that is longer than what is there.
    Full,
    /// It is as if it were not there.
    Blocked,
}

/// What one origin has in it.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    pub access: Access,
    live: BTreeMap<String, String>,
    disk: BTreeMap<String, String>,
}

impl Storage {
    pub fn new(access: Access) -> Self {
        Storage {
            access,
            ..Storage::default()
        }
    }

    pub fn read(&self, key: &str) -> &str {
        match self.access {
            Access::Blocked => "",
            _ => self.live.get(key).map_or("", String::as_str),
        }
    }

    /// Whether it was taken. An empty text erases.
    pub fn write(&mut self, key: &str, text: &str) -> bool {
        let refused = match self.access {
            Access::Open => false,
            Access::Full => text.len() > self.read(key).len(),
            Access::Blocked => true,
        };
        if refused {
            return false;
        }
        if text.is_empty() {
            self.live.remove(key);
        } else {
            self.live.insert(key.into(), text.into());
        }
        true
    }

    /// Keys that begin so, with their texts.
    pub fn beginning(&self, prefix: &str) -> Vec<(String, String)> {
        if self.access == Access::Blocked {
            return Vec::new();
        }
        beginning(&self.live, prefix)
    }

    /// The same, of what is on the disk.
    pub fn on_disk(&self, prefix: &str) -> Vec<(String, String)> {
        beginning(&self.disk, prefix)
    }

    pub fn is_flushed(&self) -> bool {
        self.live == self.disk
    }

    /// It reaches the disk.
    pub fn flush(&mut self) {
        self.disk.clone_from(&self.live);
    }

    /// The browser dies: what had not reached the disk is gone.
    pub fn kill(&mut self) {
        self.live.clone_from(&self.disk);
    }
}

fn beginning(map: &BTreeMap<String, String>, prefix: &str) -> Vec<(String, String)> {
    map.range(prefix.to_owned()..)
        .take_while(|(key, _)| key.starts_with(prefix))
        .map(|(key, text)| (key.clone(), text.clone()))
        .collect()
}

//! The data directory.
//!
//! Knows: which file is whose, and that one collector has the directory at a time. Must never know:
//! what is in the files.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// A data directory that this process alone uses until the value is dropped. The system releases
/// it also if the process is killed.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory if there is none, and claims it.
    ///
    /// # Errors
    /// [`StoreError::Directory`], or [`StoreError::InUse`].
    pub fn claim(path: &Path) -> Result<Self, StoreError> {
        let failed = |cause| StoreError::Directory {
            path: path.into(),
            cause,
        };
        std::fs::create_dir_all(path).map_err(failed)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("collector.lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {
                let directory = Self {
                    path: path.into(),
                    _lock: lock,
                };
                directory.empty_spool().map_err(failed)?;
                Ok(directory)
            }
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.into() }),
            Err(TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }

    /// The file of an environment.
    pub fn environment(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.db"))
    }

    /// The directory for files that are needed for a moment. It is empty at first: what a process
    /// that was killed has left there is of no use.
    pub fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }

    fn empty_spool(&self) -> std::io::Result<()> {
        match std::fs::remove_dir_all(self.spool()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::create_dir(self.spool())
    }

    /// The file of the refusals. No environment may have that name.
    pub fn refusals(&self) -> PathBuf {
        self.path.join("refusals.db")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_collector_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("made/when/missing");
        let claimed = DataDirectory::claim(&path).unwrap();
        assert!(matches!(
            DataDirectory::claim(&path),
            Err(StoreError::InUse { .. })
        ));
        drop(claimed);
        assert!(DataDirectory::claim(&path).is_ok());
    }

    #[test]
    fn what_a_killed_process_left_in_the_spool_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let claimed = DataDirectory::claim(directory.path()).unwrap();
        let left = claimed.spool().join("left");
        std::fs::write(&left, "x").unwrap();
        drop(claimed);
        let claimed = DataDirectory::claim(directory.path()).unwrap();
        assert!(!left.exists() && claimed.spool().is_dir());
    }
}

//! Copies of the databases of a data directory.
//!
//! Knows: that a copy is made in one read transaction, beside whatever writes, and has its name only
//! once it is whole and on the disk. Must never know: what is in the files.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::schema::BUSY_TIMEOUT;

/// Copies each database of a data directory into another directory, which is made if there is none.
/// A collector may have the first one open. Gives the paths of the copies.
///
/// # Errors
/// [`StoreError::Backup`], which names the file or directory; SQLite's. Copies that were made before
/// stay.
pub fn backup(data: &Path, to: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let databases = databases(data).map_err(|cause| failed(data, cause))?;
    if databases.is_empty() {
        let cause = io::Error::new(io::ErrorKind::NotFound, "there is no database in it");
        return Err(failed(data, cause));
    }
    std::fs::create_dir_all(to).map_err(|cause| failed(to, cause))?;
    let copy_of = |database: &PathBuf| {
        let name = database.file_name().unwrap_or_default();
        let copy = to.join(name);
        copy_whole(database, &copy)?;
        Ok(copy)
    };
    let copies = databases.iter().map(copy_of).collect();
    // The names of the copies, where a directory can be synced.
    if cfg!(unix) {
        sync(to).map_err(|cause| failed(to, cause))?;
    }
    copies
}

/// The databases of a directory, by name.
fn databases(data: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = data.read_dir()?.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "db"));
    paths.sort_unstable();
    Ok(paths)
}

fn copy_whole(database: &Path, copy: &Path) -> Result<(), StoreError> {
    if copy.exists() {
        let cause = io::Error::new(io::ErrorKind::AlreadyExists, "it is there already");
        return Err(failed(copy, cause));
    }
    let partial = copy.with_extension("db.partial");
    // Left by a backup that was killed.
    match std::fs::remove_file(&partial) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            return Err(failed(&partial, cause));
        }
        _ => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let name = partial.to_str().ok_or_else(|| {
        let cause = io::Error::new(io::ErrorKind::InvalidFilename, "it is not UTF-8");
        failed(&partial, cause)
    })?;
    connection.execute("VACUUM INTO ?1", [name])?;
    sync(&partial)
        .and_then(|()| std::fs::rename(&partial, copy))
        .map_err(|cause| failed(copy, cause))
}

/// Waits until what is there is on the disk.
fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn failed(path: &Path, cause: io::Error) -> StoreError {
    StoreError::Backup {
        path: path.into(),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::open_environment;
    use super::*;

    #[test]
    fn a_copy_is_whole_and_of_the_same_environment() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let (writer, _) = open_environment(&data.join("dev.db"), "dev").unwrap();
        let insert = "INSERT INTO about (name, value) VALUES ('mark', 'here')";
        writer.execute(insert, ()).unwrap();
        // What is not committed is not copied, and does not hold up the copy.
        writer
            .execute_batch("BEGIN IMMEDIATE; DELETE FROM about")
            .unwrap();
        let to = directory.path().join("to");
        std::fs::create_dir(&to).unwrap();
        std::fs::write(to.join("dev.db.partial"), "of a backup that was killed").unwrap();
        let copies = backup(&data, &to).unwrap();
        assert_eq!(copies, [to.join("dev.db")]);
        assert!(!to.join("dev.db.partial").exists());
        let (copy, _) = open_environment(&copies[0], "dev").unwrap();
        let select = "SELECT value FROM about WHERE name = 'mark'";
        let mark: String = copy.query_row(select, (), |row| row.get(0)).unwrap();
        assert_eq!(mark, "here");
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_to_copy_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let to = directory.path().join("to");
        let error = backup(&data, &to).unwrap_err();
        assert!(matches!(&error, StoreError::Backup { path, .. } if *path == data));
        std::fs::create_dir(&data).unwrap();
        assert!(backup(&data, &to).is_err());
        assert!(!to.exists());
        drop(open_environment(&data.join("dev.db"), "dev").unwrap());
        backup(&data, &to).unwrap();
        let error = backup(&data, &to).unwrap_err();
        assert!(matches!(&error, StoreError::Backup { path, .. } if *path == to.join("dev.db")));
    }
}

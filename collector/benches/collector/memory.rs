//! How much memory a process has. Linux tells.
//!
//! Knows /proc. Must never know what the memory is for.

use super::process::Process;

/// The memory that a process has now, in MiB; `?` where the system does not tell.
pub fn resident_mib(process: &Process) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()));
    let kib = status.ok().and_then(|status| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches(" kB").parse::<usize>().ok()
    });
    kib.map_or_else(|| "?".to_owned(), |kib| (kib / 1024).to_string())
}

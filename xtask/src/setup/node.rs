//! Node.js: the one thing besides rustup that a machine must bring.
//!
//! Knows how to ask for its version. Must never install it.

use std::process::Command;

use super::SetupError;
use crate::process;
use crate::progress;

/// The oldest major version that the tools run on.
const OLDEST: u32 = 20;

/// Makes sure that Node.js 20 or newer is on the PATH.
///
/// # Errors
/// When it is missing or older.
pub fn ensure() -> Result<(), SetupError> {
    progress::step("Node.js", || {
        let error = |failed: String| SetupError {
            tried: "`node --version`".into(),
            failed,
            remedy: format!(
                "install Node.js {OLDEST} or newer (https://nodejs.org) and see that `node` is on the PATH"
            ),
        };
        let said = process::run(Command::new("node").arg("--version"))
            .map_err(|e| error(e.to_string()))?
            .stdout;
        match major(&said) {
            Some(version) if version >= OLDEST => Ok(()),
            Some(_) => Err(error(format!("Node.js {} is too old", said.trim()))),
            None => Err(error(format!(
                "`node --version` answered {said:?}, which is no version"
            ))),
        }
    })
}

/// The major version in what `node --version` says: `v20.20.2`.
fn major(said: &str) -> Option<u32> {
    said.trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("node: command not found"), None);
    }
}

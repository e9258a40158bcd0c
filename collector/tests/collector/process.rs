//! The real binary, in a process of its own.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::support::DEV_KEY;

/// The binary, running; killed when dropped.
pub struct Process {
    pub child: Child,
    pub base: String,
    pub stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it with one environment, on a directory of its own, where its log goes too.
    pub fn start(directory: &Path) -> Self {
        let program = Command::new(env!("CARGO_BIN_EXE_backstitch-collector"));
        Self::launch(program, directory)
    }

    /// Starts it by another program, which becomes it.
    pub fn launch(mut program: Command, directory: &Path) -> Self {
        let config = directory.join("collector.toml");
        std::fs::write(
            &config,
            format!("[environments.dev]\napi_key = \"{DEV_KEY}\"\n"),
        )
        .unwrap();
        let mut child = program
            .args(["--listen", "127.0.0.1:0", "--stop-with-stdin", "--config"])
            .arg(config)
            .arg("--data")
            .arg(directory.join("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(directory.join("collector.log")).unwrap())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let base = line
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("{line:?}"))
            .trim_end();
        Self {
            child,
            base: base.to_owned(),
            stdin,
            stdout,
        }
    }

    /// Waits for its end; true if it was in order and stdout had that one line.
    pub fn ends_in_order(mut self) -> bool {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap().success() && rest.is_empty()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

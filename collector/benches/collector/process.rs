//! The collector's optimised program as a child.
//!
//! Knows its command line. Must never know what is asked of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// The key of its one environment, `dev`.
pub const API_KEY: &str = "phc_bench";

/// A running collector.
pub struct Process {
    /// Where it listens: a host and a port.
    pub address: String,
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Process {
    /// Starts it on a directory, which it makes.
    pub fn start(directory: &Path) -> Self {
        std::fs::create_dir_all(directory).expect("a folder");
        let config = directory.join("collector.toml");
        let text = format!("[environments.dev]\napi_key = \"{API_KEY}\"\n");
        std::fs::write(&config, text).expect("a config file");
        let mut child = Command::new(env!("CARGO_BIN_EXE_backstitch-collector"))
            .args(["--listen", "127.0.0.1:0", "--stop-with-stdin", "--config"])
            .arg(&config)
            .arg("--data")
            .arg(directory)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the collector starts");
        let stdin = child.stdin.take();
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its first line");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .expect("its address");
        Self {
            address: address.to_owned(),
            child,
            stdin,
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops it in order.
    pub fn stop(mut self) {
        drop(self.stdin.take());
        let status = self.child.wait().expect("its end");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, unless a measurement failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

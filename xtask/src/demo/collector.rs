//! The collector as the demo's child.
//!
//! Knows its command line and the one line that it prints when it is ready. Must never outlive
//! the demo: its standard input is a pipe from here, and it stops when that pipe closes, which
//! the system does even for a demo that is killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long it may take to open its databases and listen.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long it may take to finish what it took, before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(5);
const READY: &str = "listening on ";

/// A collector that listens.
pub struct Collector {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    address: String,
    log: PathBuf,
}

impl Collector {
    /// Starts the program and waits until it listens.
    ///
    /// # Errors
    /// When it is not built, or ends or stays silent instead; with what it logged.
    pub async fn start(
        program: &Path,
        config: &Path,
        data: &Path,
        sdk: &Path,
        port: u16,
    ) -> anyhow::Result<Self> {
        let log = data.join("demo.log");
        let stderr = File::create(&log)
            .with_context(|| format!("{} could not be written", log.display()))?;
        let mut child = Command::new(program)
            .arg("--config")
            .arg(config)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .arg("--data")
            .arg(data)
            .arg("--sdk")
            .arg(sdk)
            .arg("--stop-with-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                format!(
                    "{} could not be started; is it built? (leave out --no-build)",
                    program.display()
                )
            })?;
        let stdin = child.stdin.take();
        let stdout = child
            .stdout
            .take()
            .context("the collector was started without an output")?;
        let mut lines = BufReader::new(stdout).lines();
        let ready = tokio::time::timeout(START_LIMIT, lines.next_line()).await;
        let address = match ready {
            Ok(Ok(Some(line))) => line.strip_prefix(READY).map(str::to_owned),
            Ok(_) => None,
            Err(_) => bail!(
                "the collector did not listen within {START_LIMIT:?}{}",
                logged(&log)
            ),
        };
        let Some(address) = address else {
            bail!("the collector did not start{}", logged(&log));
        };
        Ok(Self {
            child,
            stdin,
            stdout: lines,
            address,
            log,
        })
    }

    /// Its address, without a slash at the end: `http://127.0.0.1:8123`.
    pub fn address(&self) -> &str {
        self.address.trim_end_matches('/')
    }

    /// Returns, with the reason, when it ends by itself.
    pub async fn ended(&mut self) -> anyhow::Error {
        // What it prints is read on, so that it never waits for a full pipe.
        while let Ok(Some(line)) = self.stdout.next_line().await {
            println!("{line}");
        }
        let status = self
            .child
            .wait()
            .await
            .map_or_else(|error| error.to_string(), |status| status.to_string());
        anyhow::anyhow!(
            "the collector ended by itself ({status}){}",
            logged(&self.log)
        )
    }

    /// Lets it finish what it took, and waits for its end.
    pub async fn stop(mut self) {
        drop(self.stdin.take());
        if tokio::time::timeout(STOP_LIMIT, self.child.wait())
            .await
            .is_err()
        {
            eprintln!("the collector did not stop within {STOP_LIMIT:?} and is killed");
            if let Err(error) = self.child.kill().await {
                eprintln!("the collector could not be killed: {error}");
            }
        }
    }
}

/// What it logged, as the end of a message.
fn logged(log: &Path) -> String {
    match std::fs::read_to_string(log) {
        Ok(text) if !text.trim().is_empty() => {
            format!("; its log ({}) says:\n{}", log.display(), text.trim_end())
        }
        _ => format!("; its log ({}) is empty", log.display()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(folder: &Path, script: &str) -> PathBuf {
        let path = folder.join("collector");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
        path
    }

    async fn start(script: &str) -> anyhow::Result<(Collector, tempfile::TempDir)> {
        let folder = tempfile::tempdir()?;
        let program = program(folder.path(), script);
        let (config, sdk) = (Path::new("demo.toml"), Path::new("dist"));
        let collector = Collector::start(&program, config, folder.path(), sdk, 0).await?;
        Ok((collector, folder))
    }

    #[tokio::test]
    async fn it_is_ready_when_it_says_so_and_stops_with_its_input() {
        let (mut collector, _folder) =
            start("echo 'listening on http://127.0.0.1:9'; exec cat >/dev/null")
                .await
                .expect("it starts");
        assert_eq!(collector.address(), "http://127.0.0.1:9");
        assert!(collector.child.try_wait().expect("a state").is_none());
        collector.stop().await;
    }

    #[tokio::test]
    async fn one_that_ends_at_once_is_reported_with_its_log() {
        let error = start("echo 'port taken' >&2; exit 1")
            .await
            .err()
            .expect("no start")
            .to_string();
        assert!(
            error.contains("did not start") && error.contains("port taken"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn one_that_ends_later_is_reported_with_its_log() {
        let (mut collector, _folder) =
            start("echo 'listening on http://127.0.0.1:9'; echo 'disk full' >&2; exit 2")
                .await
                .expect("it starts");
        let error = collector.ended().await.to_string();
        assert!(
            error.contains("exit status: 2") && error.contains("disk full"),
            "{error}"
        );
    }
}

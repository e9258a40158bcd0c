//! Child processes: run one to its end, keep all it wrote, stop it when its time is up.
//!
//! Knows commands, pipes and signals. Must never know what a command is for.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::progress;

/// How often a child with a time limit is asked whether it has ended.
const POLL: Duration = Duration::from_millis(25);

/// How long children that are asked to stop may take to stop those of their own.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// The children that run now, by process id, so that an interrupt can stop them. On Unix each leads
/// a process group of its own, which its own children are in.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Why a command did not do its work. Its text names the command and carries all it wrote.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// The program could not be started at all.
    #[error("`{command}` could not be started: {cause}")]
    Start {
        /// The command line.
        command: String,
        /// What the system said. No `source`: a chain of causes would say it twice.
        cause: io::Error,
    },
    /// The program ended, and not well.
    #[error("`{command}` ended with {status}; it wrote:\n{output}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// Standard output and error, interleaved.
        output: String,
    },
    /// The program was stopped because it took too long.
    #[error("`{command}` was stopped after {} without an end; it wrote:\n{output}", progress::seconds(*limit))]
    TimedOut {
        /// The command line.
        command: String,
        /// The time it was given.
        limit: Duration,
        /// Standard output and error until then, interleaved.
        output: String,
    },
}

/// A child that has ended, well or not.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: String,
    /// Standard output and error, interleaved as they came.
    pub output: String,
}

/// Runs `command` to its end; anything but success is an error.
pub fn run(command: &mut Command) -> Result<Finished, ProcessError> {
    let finished = finish(command, None)?;
    succeeded(command, finished)
}

/// As [`run`], but stops the child when it has not ended after `limit`.
pub fn run_for(command: &mut Command, limit: Duration) -> Result<Finished, ProcessError> {
    let finished = finish(command, Some(limit))?;
    succeeded(command, finished)
}

/// Runs `command` to its end with its output where this program's goes; anything but success is an
/// error.
pub fn pass(command: &mut Command) -> Result<(), ProcessError> {
    let command_line = line(command);
    let start = |cause| ProcessError::Start {
        command: command_line.clone(),
        cause,
    };
    let mut child = spawn(command).map_err(start)?;
    let ended = wait(&mut child, None);
    locked(&RUNNING).retain(|pid| *pid != child.id());
    match ended.map_err(start)? {
        Some(status) if !status.success() => Err(ProcessError::Failed {
            command: command_line,
            status,
            output: String::new(),
        }),
        _ => Ok(()),
    }
}

/// Runs `command` to its end and tells how that was: a failing test run is no error here.
pub fn observe(command: &mut Command) -> Result<Finished, ProcessError> {
    finish(command, None)
}

/// Stops every running child with all that it has started, and starts none from here on: the
/// program is about to end. The terminal's Ctrl-C does not reach children by itself, since they are
/// in groups of their own.
pub fn terminate_running() {
    let running = locked(&RUNNING);
    stop(&running, STOP_LIMIT);
    std::mem::forget(running);
}

/// The command as one would type it.
pub fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn succeeded(command: &Command, finished: Finished) -> Result<Finished, ProcessError> {
    if finished.status.success() {
        return Ok(finished);
    }
    Err(ProcessError::Failed {
        command: line(command),
        status: finished.status,
        output: finished.output,
    })
}

fn finish(command: &mut Command, limit: Option<Duration>) -> Result<Finished, ProcessError> {
    let command_line = line(command);
    let start = |cause| ProcessError::Start {
        command: command_line.clone(),
        cause,
    };
    let mut child = spawn(piped(command)).map_err(start)?;
    let everything = Arc::new(Mutex::new(String::new()));
    let stdout = child
        .stdout
        .take()
        .map(|pipe| collect(pipe, Arc::clone(&everything)));
    let stderr = child
        .stderr
        .take()
        .map(|pipe| collect(pipe, Arc::clone(&everything)));
    let ended = wait(&mut child, limit);
    locked(&RUNNING).retain(|pid| *pid != child.id());
    let Some(status) = ended.map_err(start)? else {
        // Its pipes may be held open by a grandchild, so nothing waits for their readers.
        let output = locked(&everything).clone();
        let limit = limit.unwrap_or_default();
        return Err(ProcessError::TimedOut {
            command: command_line,
            limit,
            output,
        });
    };
    let stdout = joined(stdout);
    joined(stderr);
    let output = locked(&everything).clone();
    Ok(Finished {
        status,
        stdout,
        output,
    })
}

/// What the child writes comes here.
fn piped(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::piped()).stderr(Stdio::piped())
}

/// Starts a child and lists it in one step, so that none is started behind an interrupt's back.
fn spawn(command: &mut Command) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.stdin(Stdio::null());
    let mut running = locked(&RUNNING);
    let child = command.spawn()?;
    running.push(child.id());
    Ok(child)
}

/// Waits for the end, or kills at the limit; `None` means that it was killed.
fn wait(child: &mut Child, limit: Option<Duration>) -> io::Result<Option<ExitStatus>> {
    let Some(limit) = limit else {
        return child.wait().map(Some);
    };
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() >= limit {
            stop(&[child.id()], Duration::ZERO);
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

/// Reads a pipe to its end on a thread, line by line, into `everything` and an own copy.
fn collect(pipe: impl Read + Send + 'static, everything: Arc<Mutex<String>>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut own = String::new();
        let mut reader = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while let Ok(read) = reader.read_until(b'\n', &mut bytes) {
            if read == 0 {
                break;
            }
            let text = String::from_utf8_lossy(&bytes);
            own.push_str(&text);
            locked(&everything).push_str(&text);
            progress::detail(text.trim());
            bytes.clear();
        }
        own
    })
}

fn joined(reader: Option<JoinHandle<String>>) -> String {
    reader
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default()
}

/// Asks the groups of these children to stop, and kills what is left of them after `limit`.
#[cfg(unix)]
fn stop(pids: &[u32], limit: Duration) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    let mut groups: Vec<_> = pids
        .iter()
        .filter_map(|pid| i32::try_from(*pid).ok())
        .map(Pid::from_raw)
        .collect();
    // An error means that a group has ended by itself, which is what was wanted.
    groups.retain(|group| killpg(*group, Signal::SIGTERM).is_ok());
    let asked = Instant::now();
    while !groups.is_empty() && asked.elapsed() < limit {
        thread::sleep(POLL);
        groups.retain(|group| killpg(*group, None).is_ok());
    }
    for group in groups {
        let _ = killpg(group, Signal::SIGKILL);
    }
}

/// Ends these children and theirs, at once: there is no wish to stop that all programs know.
#[cfg(not(unix))]
fn stop(pids: &[u32], _limit: Duration) {
    for pid in pids {
        let _ = Command::new("taskkill")
            .args(["/T", "/F", "/PID", &pid.to_string()])
            .status();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_child_is_heard_to_the_end() {
        let finished = run(&mut shell("echo out; echo err >&2")).expect("it succeeds");
        assert_eq!(finished.stdout, "out\n");
        assert!(finished.output.contains("out\n") && finished.output.contains("err\n"));
    }

    #[test]
    fn a_failure_carries_the_command_and_its_output() {
        let error = run(&mut shell("echo what went wrong >&2; exit 3"))
            .expect_err("it fails")
            .to_string();
        assert!(
            error.contains("sh -c") && error.contains("exit status: 3"),
            "{error}"
        );
        assert!(error.ends_with("what went wrong\n"), "{error}");
    }

    #[test]
    fn a_child_without_end_is_stopped() {
        let error = run_for(
            &mut shell("echo begun; exec sleep 600"),
            Duration::from_millis(200),
        );
        assert!(
            matches!(error, Err(ProcessError::TimedOut { .. })),
            "{error:?}"
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut Command::new("no-such-program-anywhere"))
            .expect_err("it is not there")
            .to_string();
        assert!(
            error.starts_with("`no-such-program-anywhere` could not be started"),
            "{error}"
        );
    }

    #[test]
    fn the_systems_reason_is_said_once() {
        let error = run(&mut Command::new("no-such-program-anywhere")).expect_err("not there");
        let chain = format!("{:#}", anyhow::Error::new(error));
        assert_eq!(chain.matches("os error 2").count(), 1, "{chain}");
    }

    /// Stops, within `limit`, a child of this script, which says `ready`, and waits until nothing holds its output
    /// any more: neither the child nor one of its own.
    fn stopped(script: &str, limit: Duration) {
        let mut child = spawn(piped(&mut shell(script))).expect("it starts");
        let pid = child.id();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut ready = String::new();
        output.read_line(&mut ready).expect("it speaks");
        assert_eq!(ready, "ready\n");
        let reaper = thread::spawn(move || child.wait());
        stop(&[pid], limit);
        let (ended, told) = std::sync::mpsc::channel();
        thread::spawn(move || ended.send(io::copy(&mut output, &mut io::sink())));
        told.recv_timeout(Duration::from_secs(60))
            .expect("nothing of it is left")
            .expect("its output is read");
        reaper.join().expect("no panic").expect("it has ended");
        locked(&RUNNING).retain(|running| *running != pid);
    }

    #[test]
    fn a_child_is_stopped_with_its_own_children() {
        // Time enough never to be killed for lateness.
        stopped("sleep 600 & echo ready; wait", Duration::from_secs(50));
    }

    #[test]
    fn what_ignores_the_wish_is_killed() {
        stopped(
            "trap '' TERM; (sleep 600; sleep 600) & echo ready; wait",
            POLL,
        );
    }
}

//! What a person sees while a step runs: its name, the time it has taken, and how it ended.
//!
//! Knows the terminal. Must never know what a step does.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// On a terminal the line of a running step is redrawn this often.
const REDRAW: Duration = Duration::from_millis(250);
/// Elsewhere (a log) a line says this often that the step still runs.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Longest last line of a child's output shown beside a running step, in characters.
const DETAIL_WIDTH: usize = 60;

/// The last line that the running step's child has written.
static DETAIL: Mutex<String> = Mutex::new(String::new());

/// Runs `work` as a named step: shows it while it runs, and its time when it ends.
pub fn step<T, E>(name: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let ticker = Ticker::start(name);
    let started = Instant::now();
    let outcome = work();
    ticker.stop();
    let mark = if outcome.is_ok() { "ok    " } else { "FAILED" };
    eprintln!("  {mark}  {name}  {}", seconds(started.elapsed()));
    outcome
}

/// Notes the newest line of output of the running step's child.
pub fn detail(line: &str) {
    let mut detail = locked(&DETAIL);
    detail.clear();
    detail.extend(line.chars().filter(|c| !c.is_control()).take(DETAIL_WIDTH));
}

/// A duration as a person reads it: `0.4 s`, `12.0 s`, `2 min 05 s`.
pub fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// The thread that keeps the line of a running step fresh.
struct Ticker {
    stopped: Arc<(Mutex<bool>, Condvar)>,
    thread: thread::JoinHandle<()>,
}

impl Ticker {
    fn start(name: &str) -> Self {
        detail("");
        let stopped = Arc::new((Mutex::new(false), Condvar::new()));
        let thread = thread::spawn({
            let (stopped, name) = (Arc::clone(&stopped), name.to_owned());
            move || tick(&name, &stopped)
        });
        Self { stopped, thread }
    }

    fn stop(self) {
        *locked(&self.stopped.0) = true;
        self.stopped.1.notify_all();
        if self.thread.join().is_err() {
            eprintln!("the progress display stopped early");
        }
    }
}

fn tick(name: &str, (stopped, woken): &(Mutex<bool>, Condvar)) {
    let terminal = std::io::stderr().is_terminal();
    let every = if terminal { REDRAW } else { HEARTBEAT };
    let started = Instant::now();
    let mut guard = locked(stopped);
    loop {
        if terminal {
            draw(&format!(
                "  ...     {name}  {}  {}",
                seconds(started.elapsed()),
                locked(&DETAIL)
            ));
        }
        let (next, timeout) = woken
            .wait_timeout_while(guard, every, |stopped| !*stopped)
            .unwrap_or_else(PoisonError::into_inner);
        guard = next;
        if !timeout.timed_out() {
            break;
        }
        if !terminal {
            eprintln!("  ...     {name}  {}", seconds(started.elapsed()));
        }
    }
    if terminal {
        draw("");
    }
}

/// Replaces the terminal's current line.
fn draw(line: &str) {
    let mut err = std::io::stderr().lock();
    // A terminal that has gone away is no reason to stop the work it was to show.
    let _ = write!(err, "\r\x1b[2K{line}").and_then(|()| err.flush());
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_reads_as_seconds_or_minutes() {
        assert_eq!(seconds(Duration::from_millis(440)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_step_hands_its_outcome_through() {
        assert_eq!(step("count", || Ok::<_, ()>(3)), Ok(3));
        assert_eq!(step("fail", || Err::<(), _>("why")), Err("why"));
    }
}

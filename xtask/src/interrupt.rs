//! The wish to stop: Ctrl-C, or a signal that asks for it.
//!
//! Knows signals. Must never know what is to be stopped, but that children come first.

use std::io;

use crate::process;

/// The exit code of a program that was interrupted, as shells give it.
const INTERRUPTED: i32 = 130;

/// Listens for the signals from the moment it is made.
pub struct Interrupt {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl Interrupt {
    /// Begins to listen; must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the system grants no signal handler.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signals = [
                SignalKind::interrupt(),
                SignalKind::terminate(),
                SignalKind::hangup(),
            ];
            let [interrupt, terminate, hangup] = signals.map(signal);
            Ok(Self {
                signals: [interrupt?, terminate?, hangup?],
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Returns when the program is asked to stop.
    pub async fn asked(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate, hangup] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Does blocking work; when asked to stop, stops its children and ends the program.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn or_exit<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        tokio::select! {
            outcome = tokio::task::spawn_blocking(work) => outcome?,
            () = self.asked() => {
                process::terminate_running();
                std::process::exit(INTERRUPTED);
            }
        }
    }
}

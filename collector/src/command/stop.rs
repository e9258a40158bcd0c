//! When the process is to stop.
//!
//! Knows: signals, and the end of standard input. Must never know: what is stopped.

use std::io::Read;

use tokio::sync::oneshot;

/// Ready when the process is told to stop.
pub fn stop(with_stdin: bool) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let stdin = if with_stdin { Some(stdin_end()?) } else { None };
    let signal = signal()?;
    Ok(async move {
        let stdin = async {
            match stdin {
                Some(end) => drop(end.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = signal => tracing::info!("stopping: a signal"),
            () = stdin => tracing::info!("stopping: standard input has ended"),
        }
    })
}

/// Ready when standard input ends. On a thread of its own: reading it cannot be cancelled.
fn stdin_end() -> std::io::Result<oneshot::Receiver<()>> {
    let (ended, end) = oneshot::channel();
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            let mut stdin = std::io::stdin().lock();
            let mut ignored = [0; 1024];
            while matches!(stdin.read(&mut ignored), Ok(length) if length > 0) {}
            // The server may have stopped for another reason.
            let _ = ended.send(());
        })?;
    Ok(end)
}

#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

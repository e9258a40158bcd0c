//! The command `backstitch-collector`.
//!
//! Knows: options, signals, and the two outputs: one line on stdout once it is ready, logs on
//! stderr. Must never know: what the collector does with a request.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use backstitch_collector::config::{Overrides, TOKEN_VARIABLE};
use backstitch_collector::{Config, Server};
use clap::Parser;
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

/// A local collector for PostHog-compatible events: SQLite below, an events page on top.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// The config file, which names the environments and their keys.
    #[arg(long, default_value = "collector.toml", value_name = "FILE")]
    config: PathBuf,
    /// The address to listen on, a loopback one; port 0 takes any free port. Wins over the config
    /// file.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The directory of the databases. Wins over the config file.
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// Stop when standard input ends, as it does when a parent process dies, however it dies.
    #[arg(long)]
    stop_with_stdin: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let api_token = std::env::var(TOKEN_VARIABLE).ok();
    let overrides = Overrides {
        listen: options.listen.as_deref(),
        data: options.data.as_deref(),
        api_token: api_token.as_deref(),
    };
    let config = Config::load(&options.config, overrides)?;
    // Before the port is open: who reads the line below may send a signal at once.
    let stop = stop(options.stop_with_stdin)?;
    let server = Server::bind(&config).await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{}", server.address())?;
    stdout.flush()?;
    server.run(stop).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Ready when the process is told to stop.
fn stop(with_stdin: bool) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
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

//! Serving: what the collector does if nothing else is said.
//!
//! Knows: its options, and the one line on stdout once it is ready. Must never know: what the
//! collector does with a request.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use backstitch_collector::config::{Overrides, TOKEN_VARIABLE};
use backstitch_collector::{Config, Server};
use clap::Args;

use super::logs::Format;
use super::stop::stop;

/// The options of serving.
#[derive(Debug, Args)]
pub struct Serve {
    /// The config file, which names the environments and their keys.
    #[arg(long, default_value = "collector.toml", value_name = "FILE")]
    config: PathBuf,
    /// The address to listen on; port 0 takes any free port. One that other machines can reach needs
    /// an api_token. Wins over the config file.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The directory of the databases. Wins over the config file.
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// The folder with Backstitch's built script, for pages whose snippet names this collector.
    /// Wins over the config file.
    #[arg(long, value_name = "DIRECTORY")]
    sdk: Option<PathBuf>,
    /// How the log on stderr looks.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: Format,
    /// Stop when standard input ends, as it does when a parent process dies, however it dies.
    #[arg(long)]
    stop_with_stdin: bool,
}

impl Serve {
    /// Serves until the process is told to stop.
    ///
    /// # Errors
    /// What is wrong with the config, the data or the address.
    #[tokio::main]
    pub async fn run(&self) -> Result<(), Box<dyn Error>> {
        let api_token = std::env::var(TOKEN_VARIABLE).ok();
        let overrides = Overrides {
            listen: self.listen.as_deref(),
            data: self.data.as_deref(),
            sdk: self.sdk.as_deref(),
            api_token: api_token.as_deref(),
        };
        let config = Config::load(&self.config, overrides)?;
        // Before the port is open: who reads the line below may send a signal at once.
        let stop = stop(self.stop_with_stdin)?;
        let server = Server::bind(&config).await?;
        let version = env!("CARGO_PKG_VERSION");
        let environments = config.environments.len();
        tracing::info!(version, address = %server.address(), data = %config.data.display(), environments, "started");
        let mut stdout = std::io::stdout();
        writeln!(stdout, "listening on http://{}", server.address())?;
        stdout.flush()?;
        server.run(stop).await?;
        tracing::info!("stopped");
        Ok(())
    }
}

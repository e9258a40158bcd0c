//! `cargo xtask demo`: the whole product on one machine, until it is asked to stop.
//!
//! Knows what runs and in which order. Must never leave anything running.

mod collector;
mod environment;
mod shop;

use std::fs::{self, File, TryLockError};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::Args;

use self::collector::Collector;
use self::environment::Environment;
use self::shop::Shop;
use crate::interrupt::Interrupt;
use crate::workspace::Workspace;
use crate::{package, process, progress};

/// The ports that are taken when they are free and no others are asked for, so that a browser
/// finds the shop's storage again from one run to the next.
const COLLECTOR_PORT: u16 = 8123;
const SHOP_PORT: u16 = 8124;

/// What can be said about a demo.
#[derive(Args, Debug)]
pub struct Options {
    /// Open no browser.
    #[arg(long)]
    no_open: bool,
    /// The collector's port; 0 takes a free one [default: 8123, or a free one].
    #[arg(long)]
    port: Option<u16>,
    /// The shop's port; 0 takes a free one [default: 8124, or a free one].
    #[arg(long)]
    shop_port: Option<u16>,
    /// Where the collector keeps its data [default: demo in the target folder].
    #[arg(long)]
    data: Option<PathBuf>,
    /// Build nothing: run what the last build left.
    #[arg(long)]
    no_build: bool,
    /// Stop when standard input ends, as it does when a parent process dies, however it dies.
    #[arg(long)]
    stop_with_stdin: bool,
    /// The environment whose key the shop's pages carry.
    #[arg(long, value_enum, default_value_t)]
    env: Environment,
}

/// Builds the SDK and the collector, runs them with the shop, and stops all when asked to.
///
/// # Errors
/// When a build fails, an address can't be had, or the collector ends by itself.
pub async fn run(
    workspace: &Workspace,
    options: Options,
    interrupt: &mut Interrupt,
) -> anyhow::Result<()> {
    if !options.no_build {
        let workspace = workspace.clone();
        interrupt.or_exit(move || build(&workspace)).await?;
    }
    let data = options
        .data
        .unwrap_or_else(|| workspace.target.join("demo"));
    let _held = hold(&data)?;
    let port = port("--port", options.port, COLLECTOR_PORT)?;
    // A name of its own: the folder may be one that a collector has been used with.
    let config = data.join("demo.toml");
    fs::write(&config, environment::config())
        .with_context(|| format!("{} could not be written", config.display()))?;

    let (program, sdk) = (workspace.collector(), workspace.dist());
    let mut collector = Collector::start(&program, &config, &data, &sdk, port).await?;
    let shop = Shop {
        pages: workspace.shop(),
        dist: workspace.dist(),
        api_key: options.env.api_key(),
        api_host: collector.address().to_owned(),
        events_url: format!(
            "{}/?environment={}",
            collector.address(),
            options.env.name()
        ),
    };
    let events = shop.events_url.clone();
    let shop_port = self::port("--shop-port", options.shop_port, SHOP_PORT)?;
    let shop = shop::listen(shop, shop_port).await?;
    println!("shop    {}/", shop.address);
    println!("events  {events}");
    println!("key     {}", options.env.api_key());
    println!("data    {}", data.display());
    println!("Ctrl-C stops both.");
    if !options.no_open {
        show(&events);
        show(&format!("{}/", shop.address));
    }
    let ended = tokio::select! {
        () = interrupt.asked() => Ok(()),
        () = input_ended(), if options.stop_with_stdin => Ok(()),
        failure = collector.ended() => Err(failure),
        failure = shop.serve() => Err(failure),
    };
    collector.stop().await;
    ended
}

/// Both builds: the SDK as people get it, the collector as cargo builds it for development (its
/// optimised build takes minutes, and one person's clicks do not need it).
pub fn build(workspace: &Workspace) -> anyhow::Result<()> {
    package::run(workspace, false)?;
    build_collector(workspace)
}

/// Builds the collector's program.
pub fn build_collector(workspace: &Workspace) -> anyhow::Result<()> {
    let mut build = Command::new("cargo");
    build
        .args(["build", "--package", "backstitch-collector"])
        .current_dir(&workspace.root);
    progress::step("collector", || process::run(&mut build))?;
    Ok(())
}

/// Keeps a second demo off the same data for as long as the file lives.
fn hold(data: &Path) -> anyhow::Result<File> {
    fs::create_dir_all(data)
        .with_context(|| format!("the data folder {} could not be made", data.display()))?;
    let path = data.join("demo.lock");
    let file =
        File::create(&path).with_context(|| format!("{} could not be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another demo runs with the data in {}: stop it, or give this one its own with --data",
            data.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} could not be locked", path.display()))
        }
    }
}

/// The port that an option asks for, which must be free; without one the usual port, or 0 (any free
/// one) when that is taken.
fn port(option: &str, asked: Option<u16>, usual: u16) -> anyhow::Result<u16> {
    let port = asked.unwrap_or(usual);
    match (TcpListener::bind(("127.0.0.1", port)), asked) {
        (Ok(_), _) => Ok(port),
        (Err(_), None) => Ok(0),
        (Err(error), Some(_)) => bail!(
            "port {port} can't be listened on ({error}): give another with {option}, or 0 for a free one"
        ),
    }
}

/// Returns when standard input has ended.
async fn input_ended() {
    let (ended, told) = tokio::sync::oneshot::channel();
    // A thread of its own: one of the runtime's would keep the program from ending.
    std::thread::spawn(move || {
        // A broken input has ended as well.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = ended.send(());
    });
    let _ = told.await;
}

fn show(address: &str) {
    if let Err(error) = open::that_detached(address) {
        eprintln!("no browser could be opened ({error}): open {address} in one");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_data_is_not_served_twice() {
        let data = tempfile::tempdir().expect("a folder");
        let first = hold(data.path()).expect("free");
        let error = hold(data.path()).expect_err("held").to_string();
        assert!(
            error.contains("another demo runs") && error.contains("--data"),
            "{error}"
        );
        drop(first);
        hold(data.path()).expect("free again");
    }

    #[test]
    fn a_taken_port_gives_way_to_any_free_one() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = taken.local_addr().expect("an address").port();
        assert_eq!(super::port("--port", None, port).expect("any"), 0);
    }

    #[test]
    fn a_taken_port_that_was_asked_for_is_named_with_its_option() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let error = super::port("--shop-port", Some(port), 0)
            .expect_err("taken")
            .to_string();
        assert!(
            error.contains(&format!("port {port} ")) && error.contains("with --shop-port"),
            "{error}"
        );
        assert_eq!(super::port("--port", Some(0), port).expect("any"), 0);
    }
}

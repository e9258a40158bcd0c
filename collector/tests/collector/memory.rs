//! What a request may cost in memory: any web page can send one. Linux tells.

use futures_util::future::join_all;
use reqwest::{Client, StatusCode};

use crate::process::Process;
use crate::support::gzip;

/// The most memory that a process has had, in MiB.
fn peak(process: &Process) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<usize>().unwrap() / 1024
}

/// Each body is a few KB on the wire, 12 MB of text and four million events, of which none is one.
#[tokio::test]
async fn small_bodies_that_inflate_do_not_fill_the_memory() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path());
    let body = gzip(format!("[{}{{}}]", "{},".repeat(4_000_000)).as_bytes());
    assert!(body.len() < 200_000, "{}", body.len());
    let client = Client::new();
    let requests = (0..4).map(|_| {
        let url = format!("{}/e/", process.base);
        client.post(url).body(body.clone()).send()
    });
    for response in join_all(requests).await {
        assert_eq!(response.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    let peak = peak(&process);
    assert!(peak < 300, "{peak} MiB");
}

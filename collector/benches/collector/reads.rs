//! Reading a large environment.
//!
//! Knows what a page and a script ask for most. Must never write.

use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use backstitch_collector::query::{EventFilter, Reader};

use super::load::read_answer;

/// How often each is asked.
const TIMES: usize = 300;

/// What was asked, and the seconds each time took.
pub fn measure(address: &str, directory: &Path) -> Vec<(String, Vec<f64>)> {
    let mut measured = vec![("latest 100, the query".to_owned(), latest(directory))];
    for (name, path) in [
        ("latest 100, over HTTP", "/api/dev/events?internal=true"),
        ("100 of one name", "/api/dev/events?event=add_to_basket"),
        (
            "100 of one id",
            "/api/dev/events?distinct_id=user_500&internal=true",
        ),
        ("event names", "/api/dev/names"),
        ("chart", "/api/dev/counts?internal=true"),
        (
            "text that is nowhere, one step",
            "/api/dev/events?text=no-such-text&internal=true",
        ),
    ] {
        measured.push((name.to_owned(), asked(address, path)));
    }
    measured
}

/// The query alone, as the API's thread runs it.
fn latest(directory: &Path) -> Vec<f64> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .expect("a runtime");
    let reader = Reader::new(directory.join("dev.db"));
    let filter = EventFilter {
        internal: true,
        ..EventFilter::default()
    };
    let read = || {
        let began = Instant::now();
        let page = runtime.block_on(reader.events(filter.clone()));
        let seconds = began.elapsed().as_secs_f64();
        assert_eq!(page.expect("a page").events.len(), 100);
        seconds
    };
    read();
    (0..TIMES).map(|_| read()).collect()
}

fn asked(address: &str, path: &str) -> Vec<f64> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut answers = BufReader::new(stream.try_clone().expect("its other side"));
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut ask = || {
        let began = Instant::now();
        stream.write_all(request.as_bytes()).expect("a request");
        assert!(read_answer(&mut answers) > 0);
        began.elapsed().as_secs_f64()
    };
    ask();
    (0..TIMES).map(|_| ask()).collect()
}

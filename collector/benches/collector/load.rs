//! The load: connections that stay open, each sending one batch after the other.
//!
//! Knows HTTP as far as it takes to send a body and to read a status. Requests are made before the
//! clock runs, so that sending costs the machine little. Must never know what is in a body.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::events;
use super::process::API_KEY;
use super::statistics::quantile;

/// Connections at once.
pub const CONNECTIONS: usize = 50;

/// Events of a request.
pub const BATCH: usize = 100;

/// What a load has shown. Times are seconds of a request, from its first byte to its answer.
pub struct Stored {
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
}

/// Requests with these events, ready to be sent.
pub fn requests(first: usize, events: usize) -> Vec<Vec<u8>> {
    let batches = (first..first + events).collect::<Vec<_>>();
    batches.chunks(BATCH).map(request).collect()
}

fn request(numbers: &[usize]) -> Vec<u8> {
    let mut body = format!(r#"{{"api_key":"{API_KEY}","batch":["#);
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        events::write(&mut body, *number);
    }
    body.push_str("]}");
    let head = format!(
        "POST /batch/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

/// Sends all requests and waits for all answers, which must be 200.
pub fn run(address: &str, requests: &[Vec<u8>]) -> Stored {
    let next = AtomicUsize::new(0);
    let start = Barrier::new(CONNECTIONS + 1);
    let (seconds, mut times) = std::thread::scope(|scope| {
        let connections: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| connection(address, requests, &next, &start)))
            .collect();
        start.wait();
        let began = Instant::now();
        let times: Vec<f64> = connections
            .into_iter()
            .flat_map(|connection| connection.join().expect("a connection"))
            .collect();
        (began.elapsed().as_secs_f64(), times)
    });
    assert_eq!(times.len(), requests.len());
    Stored {
        per_second: (requests.len() * BATCH) as f64 / seconds,
        p50: quantile(&mut times, 0.5),
        p99: quantile(&mut times, 0.99),
    }
}

fn connection(
    address: &str,
    requests: &[Vec<u8>],
    next: &AtomicUsize,
    start: &Barrier,
) -> Vec<f64> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut answers = BufReader::new(stream.try_clone().expect("its other side"));
    let mut times = Vec::new();
    start.wait();
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let began = Instant::now();
        stream.write_all(request).expect("a request is sent");
        read_answer(&mut answers);
        times.push(began.elapsed().as_secs_f64());
    }
    times
}

/// Reads one answer to its end.
pub fn read_answer(answers: &mut BufReader<TcpStream>) -> usize {
    let mut length = 0;
    let mut line = String::new();
    answers.read_line(&mut line).expect("a status line");
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    loop {
        line.clear();
        answers.read_line(&mut line).expect("a header");
        if line == "\r\n" {
            break;
        }
        let (name, value) = line.split_once(':').expect("a header");
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    answers.read_exact(&mut body).expect("a body");
    length
}

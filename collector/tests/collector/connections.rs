//! What one client may take: heads, time and connections; and how connections end.

use std::time::Duration;

use backstitch_collector::config::Limits;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Collector, batch, event};

/// A limit that is over soon, for connections that are to be closed.
const SOON: Duration = Duration::from_millis(200);

async fn start(limits: Limits) -> Collector {
    Collector::start_as(|config| config.limits = limits).await
}

async fn connect(collector: &Collector) -> TcpStream {
    let address = collector.base.strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Far more than anything here takes; a test that waits for longer has failed.
const LONG: Duration = Duration::from_secs(20);

/// Reads up to the end of the connection.
async fn rest(mut connection: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end too: the server does not read what it has refused.
    let read = timeout(LONG, connection.read_to_end(&mut text)).await;
    assert!(read.is_ok(), "the connection does not end");
    String::from_utf8(text).unwrap()
}

/// Reads up to a piece of text.
async fn read_until(connection: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.contains(end) {
        let mut bytes = [0; 4096];
        let read = timeout(LONG, connection.read(&mut bytes)).await;
        let length = read.expect("something comes").unwrap();
        assert_ne!(length, 0, "the connection ended after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
    }
    text
}

fn get(path: &str, port: u16) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")
}

#[tokio::test]
async fn a_head_of_too_many_bytes_or_headers_is_refused() {
    let collector = start(Limits::default()).await;
    let long = format!("X-Long: {}\r\n", "x".repeat(70_000));
    let many: String = (0..101).map(|n| format!("X-{n}: y\r\n")).collect();
    for headers in [long, many] {
        for path in ["/e/", "/api/environments"] {
            let mut connection = connect(&collector).await;
            let head = format!("POST {path} HTTP/1.1\r\n{headers}\r\n");
            connection.write_all(head.as_bytes()).await.unwrap();
            let answer = read_until(&mut connection, "\r\n").await;
            assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let head = SOON;
    let collector = start(Limits {
        head,
        ..Limits::default()
    })
    .await;
    for begin in ["", "POST /e/ HTTP/1.1\r\nHost: x\r\n"] {
        let mut connection = connect(&collector).await;
        connection.write_all(begin.as_bytes()).await.unwrap();
        assert_eq!(rest(connection).await, "", "{begin:?}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_the_connection() {
    let body = SOON;
    let collector = start(Limits {
        body,
        ..Limits::default()
    })
    .await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9";
    for path in ["/login", "/e/"] {
        let mut connection = connect(&collector).await;
        let port = collector.port();
        let head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{form}\r\n\r\ntoken");
        connection.write_all(head.as_bytes()).await.unwrap();
        let answer = rest(connection).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}

#[tokio::test]
async fn a_connection_that_idles_ends_and_a_stream_does_not() {
    let head = SOON;
    let collector = start(Limits {
        head,
        ..Limits::default()
    })
    .await;
    let mut stream = connect(&collector).await;
    let request = get("/api/dev/stream", collector.port());
    stream.write_all(request.as_bytes()).await.unwrap();
    read_until(&mut stream, "\"last_seq\":0").await;

    let mut idle = connect(&collector).await;
    let request = get("/api/dev/names", collector.port());
    for _ in 0..2 {
        idle.write_all(request.as_bytes()).await.unwrap();
        read_until(&mut idle, "{\"names\":[]}").await;
    }
    // Ends after the stream has been quiet for as long.
    assert_eq!(rest(idle).await, "");
    collector
        .accept(&batch(json!([event("e", "u", json!({}))])))
        .await;
    read_until(&mut stream, "\"last_seq\":1").await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_others_to_end() {
    let connections = 2;
    let collector = start(Limits {
        connections,
        ..Limits::default()
    })
    .await;
    let request = get("/api/dev/names", collector.port());
    let mut open = Vec::new();
    for _ in 0..connections {
        let mut connection = connect(&collector).await;
        connection.write_all(request.as_bytes()).await.unwrap();
        read_until(&mut connection, "{\"names\":[]}").await;
        open.push(connection);
    }
    let mut waiting = connect(&collector).await;
    waiting.write_all(request.as_bytes()).await.unwrap();
    // The server is up and answers others meanwhile, but not this one.
    open[0].write_all(request.as_bytes()).await.unwrap();
    read_until(&mut open[0], "{\"names\":[]}").await;
    let error = waiting.try_read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    drop(open.pop());
    read_until(&mut waiting, "{\"names\":[]}").await;
}

#[tokio::test]
async fn a_stop_finishes_the_request_that_is_under_way() {
    let collector = Collector::start().await;
    let body = batch(json!([event("e", "u", json!({}))])).to_string();
    let (first, second) = body.split_at(body.len() / 2);
    let mut idle = connect(&collector).await;
    idle.write_all(get("/api/dev/names", collector.port()).as_bytes())
        .await
        .unwrap();
    read_until(&mut idle, "{\"names\":[]}").await;
    let mut sending = connect(&collector).await;
    let length = body.len();
    let head = format!(
        "POST /e/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    );
    sending.write_all(head.as_bytes()).await.unwrap();
    // So that it is known to be under way.
    read_until(&mut sending, "100 Continue\r\n\r\n").await;
    sending.write_all(first.as_bytes()).await.unwrap();

    let stopped = tokio::spawn(collector.stop());
    assert_eq!(rest(idle).await, "", "an idle connection holds up no stop");
    sending.write_all(second.as_bytes()).await.unwrap();
    let answer = rest(sending).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let data = stopped.await.unwrap();
    let collector = Collector::start_on(data).await;
    assert_eq!(collector.events("dev").await.len(), 1);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let grace = SOON;
    let collector = start(Limits {
        grace,
        ..Limits::default()
    })
    .await;
    let mut sending = connect(&collector).await;
    let head = "POST /e/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    sending.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut sending, "100 Continue\r\n\r\n").await;
    collector.stop().await;
    assert_eq!(rest(sending).await, "");
}

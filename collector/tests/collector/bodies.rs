//! Bodies that do not arrive whole: the client learns why, if it is still there, and the log does.

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Collector;

const BEGINNING: &str =
    "POST /e/ HTTP/1.1\r\nHost: collector\r\nContent-Length: 100\r\n\r\n{\"event\":";

/// Sends less than was announced.
async fn cut_short(collector: &Collector) -> TcpStream {
    let mut connection = TcpStream::connect(("127.0.0.1", collector.port()))
        .await
        .unwrap();
    connection.write_all(BEGINNING.as_bytes()).await.unwrap();
    connection
}

#[tokio::test]
async fn a_body_that_ends_early_is_refused() {
    let collector = Collector::start().await;
    let mut connection = cut_short(&collector).await;
    connection.shutdown().await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(
        answer.contains("failed to read the request body"),
        "{answer}"
    );
    assert_eq!(collector.refusals().await.len(), 1);
}

#[tokio::test]
async fn a_client_that_is_gone_leaves_a_refusal_behind() {
    let collector = Collector::start().await;
    drop(cut_short(&collector).await);
    let refusal = loop {
        if let Some(refusal) = collector.refusals().await.pop() {
            break refusal;
        }
    };
    assert_eq!(refusal["status"], 400);
    let reason = refusal["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("failed to read the request body"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_client_that_sends_too_much_gets_its_answer_all_the_same() {
    let collector = Collector::start().await;
    let body = vec![b' '; 16 * 1024 * 1024];
    let response = collector.post("/e/", body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let text = response.text().await.unwrap();
    assert!(text.contains("length limit exceeded"), "{text}");
}

//! The program as operators run it.

mod explain;
mod mtls;
mod registration;
mod serve;
mod tls;

use std::time::Duration;

use serde_json::Value;

use crate::support::process::Node;

/// The log's lines with this message.
fn lines(node: &Node, message: &str) -> Vec<Value> {
    let logged = node.logged();
    let lines = logged.lines().filter_map(|line| serde_json::from_str(line).ok());
    lines.filter(|line: &Value| line["message"] == message).collect()
}

/// Waits for as many lines with this message; the last of them.
async fn logged(node: &Node, message: &str, count: usize) -> Value {
    for _ in 0..1_000 {
        if let Some(line) = lines(node, message).get(count - 1) {
            return line.clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {message} in {}", node.logged());
}

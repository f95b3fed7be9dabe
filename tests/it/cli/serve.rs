//! Signals to a server that runs.

use std::time::Duration;

use serde_json::Value;

use crate::support::process::{Node, client};
use crate::support::server::Backend;

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

async fn ask(node: &Node) {
    let answer = client().get(format!("{}/health/live", node.url)).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
}

const READ: &str = "the configuration was read again";
const UNREADABLE: &str = "the configuration cannot be read again; the log level stays";

#[tokio::test]
async fn hanging_up_takes_the_log_level_again() {
    let node = Node::new(Backend::Sqlite).expect("SQLite is always there");
    node.configure(
        "level = \"warn\"\nformat = \"text\"",
        "level = \"error\"\nformat = \"json\"",
    );
    let serving = node.serve().await;
    ask(&node).await;
    assert!(
        !node.logged().contains("\"level\":"),
        "nothing failed: {}",
        node.logged()
    );

    node.configure("level = \"error\"", "level = \"info\"");
    serving.hang_up();
    let line = logged(&node, READ, 1).await;
    assert_eq!((&line["level"], &line["log_level"]), (&"INFO".into(), &"info".into()));
    ask(&node).await;

    // What cannot be read changes nothing, and stops nothing.
    node.configure("[log]\nlevel = \"info\"", "[log]\nlevle = \"debug\"");
    serving.hang_up();
    let line = logged(&node, UNREADABLE, 1).await;
    assert_eq!(line["level"], "ERROR");
    let error = line["error"].as_str().expect("an error");
    assert!(error.contains("did you mean `level`?"), "{error}");
    ask(&node).await;
    assert!(lines(&node, "request").is_empty());

    node.configure("levle", "level");
    serving.hang_up();
    logged(&node, READ, 2).await;
    ask(&node).await;
    assert_eq!(logged(&node, "request", 1).await["level"], "DEBUG");
}

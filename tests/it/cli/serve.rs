//! Signals to a server that runs.

use super::{lines, logged};
use crate::support::process::{Node, client};
use crate::support::server::Backend;

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

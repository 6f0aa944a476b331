//! A platform of Kong moves: its file is imported, applied, and called with the credentials that its consumers have.

mod calls;
mod people;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::echo;
use crate::node::Node;
use crate::process::{command, output, words};

/// Services, routes and plugins; the consumers are put behind them.
const SHOP: &str = include_str!("shop.yaml");
const OWNER: &str = "gateway@shop.test";

/// The file of Kong, converted in a folder, with the variables that its declaration names.
struct Moved {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Moved {
    async fn new() -> Self {
        let upstream = echo::start().await;
        let folder = tempfile::tempdir().unwrap();
        let consumers: Value = (0..people::MANY)
            .map(|number| people::Consumer(number).declared())
            .collect();
        let file = format!("{SHOP}\nconsumers: {consumers}\n");
        std::fs::write(folder.path().join("kong.yaml"), file).unwrap();
        let mut import = command(folder.path());
        import.args(["import", "kong", "kong.yaml", "--output", "gatehouse.yaml"]);
        import.args(["--secrets", "gatehouse.env"]);
        let ended = output(import);
        let said = words(&ended);
        assert!(ended.status.success(), "{said}");
        check_report(&said);
        let mut variables = variables(&folder.path().join("gatehouse.env"));
        variables.push(("DECK_UPSTREAM".to_owned(), upstream.to_string()));
        variables.push(("APPLICATIONS_OWNER".to_owned(), OWNER.to_owned()));
        Self { folder, variables }
    }

    fn command(&self) -> Command {
        let mut command = command(self.folder.path());
        command.envs(self.variables.iter().cloned());
        command
    }

    /// Runs a command that must succeed.
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = self.command();
        command.args(arguments);
        let ended = output(command);
        let said = words(&ended);
        assert!(ended.status.success(), "{arguments:?}: {said}");
        said
    }
}

/// The report names what somebody must look at, and nothing else.
fn check_report(said: &str) {
    let (left_out, rest) = said.split_once("approximated (").unwrap();
    let left_out: Vec<&str> = left_out
        .lines()
        .filter(|line| line.starts_with("  "))
        .collect();
    let expected = [
        "services[19] (status).plugins[1] (http-log): requests are logged by the gateway",
        "plugins[2] (prometheus): metrics are at `/metrics`",
    ];
    assert_eq!(left_out.len(), expected.len(), "{left_out:#?}");
    for wanted in expected {
        assert!(
            left_out.iter().any(|line| line.contains(wanted)),
            "{wanted}: {left_out:#?}"
        );
    }
    assert!(
        rest.contains(
            "services[4] (hooks).plugins[0] (hmac-auth): signatures are those of RFC 9421"
        )
    );
    assert!(rest.ends_with("left out\n"), "{rest}");
}

/// The lines `NAME='value'` of a file.
fn variables(file: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(file).unwrap();
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap();
        (name.to_owned(), value.trim_matches('\'').to_owned())
    };
    text.lines().map(pair).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_of_kong_is_called_without_a_database() {
    let moved = Moved::new().await;
    assert!(
        moved
            .run(&["lint", "gatehouse.yaml"])
            .contains("nothing is wrong with it")
    );
    let mut start = moved.command();
    start.args(["gateway", "--declaration", "gatehouse.yaml"]);
    let node = Node::start(start).await;
    calls::everything(&node).await;
    let (status, _) = node.stop();
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_of_kong_is_called_with_a_database() {
    let moved = Moved::new().await;
    moved.run(&["migrate"]);
    let said = moved.run(&["apply", "--yes", "gatehouse.yaml"]);
    assert!(said.contains("applied as revision"), "{said}");
    // what was applied is what is there
    let again = moved.run(&["apply", "--yes", "gatehouse.yaml"]);
    assert!(
        again.contains("0 to create, 0 to update, 0 to delete"),
        "{again}"
    );
    let mut start = moved.command();
    start.arg("gateway");
    let node = Node::start(start).await;
    calls::everything(&node).await;
    let (status, _) = node.stop();
    assert!(status.success());
}

//! `device`: a program that shows a code, and its person elsewhere.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::installation;
use crate::support::browser::Browser;
use crate::support::installation::Installation;
use crate::support::program::example;
use crate::support::relying_party::{agree, claims, log_in};

/// The running example, with where the person goes, and the code.
fn start(installation: &Installation) -> (Child, BufReader<impl Read>, [String; 2]) {
    let mut command = Command::new(example("device"));
    let command = command.args(["--issuer", &installation.issuer]).stdout(Stdio::piped());
    let mut device = command.spawn().unwrap();
    let mut output = BufReader::new(device.stdout.take().unwrap());
    let mut lines = [String::new(), String::new()];
    for line in &mut lines {
        output.read_line(line).unwrap();
    }
    let (address, code) = lines[0]
        .trim()
        .strip_prefix("open ")
        .unwrap()
        .split_once(" and type ")
        .unwrap();
    assert_eq!(lines[1].trim(), format!("or read {address}?user_code={code}"));
    let shown = [address.to_owned(), code.to_owned()];
    (device, output, shown)
}

#[tokio::test]
async fn a_device_is_approved_in_a_browser() {
    let installation = installation(&[]);
    let (mut device, mut output, [address, code]) = start(&installation);
    let mut browser = Browser::new();
    let page = browser.get(&address).await;
    let page = browser.submit(page.form().set("user_code", &code)).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert!(page.body.contains("Television"), "{}", page.body);
    let page = browser.submit_with(page.form(), "decision", "allow").await;
    let page = agree(&mut browser, page).await;
    assert_eq!(page.page().as_deref(), Some("notice"), "{}", page.body);
    let mut printed = String::new();
    output.read_to_string(&mut printed).unwrap();
    assert!(device.wait().unwrap().success());
    let tokens: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["aud"], json!("television"));
    assert!(tokens["refresh_token"].is_string(), "{tokens}");
}

#[tokio::test]
async fn a_device_that_is_not_at_hand_gets_nothing() {
    let installation = installation(&[]);
    let (mut device, _output, [address, code]) = start(&installation);
    let mut browser = Browser::new();
    let page = browser.get(&format!("{address}?user_code={code}")).await;
    let page = browser.submit(page.form()).await;
    let page = log_in(&mut browser, page, "alice").await;
    browser.submit_with(page.form(), "decision", "deny").await;
    assert!(!device.wait().unwrap().success());
}

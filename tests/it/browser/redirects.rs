//! Answers by redirect: to another origin, and to a private scheme.

use std::time::Duration;

use super::{DESKTOP, PATIENCE, PHONE, Window, address, press, server, shop, sign_in, start, without_scripts};
use crate::support::webdriver::Chromium;

/// From an application to its callback, with a code that can be redeemed, and no complaint of the browser's.
async fn journey(window: Window) {
    let Some((chromium, application)) = start(window).await else {
        return;
    };
    let callback = application.at("/callback");
    let server = server(&callback).await;
    let rp = shop(&server, &callback);
    sign_in(&chromium, &server, &address(&rp, None)).await;
    press(&chromium, "#allow").await;
    let (how, received) = application.received(&chromium).await;
    assert!(how == "get" && application.is_shown(&chromium).await);
    let value = |name: &str| {
        received
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(
        (value("state"), value("iss")),
        (Some("st&te".to_owned()), Some(server.issuer.clone()))
    );
    let answer = rp.redeem(&value("code").unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
    application.stop().await;
    chromium.close().await;
}

#[actix_web::test]
async fn a_telephone_comes_back_with_a_code() {
    journey(PHONE).await;
}

#[actix_web::test]
async fn a_telephone_without_scripts_comes_back_with_a_code() {
    journey(without_scripts(PHONE)).await;
}

#[actix_web::test]
async fn a_desktop_comes_back_with_a_code() {
    journey(DESKTOP).await;
}

#[actix_web::test]
async fn a_desktop_without_scripts_comes_back_with_a_code() {
    journey(without_scripts(DESKTOP)).await;
}

#[actix_web::test]
async fn a_person_who_says_no_comes_back_too() {
    let Some((chromium, application)) = start(PHONE).await else {
        return;
    };
    let callback = application.at("/callback");
    let server = server(&callback).await;
    sign_in(&chromium, &server, &address(&shop(&server, &callback), None)).await;
    press(&chromium, "#deny").await;
    let (_, received) = application.received(&chromium).await;
    assert!(
        received.contains(&("error".to_owned(), "access_denied".to_owned())),
        "{received:?}"
    );
    application.stop().await;
    chromium.close().await;
}

const PRIVATE: &str = "com.example.app:/callback";

/// Waits until the browser either set out for a private scheme or complained that it must not.
async fn tried(chromium: &Chromium) -> Result<String, String> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < deadline {
        let mut addresses = chromium.set_out_for().await.into_iter();
        if let Some(address) = addresses.find(|address| address.starts_with(PRIVATE)) {
            return Ok(address);
        }
        let complaints = chromium.complaints().await.concat();
        if complaints.contains("Content Security Policy") {
            return Err(complaints);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the browser never tried {PRIVATE}");
}

async fn private_scheme(window: Window) {
    let Some((chromium, application)) = start(window).await else {
        return;
    };
    // What a policy that forbids it looks like.
    chromium.client.goto(&application.at("/confined")).await.unwrap();
    press(&chromium, "#submit").await;
    tried(&chromium).await.unwrap_err();

    let server = server(PRIVATE).await;
    sign_in(&chromium, &server, &address(&shop(&server, PRIVATE), None)).await;
    press(&chromium, "#allow").await;
    let address = tried(&chromium).await.unwrap();
    assert!(address.starts_with("com.example.app:/callback?code="), "{address}");
    application.stop().await;
    chromium.close().await;
}

#[actix_web::test]
async fn a_private_scheme_is_not_held_up() {
    private_scheme(PHONE).await;
}

#[actix_web::test]
async fn a_private_scheme_is_not_held_up_without_scripts() {
    private_scheme(without_scripts(PHONE)).await;
}

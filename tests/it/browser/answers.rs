//! Answers by a form that posts itself (OAuth 2.0 Form Post Response Mode), or by a button where scripts do not run.

use super::{DESKTOP, PHONE, Window, address, find, press, server, shop, sign_in, start, without_scripts};

async fn form_post(window: Window) {
    let Some((chromium, application)) = start(window).await else {
        return;
    };
    let callback = application.at("/callback");
    let server = server(&callback).await;
    let rp = shop(&server, &callback);
    sign_in(&chromium, &server, &address(&rp, Some(("response_mode", "form_post")))).await;
    press(&chromium, "#allow").await;
    if !window.javascript {
        find(&chromium, "[data-page=form-post]").await;
        assert!(!application.is_shown(&chromium).await);
        press(&chromium, "#continue").await;
    }
    let (how, received) = application.received(&chromium).await;
    assert_eq!(how, "post");
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
    assert_eq!(rp.redeem(&value("code").unwrap()).await.status, 200);
    // Nothing of it is in the address.
    assert_eq!(chromium.client.current_url().await.unwrap().as_str(), callback);
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
    application.stop().await;
    chromium.close().await;
}

#[actix_web::test]
async fn a_form_posts_itself() {
    form_post(DESKTOP).await;
}

#[actix_web::test]
async fn a_form_is_posted_by_its_button() {
    form_post(without_scripts(PHONE)).await;
}

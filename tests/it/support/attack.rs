//! What an attacker sends that a browser would not: chosen headers beside a victim's cookies, forms posted elsewhere.

use reqwest::header::LOCATION;
use url::Url;

use super::browser::Browser;
use super::cookies::Sender;
use super::page::{Form, Page};

/// Posts a form's fields and its first button with the browser's cookies and these headers, and follows nothing.
pub(crate) async fn post(browser: &Browser, form: &Form, headers: &[(&str, &str)]) -> Page {
    let fields: Vec<(String, String)> = form.fields().into_iter().chain(form.default_button()).collect();
    post_fields(browser, &form.action, &fields, headers).await
}

/// Posts these fields with the browser's cookies and these headers, and follows nothing.
pub(crate) async fn post_fields(
    browser: &Browser,
    url: &Url,
    fields: &[(String, String)],
    headers: &[(&str, &str)],
) -> Page {
    send(browser, client().post(url.clone()).form(fields), url, headers).await
}

/// Posts a body of any type with the browser's cookies, and follows nothing.
pub(crate) async fn post_body(browser: &Browser, url: &Url, (kind, body): (&str, String)) -> Page {
    send(
        browser,
        client().post(url.clone()).body(body),
        url,
        &[("content-type", kind)],
    )
    .await
}

/// Opens an address with the browser's cookies and follows nothing.
pub(crate) async fn get(browser: &Browser, url: &Url) -> Page {
    send(browser, client().get(url.clone()), url, &[]).await
}

fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.no_proxy().build().expect("an HTTP client is built")
}

async fn send(browser: &Browser, request: reqwest::RequestBuilder, url: &Url, headers: &[(&str, &str)]) -> Page {
    let mut request = request;
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(cookies) = browser.cookies.header(url, Sender::SameSite) {
        request = request.header("cookie", cookies);
    }
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    assert!(status < 500, "{status} at {url}");
    let location = headers.get(LOCATION).map(|to| {
        url.join(to.to_str().expect("a location is text"))
            .expect("a location is an address")
    });
    let body = response.text().await.expect("a body");
    Page {
        status,
        url: url.clone(),
        headers,
        body,
        location,
    }
}

/// Asserts that this is our error page of this class, and that it leads nowhere.
#[track_caller]
pub(crate) fn assert_error_page(page: &Page, class: &str) {
    assert_eq!(page.location, None, "{class}");
    assert_eq!(page.error_class().as_deref(), Some(class), "{} {}", page.url, page.body);
    assert_eq!(page.page().as_deref(), Some("error"));
    let status = match class {
        "cross_site" => 403,
        "not_found" | "link_gone" => 404,
        _ => 400,
    };
    assert_eq!(page.status, status, "{class}");
    assert!(!page.body.contains("cs_ac_"));
}

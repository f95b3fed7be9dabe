//! Every page, in both languages, light and dark, on a desktop and a telephone, is given to axe-core: it finds nothing
//! against WCAG 2.2 AA. No page is heavier than 60 kB with its styles.

use std::path::PathBuf;

use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

use super::{DESKTOP, PHONE};
use crate::support::require;
use crate::support::webdriver::{Chromium, Window};
use countersign::pages::{Engine, Sample, samples, static_file};

/// The most that a page, its styles, its scripts and its picture weigh together.
const HEAVIEST: usize = 60_000;

const RULES: &str = "const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then(
      (found) => done(found.violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html).join(' | '))),
      (error) => done(['axe failed: ' + error]));";

/// The script of axe-core, where it is installed.
#[expect(
    clippy::disallowed_methods,
    reason = "where the test run keeps other people's scripts"
)]
fn axe() -> Option<String> {
    let folder = std::env::var("COUNTERSIGN_TEST_CLIENTS").unwrap_or_default();
    let file = PathBuf::from(folder).join("node_modules/axe-core/axe.min.js");
    let script = std::fs::read_to_string(file).ok();
    if script.is_none() {
        require::skip_or_fail("node", "axe-core is not installed");
    }
    script
}

/// Whether pictures of all pages are wanted, to be looked at.
fn is_to_be_pictured() -> bool {
    std::env::var_os("COUNTERSIGN_TEST_SCREENSHOTS").is_some()
}

fn pages() -> Vec<Sample> {
    let engine = Engine::new("Example Works", "").expect("the templates are read");
    let mut samples = samples(&engine);
    samples.retain(|sample| sample.page != "mail");
    samples
}

async fn sample(number: web::Path<usize>, pages: web::Data<Vec<String>>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(pages.get(*number).cloned().unwrap_or_default())
}

async fn asset(path: web::Path<String>) -> HttpResponse {
    match static_file(&path) {
        Some(file) => HttpResponse::Ok()
            .content_type(file.content_type)
            .body(file.bytes.into_owned()),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn none() -> HttpResponse {
    HttpResponse::Ok().body("none")
}

/// Serves the samples, each below its number, and what they load; the address.
fn serve(pages: Vec<String>) -> String {
    let pages = web::Data::new(pages);
    let app = move || {
        App::new()
            .app_data(pages.clone())
            .route("/{number}", web::get().to(sample))
            .route("/static/{path:.*}", web::get().to(asset))
            // Passkeys are not offered without options, and nothing is left behind for them.
            .route("/interaction/{path:.*}", web::post().to(none))
            .route("/a-long-path/of-the-issuer/static/{path:.*}", web::get().to(asset))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0));
    let server = server.expect("a port is free");
    let address = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    address
}

async fn found(chromium: &Chromium, script: &str, address: &str) -> Vec<Value> {
    let client = &chromium.client;
    client.goto(address).await.expect("a sample is shown");
    client.execute(script, Vec::new()).await.expect("axe-core is loaded");
    let found = client.execute_async(RULES, Vec::new()).await.expect("axe-core ran");
    found.as_array().cloned().unwrap_or_default()
}

#[actix_web::test]
async fn axe_finds_nothing_on_any_page() {
    let Some(axe) = axe() else { return };
    let samples = pages();
    // A form that sends itself would leave the sample behind.
    let rendered = samples.iter().map(|sample| {
        let html = sample.rendered.clone().expect("a sample is rendered");
        html.replace(" data-send-at-once", "")
    });
    let address = serve(rendered.collect());
    let dark = Window { dark: true, ..PHONE };
    let narrow = Window { width: 360, ..dark };
    let mut complaints = Vec::new();
    let pictured = is_to_be_pictured();
    for window in [DESKTOP, narrow] {
        let Some(chromium) = Chromium::start(window).await else {
            return;
        };
        for (number, sample) in samples.iter().enumerate() {
            let found = found(&chromium, &axe, &format!("{address}/{number}")).await;
            if pictured {
                let page = sample.template.replace('/', "-").replace(".html", "");
                let name = format!("{page}-{}-{}-{}", sample.variant, sample.lang, window.width);
                chromium.screenshot(&name).await;
            }
            if !found.is_empty() {
                let (template, variant, lang) = (sample.template, sample.variant, sample.lang);
                complaints.push(
                    json!({ "page": template, "variant": variant, "lang": lang, "dark": window.dark, "found": found }),
                );
            }
        }
        chromium.close().await;
    }
    assert_eq!(complaints, Vec::<Value>::new());
}

#[test]
fn no_page_is_heavy() {
    for sample in pages() {
        let html = sample.rendered.expect("a sample is rendered");
        let loaded = html.split(['"', '\'']).filter(|part| part.contains("/static/"));
        let mut weight = html.len();
        for address in loaded {
            let path = address.split("/static/").nth(1).unwrap_or_default();
            weight += static_file(path).map_or(0, |file| file.bytes.len());
        }
        assert!(weight <= HEAVIEST, "{} {}: {weight}", sample.template, sample.variant);
    }
}

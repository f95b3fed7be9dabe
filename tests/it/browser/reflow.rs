//! Pages in narrow windows: nothing has to be scrolled sideways (WCAG 2.2, 1.4.10), however long names are.

use serde_json::Value;

use super::{DESKTOP, address, enrol, find, log_in, press, shop};
use crate::support::directory::{DIRECTORY, PASSWORD, SECRET};
use crate::support::server::with_directory;
use crate::support::webdriver::Chromium;

/// A desktop's window at 200 %, a telephone, and the narrowest that pages are made for, each with its scale.
const WINDOWS: [((u32, u32), u32); 3] = [((640, 360), 2), ((360, 740), 3), ((320, 640), 2)];

const CALLBACK: &str = "https://arbeitszeiterfassung.lohnabrechnung.donaudampfschifffahrt.example.com/callback";

/// What sticks out of the window that the page is shown in.
const STICKS_OUT: &str = "const width = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll('body, body *')].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return left < -0.5 || right > width + 0.5;
    });
    return [innerWidth, document.documentElement.scrollWidth - width, out.map((element) => element.outerHTML.slice(0, 80))];";

async fn assert_fits(chromium: &Chromium, page: &str) {
    find(chromium, &format!("[data-page={page}]")).await;
    for ((width, height), scale) in WINDOWS {
        chromium.resize((width, height), scale).await;
        let found = chromium.client.execute(STICKS_OUT, Vec::new()).await;
        let expected = Value::from(vec![width.into(), 0.into(), Value::Array(Vec::new())]);
        assert_eq!(found.expect("a script runs"), expected, "{page} in {width} by {height}");
    }
}

#[actix_web::test]
async fn pages_fit_into_narrow_windows() {
    let Some(chromium) = Chromium::start(DESKTOP).await else {
        return;
    };
    let client = format!(
        "[[clients]]\nclient_id = \"shop\"\nclient_secret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\n\
         client_name = \"Arbeitszeiterfassungs- und Lohnabrechnungsportal Süddeutschl\"\n\
         scope = \"openid profile\"\nrequired_acr = \"high\"\n"
    );
    let organisation = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk Regensburg-Stadtamhof";
    let directory = format!("{DIRECTORY}\n{client}").replace("Example Works", organisation);
    // The footer takes the organisation's name as it was when the server started.
    let server = with_directory(&directory).start().await.restart().await;
    let rp = shop(&server, CALLBACK);
    let address = address(&rp, None);

    log_in(&chromium, &address, "another password").await;
    find(&chromium, "[role=alert]").await;
    assert_fits(&chromium, "login").await;
    log_in(&chromium, &address, PASSWORD).await;
    assert_fits(&chromium, "enrol").await;
    enrol(&chromium, &server).await;
    assert_fits(&chromium, "consent").await;

    let cookies = chromium.client.delete_all_cookies();
    cookies.await.expect("it is another browser");
    server.advance(60);
    log_in(&chromium, &address, PASSWORD).await;
    assert_fits(&chromium, "challenge").await;
    let code = find(&chromium, "#code").await;
    code.send_keys("000000").await.expect("a code");
    press(&chromium, "#submit").await;
    find(&chromium, "[role=alert]").await;
    assert_fits(&chromium, "challenge").await;

    let unknown = address.replace("client_id=shop", "client_id=nobody");
    chromium.client.goto(&unknown).await.expect("an error page");
    assert_fits(&chromium, "error").await;
    chromium.close().await;
}

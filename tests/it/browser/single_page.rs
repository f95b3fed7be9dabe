//! A single-page application on npm's oidc-client-ts, on another origin: code + PKCE from scripts (CORS), silent renewal in a frame, the
//! session frame (Session Management 1.0), and logout.

use actix_web::dev::ServerHandle;
use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::json;

use super::{DESKTOP, PATIENCE, find, press};
use crate::clients::scripts::installed;
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::require;
use crate::support::server::{TestServer, with_directory};
use crate::support::webdriver::Chromium;

const LIBRARY: &str = "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js";
const PAGE: &str = "<!doctype html><html lang=en><title>Notes</title><body id=here><script src=/library.js></script>";

/// The application, a server that knows it, and a browser.
struct World {
    origin: String,
    server: TestServer,
    chromium: Chromium,
    handle: ServerHandle,
}

fn serve(library: &'static str) -> (String, ServerHandle) {
    let app = move || {
        App::new()
            .route(
                "/library.js",
                web::get().to(move || async move { HttpResponse::Ok().content_type("text/javascript").body(library) }),
            )
            .route("/favicon.ico", web::get().to(HttpResponse::NoContent))
            .default_service(
                web::get().to(|| async { HttpResponse::Ok().content_type(ContentType::html()).body(PAGE) }),
            )
    };
    let server = HttpServer::new(app).workers(1).disable_signals();
    let server = server.bind(("127.0.0.1", 0)).expect("a free port");
    let origin = format!("http://localhost:{}", server.addrs()[0].port());
    let running = server.run();
    let handle = running.handle();
    actix_web::rt::spawn(running);
    (origin, handle)
}

async fn start() -> Option<World> {
    let Some(library) = installed(LIBRARY) else {
        require::skip_or_fail("node", "the npm packages of tests/clients are not installed");
        return None;
    };
    let chromium = Chromium::start(DESKTOP).await?;
    let library = std::fs::read_to_string(library).expect("the library is read");
    let (origin, handle) = serve(library.leak());
    let client = format!(
        "[[clients]]\nclient_id = \"notes\"\nclient_name = \"Notes\"\ntoken_endpoint_auth_method = \"none\"\n\
         application_type = \"native\"\nredirect_uris = [\"{origin}/callback\", \"{origin}/silent\"]\n\
         post_logout_redirect_uris = [\"{origin}/out\"]\nscope = \"openid profile\"\nrequire_consent = false\n\
         id_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n"
    );
    let server = with_directory(&format!("{DIRECTORY}\n{client}")).named().start().await;
    Some(World {
        origin,
        server,
        chromium,
        handle,
    })
}

impl World {
    /// Runs a script of the application, which has its user manager as `manager`.
    async fn run(&self, script: &str) -> serde_json::Value {
        let settings = json!({
            "authority": self.server.issuer, "client_id": "notes", "scope": "openid profile",
            "redirect_uri": format!("{}/callback", self.origin), "silent_redirect_uri": format!("{}/silent", self.origin),
            "post_logout_redirect_uri": format!("{}/out", self.origin), "loadUserInfo": true,
            "automaticSilentRenew": false, "monitorSession": true, "checkSessionIntervalInSeconds": 1,
        });
        let prepared = format!("const manager = window.manager ??= new oidc.UserManager({settings});\n{script}");
        self.chromium.run(&prepared).await
    }

    async fn sign_in(&self) {
        let start = format!("{}/", self.origin);
        self.chromium.client.goto(&start).await.expect("the application");
        self.run("manager.signinRedirect(); return true;").await;
        let name = find(&self.chromium, "[data-page=login] #username").await;
        name.send_keys("alice").await.expect("a name");
        let password = find(&self.chromium, "#password").await;
        password.send_keys(PASSWORD).await.expect("a password");
        press(&self.chromium, "#submit").await;
        find(&self.chromium, "body#here").await;
        let user = self
            .run("const user = await manager.signinCallback(); return user.profile;")
            .await;
        assert_eq!(user["sub"], self.server.user("alice").to_string(), "{user}");
        assert_eq!(user["name"], "Alice Moreau", "from userinfo");
    }

    async fn stop(self) {
        assert_eq!(self.chromium.complaints().await, Vec::<String>::new());
        self.handle.stop(false).await;
        self.chromium.close().await;
    }
}

#[actix_web::test]
async fn a_page_signs_in_renews_silently_and_signs_out() {
    let Some(world) = start().await else { return };
    world.sign_in().await;
    // The frame's page is the application's own: it hands its address on.
    let renewal = "const before = (await manager.getUser()).access_token;\n\
                   const frames = setInterval(() => document.querySelectorAll('iframe').forEach((frame) => {\n\
                     try {\n\
                       if (frame.contentWindow.location.pathname === '/silent' && frame.contentWindow.oidc && !frame.done) {\n\
                         frame.done = true;\n\
                         new frame.contentWindow.oidc.UserManager(manager.settings).signinCallback();\n\
                       }\n\
                     } catch {}\n\
                   }), 50);\n\
                   const user = await manager.signinSilent();\n\
                   clearInterval(frames);\n\
                   return [user.profile.sub, user.access_token !== before];";
    let renewed = world.run(renewal).await;
    assert_eq!(renewed, json!([world.server.user("alice").to_string(), true]));
    world.run("manager.signoutRedirect(); return true;").await;
    let page = find(&world.chromium, "[data-page=logout] #confirm, body#here").await;
    if page.attr("id").await.expect("an attribute").as_deref() == Some("confirm") {
        press(&world.chromium, "#confirm").await;
        find(&world.chromium, "body#here").await;
    }
    let url = world.chromium.client.current_url().await.expect("an address");
    assert_eq!(url.path(), "/out");
    let gone = world
        .run("await manager.signoutCallback(); return await manager.getUser();")
        .await;
    assert_eq!(gone, serde_json::Value::Null);
    world.stop().await;
}

#[actix_web::test]
async fn a_page_notices_that_its_session_ended_elsewhere() {
    let Some(world) = start().await else { return };
    world.sign_in().await;
    world
        .run("manager.events.addUserSignedOut(() => document.body.dataset.ended = 'yes'); return true;")
        .await;
    let client = &world.chromium.client;
    let first = client.window().await.expect("a window");
    let second = client.new_window(true).await.expect("another tab").handle;
    client.switch_to_window(second).await.expect("the other tab");
    client
        .goto(&world.server.at("/oauth2/logout"))
        .await
        .expect("the logout page");
    press(&world.chromium, "#confirm").await;
    find(&world.chromium, "[data-page=signed-out]").await;
    client.switch_to_window(first).await.expect("the first tab");
    // The frame of the issuer sees the change, and the library asks whether anybody is signed in.
    client
        .wait()
        .at_most(PATIENCE)
        .for_element(fantoccini::Locator::Css("body[data-ended=yes]"))
        .await
        .expect("the page notices");
    world.stop().await;
}

//! An application on another origin, which shows what it is sent.

use actix_web::dev::ServerHandle;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType, LOCATION};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use fantoccini::Locator;
use url::Url;

use super::{Chromium, find};

/// A running application.
pub(super) struct Application {
    /// Its origin, on another host than the issuer's.
    pub(super) origin: String,
    handle: ServerHandle,
}

fn arrived(how: &str, received: &str) -> HttpResponse {
    let text = received.replace('&', "&amp;").replace('<', "&lt;");
    HttpResponse::Ok().content_type(ContentType::html()).body(format!(
        "<!doctype html><body data-arrived=\"{how}\"><p id=\"received\">{text}</p></body>"
    ))
}

async fn get(request: HttpRequest) -> HttpResponse {
    arrived("get", request.query_string())
}

async fn post(body: String) -> HttpResponse {
    arrived("post", &body)
}

/// A page whose policy forbids where its form leads.
async fn confined() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, "form-action 'self'"))
        .body("<!doctype html><form method=\"post\" action=\"/leave\"><button id=\"submit\">Leave</button></form>")
}

async fn leave() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, "com.example.app:/callback?code=x"))
        .finish()
}

impl Application {
    /// Serves it.
    pub(super) fn start() -> Self {
        let app = || {
            App::new()
                .service(web::resource("/callback").get(get).post(post))
                .route("/favicon.ico", web::get().to(HttpResponse::NoContent))
                .route("/confined", web::get().to(confined))
                .route("/leave", web::post().to(leave))
        };
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .bind(("127.0.0.1", 0))
            .expect("a free port");
        let origin = format!("http://localhost:{}", server.addrs()[0].port());
        let running = server.run();
        let handle = running.handle();
        actix_web::rt::spawn(running);
        Self { origin, handle }
    }

    /// An address of its own.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// What the browser brought, once it is back, and how.
    pub(super) async fn received(&self, chromium: &Chromium) -> (String, Vec<(String, String)>) {
        let how = find(chromium, "[data-arrived]")
            .await
            .attr("data-arrived")
            .await
            .expect("an attribute");
        let text = chromium.client.find(Locator::Id("received")).await.expect("what came");
        let text = text.text().await.expect("its text");
        (
            how.unwrap_or_default(),
            url::form_urlencoded::parse(text.as_bytes()).into_owned().collect(),
        )
    }

    /// Whether the browser is at this application.
    pub(super) async fn is_shown(&self, chromium: &Chromium) -> bool {
        let url = chromium.client.current_url().await.expect("an address");
        Url::parse(&self.origin).expect("an origin").origin() == url.origin()
    }

    /// Stops serving.
    pub(super) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

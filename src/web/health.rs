//! Is it alive, is it ready, what did it count.

use std::net::TcpListener;

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::error::{Fault, Result};
use crate::server::{Server, metrics};

/// The process answers.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

/// The database answers and keys are there.
pub(super) async fn ready(server: web::Data<Server>) -> HttpResponse {
    let looked = server.into_inner().read(|view| Ok(view.directory.keys.jwks())).await;
    let has_keys = looked.is_ok_and(|jwks| {
        jwks.get("keys")
            .and_then(|keys| keys.as_array())
            .is_some_and(|k| !k.is_empty())
    });
    if has_keys {
        HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
    } else {
        HttpResponse::ServiceUnavailable().json(serde_json::json!({ "status": "not ready" }))
    }
}

/// Serves the counters on an address of their own.
pub(super) fn metrics_server(listener: TcpListener) -> Result<actix_web::dev::Server> {
    let server = HttpServer::new(|| {
        let counters = || async {
            HttpResponse::Ok()
                .content_type("text/plain; version=0.0.4")
                .body(metrics::render())
        };
        App::new().route("/metrics", web::get().to(counters))
    });
    let listening = server.workers(1).disable_signals().listen(listener);
    Ok(listening
        .map_err(|error| Fault::from_error("listen for metrics", error))?
        .run())
}

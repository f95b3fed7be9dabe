//! The frame in which clients watch a browser's session. OpenID Connect Session Management 1.0 §3.2, §3.3.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::pages::static_address;
use crate::server::Server;
use crate::web::{cookies, respond};

const SCRIPT: &str = "js/check_session.js";
/// Every site may frame it: it shows nothing, and answers each with what that one knows already.
const POLICY: &str = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";

pub(in crate::web) async fn get(_request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let settings = &server.shared().settings;
    let Some(script) = static_address(SCRIPT).filter(|_| settings.logout.session_management) else {
        return respond::no_such_endpoint(None);
    };
    let (base, cookie) = (settings.issuer_path(), cookies::state_name(&server));
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Session</title>\n\
         <script id=\"check\" src=\"{base}{script}\" data-cookie=\"{cookie}\"></script>\n</head>\n<body></body>\n</html>\n"
    );
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(page)
}

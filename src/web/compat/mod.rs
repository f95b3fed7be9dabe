//! The paths of one big vendor's clients, served beside our own where `server.compat_salesforce_paths` says so: the same
//! endpoints, with the members that such clients look for in their answers.

mod identity;
mod revoke;
mod token;

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use url::Url;

use super::{cors, oauth};
use crate::crypto::digest::sha256;
use crate::server::Server;

/// Adds the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/services/oauth2/authorize", web::get().to(oauth::authorize::get))
        .route("/services/oauth2/authorize", web::post().to(oauth::authorize::post))
        .route("/services/oauth2/token", web::post().to(token::post))
        .route("/services/oauth2/revoke", web::post().to(revoke::post))
        .route(
            "/services/oauth2/token",
            web::method(Method::OPTIONS).to(cors::preflight),
        )
        .route(
            "/services/oauth2/revoke",
            web::method(Method::OPTIONS).to(cors::preflight),
        )
        .route("/services/oauth2/userinfo", web::get().to(identity::userinfo))
        .route("/services/oauth2/userinfo", web::post().to(identity::userinfo))
        .route("/id/{organisation}/{user}", web::get().to(identity::identity));
}

/// The name of the organisation in the vendor's form: 18 characters that follow from the issuer.
fn organisation_id(server: &Server) -> String {
    let digest = sha256(server.shared().settings.server.issuer.as_bytes());
    let digits = digest.as_bytes().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.take(15).filter_map(|digit| char::from_digit(digit.into(), 16));
    let mut id = String::from("00D");
    id.extend(digits.map(|digit| digit.to_ascii_uppercase()));
    id
}

/// The address of somebody's identity: its last two segments are what clients take for the identifiers of organisation and
/// user.
fn identity_url(server: &Server, subject: &str) -> String {
    let issuer = &server.shared().settings.server.issuer;
    let Ok(mut url) = Url::parse(issuer) else {
        return issuer.clone();
    };
    if let Ok(mut segments) = url.path_segments_mut() {
        segments
            .pop_if_empty()
            .extend(["id", &organisation_id(server), subject]);
    }
    url.into()
}

//! Colours and pictures of branding and of clients, from our own origin. CLAUSES.md S34.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::{respond, visitor};
use crate::error::{Refusal, Result};
use crate::model::branding::Branding;
use crate::model::client::Client;
use crate::model::colour::Colour;
use crate::model::picture::{Format, Picture};
use crate::oauth::params::Params;
use crate::pages::Brand;
use crate::pages::contexts::ClientCard;
use crate::server::Server;
use crate::work::logo_name;

/// Addresses change with their content, so it may be kept.
const FOR_EVER: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "public, max-age=31536000, immutable");

/// Clients change their logo at an address that stays.
const FOR_MINUTES: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");

/// A vector graphic may style itself, and runs and loads nothing even where somebody opens it by itself.
const VECTOR_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// What pages show of a branding.
pub(super) fn shown(branding: Branding) -> Brand {
    let hex = |colour: Option<Colour>| {
        let colour = colour.map(|colour| colour.to_string());
        colour.map_or_else(|| OURS.to_owned(), |colour| colour.trim_start_matches('#').to_owned())
    };
    let accent = &branding.accent;
    let has_colours = accent.light.is_some() || accent.dark.is_some();
    Brand {
        logo: branding.logo.map(|logo| format!("/branding/logo/{}", logo_name(&logo))),
        style: has_colours.then(|| format!("/branding/{}-{}.css", hex(accent.light), hex(accent.dark))),
        name: branding.name,
        message: branding.message,
    }
}

/// In an address, the colour of a scheme that keeps ours.
const OURS: &str = "own";

/// `GET /branding/{light}-{dark}.css`: a stylesheet that sets the accent of each scheme. Whatever the address says, it
/// holds two colours and nothing else.
pub(super) async fn style(request: HttpRequest, server: web::Data<Server>, name: web::Path<String>) -> HttpResponse {
    match rules(&name) {
        Some(rules) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
            .insert_header(FOR_EVER)
            .body(rules),
        None => not_found(&request, &server),
    }
}

fn rules(name: &str) -> Option<String> {
    let (light, dark) = name.strip_suffix(".css")?.split_once('-')?;
    let rule = |colour: &str| match colour {
        OURS => Some(String::new()),
        digits => {
            let colour: Colour = format!("#{digits}").parse().ok()?;
            Some(format!(":root{{--accent:{colour}}}"))
        }
    };
    let (light, dark) = (rule(light)?, rule(dark)?);
    Some(format!(
        "@media (prefers-color-scheme:light){{{light}}}@media (prefers-color-scheme:dark){{{dark}}}"
    ))
}

/// `GET /branding/logo/{name}`: a picture of the directory.
pub(super) async fn logo(request: HttpRequest, server: web::Data<Server>, name: web::Path<String>) -> HttpResponse {
    let server = server.into_inner();
    let name = name.into_inner();
    match server.read(move |view| view.directory.logo(view.tx, &name)).await {
        Ok(Some(logo)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, logo.media_type()))
            .insert_header(FOR_EVER)
            .body(logo.bytes().to_vec()),
        Ok(None) => not_found(&request, &server),
        Err(error) => respond::page_error(&server, error, &visitor::visitor(&request, &server).request_id),
    }
}

/// Who asks, as pages show it: the client, at `host`.
pub(super) fn card(server: &Server, client: &Client, host: String) -> ClientCard {
    let link = |uri: &Option<String>| client.link(uri.as_ref()).cloned();
    ClientCard {
        name: client.display_name().to_owned(),
        host,
        logo: link(&client.logo_uri).map(|_| {
            // Not a part of the path: an identifier may be an address, and have slashes and dots.
            let query = Params::from_pairs(vec![("client_id".to_owned(), client.client_id.clone())]).to_query();
            format!("{}/branding/client?{query}", server.shared().settings.issuer_path())
        }),
        policy_uri: link(&client.policy_uri),
        tos_uri: link(&client.tos_uri),
    }
}

/// `GET /branding/client?client_id=`: the logo of a client. It is fetched for whoever asks, so that the client's host learns
/// nothing of them; and whatever keeps it from being shown, the answer is the same.
pub(super) async fn client_logo(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    match fetch_client_logo(&request, &server.clone().into_inner()).await {
        Ok(Some(picture)) => {
            let mut response = HttpResponse::Ok();
            response.insert_header((CONTENT_TYPE, picture.media_type()));
            response.insert_header(FOR_MINUTES);
            if picture.format() == Format::Svg {
                response.insert_header((CONTENT_SECURITY_POLICY, VECTOR_POLICY));
            }
            response.body(picture.bytes().to_vec())
        }
        Ok(None) => not_found(&request, &server),
        Err(error) => respond::page_error(&server, error, &visitor::visitor(&request, &server).request_id),
    }
}

async fn fetch_client_logo(request: &HttpRequest, server: &Arc<Server>) -> Result<Option<Arc<Picture>>> {
    let params = Params::parse(request.query_string().as_bytes()).ok();
    let Some(client_id) = params.and_then(|params| params.get("client_id").map(str::to_owned)) else {
        return Ok(None);
    };
    let client = server
        .read(move |view| view.directory.client(view.tx, &client_id))
        .await?;
    let client = client.filter(|client| !client.disabled);
    let Some(uri) = client.as_ref().and_then(|client| client.link(client.logo_uri.as_ref())) else {
        return Ok(None);
    };
    match server.documents.fetch_picture(uri).await {
        Ok(picture) => Ok(Some(picture)),
        Err(error) => {
            tracing::debug!(%error, "a client's logo cannot be fetched");
            Ok(None)
        }
    }
}

fn not_found(request: &HttpRequest, server: &Server) -> HttpResponse {
    let missing = Refusal::Missing("no such branding");
    respond::page_error(server, missing.into(), &visitor::visitor(request, server).request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s34_a_stylesheet_holds_two_colours_and_nothing_else() {
        let light = "@media (prefers-color-scheme:light){:root{--accent:#0b5d57}}";
        let dark = "@media (prefers-color-scheme:dark){:root{--accent:#5cc8bd}}";
        assert_eq!(rules("0b5d57-5cc8bd.css").unwrap(), format!("{light}{dark}"));
        assert_eq!(
            rules("0b5d57-own.css").unwrap(),
            format!("{light}@media (prefers-color-scheme:dark){{}}")
        );
        for wrong in [
            "",
            ".css",
            "-.css",
            "0b5d57.css",
            "0b5d57-5cc8bd",
            "red-blue.css",
            "0b5d57;}body{-5cc8bd.css",
            "0b5d57}-5cc8bd.css",
            "0b5d57-5cc8bd-000000.css",
            "0b5d57-url(x).css",
            "</style>-own.css",
        ] {
            assert_eq!(rules(wrong), None, "{wrong}");
        }
    }
}

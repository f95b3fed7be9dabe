//! The way on from an errand that took too long: the same request, made again.

use std::sync::Arc;

use actix_web::HttpRequest;

use crate::authn::interaction;
use crate::error::Result;
use crate::model::id::InteractionId;
use crate::model::interaction::Purpose;
use crate::oauth::authorize::request_again;
use crate::oauth::params::Params;
use crate::server::Server;
use crate::web::cookies::Browser;

/// The longest query that every proxy lets pass; what came in a longer body is asked for by the app again.
const MAX_QUERY: usize = 4_096;

/// Where an errand is begun anew.
enum Again {
    /// By this request of a client.
    Request(Params),
    /// By opening this page of ours.
    Page(String),
}

/// Where this browser makes the request of its own unfinished errand again. Nobody else is told that there was one.
pub(super) async fn address(request: &HttpRequest, server: &Arc<Server>, id: InteractionId) -> Result<Option<String>> {
    let Some(browser) = Browser::known(request, server) else {
        return Ok(None);
    };
    let digest = browser.digest();
    let again = server
        .read(move |view| match interaction::find_unfinished(view, id, &digest)? {
            Some(errand) => match &errand.purpose {
                Purpose::Authorize { .. } => Ok(request_again(view, &errand)?.map(Again::Request)),
                Purpose::Device(_) => Ok(Some(Again::Page("/device".to_owned()))),
                Purpose::Visit(visit) => Ok(Some(Again::Page(visit.path.clone()))),
            },
            None => Ok(None),
        })
        .await?;
    let base = server.shared().settings.issuer_path();
    Ok(match again {
        Some(Again::Request(params)) => {
            let query = Some(params.to_query()).filter(|query| query.len() <= MAX_QUERY);
            query.map(|query| format!("{base}/oauth2/authorize?{query}"))
        }
        Some(Again::Page(path)) => Some(format!("{base}{path}")),
        None => None,
    })
}

//! The way on from an errand that took too long: the same request, made again.

use std::sync::Arc;

use actix_web::HttpRequest;

use crate::authn::interaction;
use crate::error::Result;
use crate::model::id::InteractionId;
use crate::oauth::authorize::request_again;
use crate::server::Server;
use crate::web::cookies::Browser;

/// The longest query that every proxy lets pass; what came in a longer body is asked for by the app again.
const MAX_QUERY: usize = 4_096;

/// Where this browser makes the request of its own unfinished errand again. Nobody else is told that there was one.
pub(super) async fn address(request: &HttpRequest, server: &Arc<Server>, id: InteractionId) -> Result<Option<String>> {
    let Some(browser) = Browser::known(request, server) else {
        return Ok(None);
    };
    let digest = browser.digest();
    let params = server
        .read(move |view| match interaction::find_unfinished(view, id, &digest)? {
            Some(errand) => request_again(view, &errand),
            None => Ok(None),
        })
        .await?;
    let query = params.map(|params| params.to_query());
    let base = server.shared().settings.issuer_path();
    Ok(query
        .filter(|query| query.len() <= MAX_QUERY)
        .map(|query| format!("{base}/oauth2/authorize?{query}")))
}

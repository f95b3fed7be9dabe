//! Who reads the pages that end an errand early: errors are worded for them too.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::id_of;
use crate::authn::interaction;
use crate::model::interaction::Purpose;
use crate::server::Server;
use crate::store;
use crate::web::cookies::Browser;
use crate::web::look;

/// Notes what this browser's errand says of its reader, if it has one of this name. What cannot be read is left out: an
/// error is being told already.
pub(super) async fn recognise(request: &HttpRequest, server: &Arc<Server>) {
    let id = request.match_info().get("id").and_then(|id| id_of(id).ok());
    let (Some(id), Some(browser)) = (id, Browser::known(request, server)) else {
        return;
    };
    let digest = browser.digest();
    let found = server.read(move |view| {
        let Some(errand) = interaction::find_unfinished(view, id, &digest)? else {
            return Ok(None);
        };
        let user = errand.user.map(|user| store::users::find(view.tx, user)).transpose()?;
        Ok(Some((errand, user.flatten())))
    });
    if let Ok(Some((errand, user))) = found.await {
        look::note(request, |noted| {
            if let Purpose::Authorize { request, .. } = &errand.purpose {
                noted.request(request);
            }
            if let Purpose::Device(approving) = &errand.purpose {
                noted.client = Some(approving.request.client_id.clone());
            }
            noted.account(user.as_ref());
        });
    }
}

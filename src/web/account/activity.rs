//! What happened in an account of late, in plain words.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{enter, frame, look, page};
use crate::manage::account::activity::{self, Occurrence};
use crate::pages::contexts::account::{ActivityLine, ActivityPage};
use crate::pages::text::factor_name;
use crate::pages::{Moment, Text};
use crate::server::Server;

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let entered = enter(&request, &server, look("/account/activity"), |view, visitor| {
        activity::list(view, visitor.user.id)
    });
    let (visitor, occurrences) = match entered.await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let shown = ActivityPage {
        frame: frame::<ActivityPage>(&request, &server, "activity", &visitor),
        lines: occurrences.into_iter().map(line).collect(),
    };
    page(&server, &shown, &shown.frame)
}

fn line(occurrence: Occurrence) -> ActivityLine {
    let Occurrence {
        at,
        event,
        ip,
        client,
        factor,
    } = occurrence;
    let mut what = Text::of("activity", &event.as_str().replace('.', "-"));
    if let Some(client) = client {
        what = what.with("client", client);
    }
    if let Some(factor) = factor {
        what = what.with("factor", factor_name(factor));
    }
    ActivityLine {
        what,
        at: Moment::dated(at),
        ip: ip.unwrap_or_default(),
    }
}

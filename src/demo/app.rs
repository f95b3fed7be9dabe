//! The tour's example web app: signs people in at the server, shows what its tokens say, and transfers money.

use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::issuer::Issuer;
use super::sign_in::{Failed, RelyingParty, SignedIn, Wanted};
use super::transfer::{self, Outcome};
use super::visits::{Errand, Then, Visits};
use super::{Places, api, data, inspector, shown};
use crate::crypto::digest::constant_time_eq;
use crate::error::Result;
use crate::model::evidence::Acr;
use crate::model::lang::Lang;
use crate::pages::contexts::{DemoAccountPage, DemoHomePage, DemoPerson, ErrorPage, TransferResult};
use crate::pages::text::ErrorClass;
use crate::pages::{Look, Page, static_file};
use crate::server::Server;

const HELD_UP: &str = "No money moved";

/// The app.
pub(super) struct Shop {
    /// The server's own records, which the inspector shows; the app itself does not look at them.
    pub(super) server: Arc<Server>,
    /// The browsers that are known.
    pub(super) visits: Visits,
    party: RelyingParty,
    api: String,
}

/// The app's routes.
pub(super) fn routes(server: &Arc<Server>, places: Places) -> Result<impl Fn(&mut ServiceConfig) + Clone + use<>> {
    let party = RelyingParty {
        issuer: Arc::new(Issuer::new(server.shared().settings.server.issuer.clone())?),
        secret: data::payroll_secret(server),
        redirect_uri: format!("{}/callback", places.app_origin()),
    };
    let shop = web::Data::new(Shop {
        server: Arc::clone(server),
        visits: Visits::default(),
        party,
        api: places.api_origin(),
    });
    Ok(move |config: &mut ServiceConfig| {
        config
            .app_data(shop.clone())
            .route("/", web::get().to(home))
            .route("/signin", web::get().to(sign_in))
            .route("/callback", web::get().to(callback))
            .route("/transfer", web::post().to(make_transfer))
            .route("/sign-out", web::post().to(sign_out))
            .route("/inspector", web::get().to(inspector::show))
            .route("/static/{path:.*}", web::get().to(asset))
            .default_service(web::to(not_found));
    })
}

/// What follows a sign-out: another person may want to sign in.
#[derive(Deserialize)]
struct Anew {
    anew: Option<String>,
}

async fn home(request: HttpRequest, query: web::Query<Anew>, shop: web::Data<Shop>) -> HttpResponse {
    match shop.visits.person(&request) {
        Some(person) => shop.account(&request, &person),
        None => shop.signed_out(StatusCode::OK, query.anew.is_some(), None),
    }
}

async fn sign_in(request: HttpRequest, query: web::Query<Anew>, shop: web::Data<Shop>) -> HttpResponse {
    let wanted = Wanted {
        anew: query.anew.is_some(),
        ..Wanted::default()
    };
    shop.send_to_server(&request, wanted, Then::Look)
}

/// The authorization response (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Deserialize)]
struct Response {
    state: Option<String>,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

async fn callback(request: HttpRequest, response: web::Query<Response>, shop: web::Data<Shop>) -> HttpResponse {
    let response = response.into_inner();
    let errand = shop.visits.end(&request, response.state.as_deref().unwrap_or_default());
    let Some(errand) = errand else {
        // RFC 9700 §4.7: a response that this browser did not ask for.
        let sentence = "This browser did not begin that sign-in, or it was used before. Begin again here.";
        return shop.signed_out(StatusCode::BAD_REQUEST, false, Some(sentence));
    };
    // RFC 9207 §2.4: the response of another server must not reach this one's token endpoint.
    if response.iss.as_deref() != Some(&shop.party.issuer.name) {
        return shop.not_signed_in(
            &request,
            errand.then,
            "The answer came from another server than was asked.",
        );
    }
    let Some(code) = response.code.filter(|_| response.error.is_none()) else {
        return shop.not_signed_in(&request, errand.then, declined(response.error.as_deref()));
    };
    match shop.party.finish(&code, &errand.pending, shop.now()).await {
        Ok(person) => shop.signed_in(&request, Arc::new(person), errand.then).await,
        Err(failed) => shop.failed(&request, errand.then, &failed),
    }
}

fn declined(error: Option<&str>) -> &'static str {
    match error {
        Some("access_denied") => "You chose not to allow it. Nothing was shared.",
        Some("unmet_authentication_requirements") => "The proof that this app needs could not be given.",
        _ => "The server ended the sign-in without success. Begin again here.",
    }
}

#[derive(Deserialize)]
struct Guarded {
    csrf: String,
}

async fn make_transfer(request: HttpRequest, form: web::Form<Guarded>, shop: web::Data<Shop>) -> HttpResponse {
    let Some(person) = shop.visits.person(&request) else {
        return see_other("/", None);
    };
    if !shop.is_own_form(&request, &form) {
        return shop.error(StatusCode::FORBIDDEN, ErrorClass::CrossSite);
    }
    let result = match shop.ask_for_transfer(&person).await {
        Outcome::Done => {
            let age = shown::distance(shown::proven_at(&person.access_token), shop.now());
            let sentence = format!("Your last proof was given {age}, which was fresh enough for the payroll API.");
            TransferResult::done("Salaries paid", sentence)
        }
        Outcome::MoreProof(wanted) => {
            let wanted = Wanted {
                subject: Some(person.subject().to_owned()),
                ..wanted
            };
            return shop.send_to_server(&request, wanted, Then::Transfer);
        }
        Outcome::Refused(why) => refused(&why),
    };
    shop.visits.with(&request, |visit| visit.result = Some(result));
    see_other("/", None)
}

fn refused(why: &str) -> TransferResult {
    tracing::warn!(why, "the API refused a transfer");
    TransferResult::refused(
        HELD_UP,
        "The payroll API refused. The inspector shows what the access token says.",
    )
}

async fn sign_out(request: HttpRequest, form: web::Form<Guarded>, shop: web::Data<Shop>) -> HttpResponse {
    if shop.visits.person(&request).is_some() && !shop.is_own_form(&request, &form) {
        return shop.error(StatusCode::FORBIDDEN, ErrorClass::CrossSite);
    }
    // The session at the server goes on: other apps may be using it.
    see_other("/?anew=1", Some(shop.visits.remove(&request)))
}

async fn asset(shop: web::Data<Shop>, path: web::Path<String>) -> HttpResponse {
    let Some(file) = static_file(&path) else {
        return not_found(shop).await;
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.content_type))
        .insert_header((ETAG, format!("\"{}\"", file.etag)))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(file.bytes.into_owned())
}

async fn not_found(shop: web::Data<Shop>) -> HttpResponse {
    shop.error(StatusCode::NOT_FOUND, ErrorClass::NotFound)
}

fn see_other(location: &str, cookie: Option<Cookie<'static>>) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    answer
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"));
    if let Some(cookie) = cookie {
        answer.cookie(cookie);
    }
    answer.finish()
}

impl Shop {
    fn now(&self) -> crate::model::time::Timestamp {
        self.server.clock().now()
    }

    fn is_own_form(&self, request: &HttpRequest, form: &Guarded) -> bool {
        let own = self.visits.with(request, |visit| visit.csrf.clone());
        own.is_some_and(|own| !own.is_empty() && constant_time_eq(own.as_bytes(), form.csrf.as_bytes()))
    }

    /// Sends the browser to the server, remembering what to do when it is back.
    fn send_to_server(&self, request: &HttpRequest, wanted: Wanted, then: Then) -> HttpResponse {
        match self.party.begin(wanted) {
            Ok((url, state, pending)) => {
                let errand = Errand { state, pending, then };
                see_other(&url, self.visits.begin(request, errand))
            }
            Err(failed) => self.failed(request, then, &failed),
        }
    }

    async fn ask_for_transfer(&self, person: &SignedIn) -> Outcome {
        transfer::ask(&self.party.issuer.http, &self.api, &person.access_token.text).await
    }

    /// A sign-in succeeded: the person looks at the account, or the transfer that was held up is made.
    async fn signed_in(&self, request: &HttpRequest, person: Arc<SignedIn>, then: Then) -> HttpResponse {
        let result = match then {
            Then::Look => None,
            Then::Transfer => Some(match self.ask_for_transfer(&person).await {
                Outcome::Done => TransferResult::done(
                    "Salaries paid",
                    "The payroll API wanted proof given just now. One more code was enough, and the transfer went through.",
                ),
                // One round for more proof, and no second: that would be a loop.
                Outcome::MoreProof(_) => TransferResult::refused(
                    HELD_UP,
                    "The payroll API still wants fresher proof. Press the button again to give it.",
                ),
                Outcome::Refused(why) => refused(&why),
            }),
        };
        let cookie = self.visits.sign_in(request, person, result);
        see_other("/", Some(cookie))
    }

    fn failed(&self, request: &HttpRequest, then: Then, failed: &Failed) -> HttpResponse {
        tracing::warn!(%failed, "a sign-in failed");
        self.not_signed_in(request, then, "The sign-in could not be verified. Begin again here.")
    }

    /// A sign-in came to nothing. Whoever was signed in before still is.
    fn not_signed_in(&self, request: &HttpRequest, then: Then, sentence: &str) -> HttpResponse {
        if then == Then::Transfer && self.visits.person(request).is_some() {
            let result = TransferResult::refused(HELD_UP, sentence);
            self.visits.with(request, |visit| visit.result = Some(result));
            return see_other("/", None);
        }
        self.signed_out(StatusCode::OK, false, Some(sentence))
    }

    fn signed_out(&self, status: StatusCode, anew: bool, error: Option<&str>) -> HttpResponse {
        let person = |(username, password): (&str, &str), note: &str| DemoPerson {
            username: username.into(),
            password: password.into(),
            note: note.into(),
        };
        let page = DemoHomePage {
            chrome: self.server.pages.chrome::<DemoHomePage>(),
            sign_in_href: if anew { "/signin?anew=1" } else { "/signin" }.into(),
            inspector_href: "/inspector".into(),
            after_sign_in: Acr::High.into(),
            needed: api::LEVEL.into(),
            people: vec![
                person(data::ALICE, "New here: she sets up an authenticator app on her way in."),
                person(
                    data::BOB,
                    "Staff: every app asks him for a second proof, also those that need none.",
                ),
                person(
                    data::CAROL,
                    "Her telephone is on record: the code comes by text message, into the inspector.",
                ),
            ],
            account_href: self.account_href(),
            error: error.map(str::to_owned),
        };
        self.page(status, &page)
    }

    /// Where people look after their own account, at the server.
    fn account_href(&self) -> String {
        format!("{}/account", self.server.shared().settings.server.issuer)
    }

    fn account(&self, request: &HttpRequest, person: &SignedIn) -> HttpResponse {
        let seen = self
            .visits
            .with(request, |visit| (visit.csrf.clone(), visit.result.take()));
        let (csrf, result) = seen.unwrap_or_default();
        let (now, access_token) = (self.now(), &person.access_token);
        let name = person.id_token.claims.get("name").and_then(serde_json::Value::as_str);
        let proven = shown::distance(shown::proven_at(access_token), now);
        let page = DemoAccountPage {
            chrome: self.server.pages.chrome::<DemoAccountPage>(),
            user_name: name.unwrap_or_else(|| person.subject()).to_owned(),
            csrf,
            have: shown::level(access_token).into(),
            needed: api::LEVEL.into(),
            freshness: format!("from the last {} seconds. Yours was given {proven}.", api::MAX_AGE),
            transfer_action: "/transfer".into(),
            sign_out_action: "/sign-out".into(),
            inspector_href: "/inspector".into(),
            account_href: self.account_href(),
            result,
            id_token: shown::id_token(&person.id_token, now),
            access_token: shown::access_token(access_token, now),
        };
        self.page(StatusCode::OK, &page)
    }

    fn error(&self, status: StatusCode, class: ErrorClass) -> HttpResponse {
        self.page(status, &ErrorPage::of(class, self.server.pages.chrome::<ErrorPage>()))
    }

    /// A page of the app, whose forms may lead to the server: browsers apply `form-action` to redirects too.
    pub(super) fn page<P: Page>(&self, status: StatusCode, page: &P) -> HttpResponse {
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; \
             form-action 'self' {}; frame-ancestors 'none'",
            self.party.issuer.name
        );
        match self.server.pages.render(page, &Look::of(Lang::En)) {
            Ok(html) => HttpResponse::build(status)
                .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
                .insert_header((CACHE_CONTROL, "no-store"))
                .insert_header((CONTENT_SECURITY_POLICY, policy))
                .body(html),
            Err(fault) => {
                tracing::error!(%fault, "a page of the tour cannot be rendered");
                HttpResponse::InternalServerError().body("Something failed. The log says what.")
            }
        }
    }
}

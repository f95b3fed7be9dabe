//! What the directory may say of a provider at which people sign in.

use super::{Check, Surroundings, name, uris, wrong};
use crate::model::client::AuthMethod;
use crate::model::evidence::Acr;
use crate::model::issuer::Issuer;

/// The most accepted values of one kind.
const MAX_ACCEPTED: usize = 50;

/// Checks an issuer with a `client_id`.
pub(super) fn check(place: &str, issuer: &Issuer, around: &Surroundings) -> Check {
    // Discovery §2: no query, and its metadata are fetched from below it.
    uris::fetched(place, "issuer", &issuer.issuer, &around.private_hosts)?;
    if issuer.issuer.contains('?') {
        return Err(wrong(place, "issuer", "must not have a query"));
    }
    name(place, "client_id", issuer.client_id.as_deref().unwrap_or_default())?;
    if let Some(label) = &issuer.label {
        name(place, "label", label)?;
    }
    if !issuer.scope.contains("openid") {
        return Err(wrong(
            place,
            "scope",
            "must contain openid (OpenID Connect Core §3.1.2.1)",
        ));
    }
    let method = issuer.token_endpoint_auth_method;
    if !issuer.uses_secret() && method != AuthMethod::PrivateKeyJwt {
        let problem = "must be client_secret_basic, client_secret_post or private_key_jwt";
        return Err(wrong(place, "token_endpoint_auth_method", problem));
    }
    levels(place, issuer)
}

/// Checks what is believed, and as what: a sign-in elsewhere is worth `standard` or `high` (CLAUSES.md S6).
fn levels(place: &str, issuer: &Issuer) -> Check {
    let is_column = |acr: Acr| matches!(acr, Acr::Standard | Acr::High);
    let only = "must be standard or high";
    if !is_column(issuer.column) {
        return Err(wrong(place, "column", only));
    }
    for (key, accepted) in [
        ("accepted_acr", &issuer.accepted_acr),
        ("accepted_amr", &issuer.accepted_amr),
    ] {
        if accepted.len() > MAX_ACCEPTED {
            return Err(wrong(place, key, format!("has at most {MAX_ACCEPTED} values")));
        }
        for (value, level) in accepted {
            let key = format!("{key}.{value}");
            // `acr_values` has spaces between its values.
            if value.is_empty() || value.len() > 255 || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(wrong(place, &key, "must be printable ASCII without spaces"));
            }
            if !is_column(*level) {
                return Err(wrong(place, &key, only));
            }
        }
    }
    let mut accepted = issuer.accepted_acr.values().chain(issuer.accepted_amr.values());
    if issuer.column == Acr::High && !accepted.any(|level| *level == Acr::High) {
        let problem = "high needs the values that show it; give accepted_acr or accepted_amr one that is worth high";
        return Err(wrong(place, "column", problem));
    }
    Ok(())
}

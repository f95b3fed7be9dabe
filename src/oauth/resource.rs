//! The resources that an access token is for, and how it is made for them. RFC 8707.

use crate::config::Settings;
use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::client::{Client, TokenFormat};
use crate::model::grant::Grant;
use crate::model::resource::Resource;
use crate::model::signing_key::Algorithm;
use crate::oauth::params::Params;
use crate::work::Directory;

/// The resources that a request names, each known and allowed to the client (§2). This server is one of its own: a token that
/// is to open a browser session here besides must name it.
///
/// # Errors
/// `invalid_target` for any other.
pub(super) fn named(
    (directory, settings): (&Directory, &Settings),
    client: &Client,
    params: &Params,
) -> Result<Vec<String>, OAuthError> {
    let asked = distinct(params);
    let listed = |identifier: &String| {
        if client.is_registered() {
            // Nobody gave a client that registered itself any but these.
            return settings.registration.resources.contains(identifier);
        }
        client.resources.is_empty() || client.resources.contains(identifier)
    };
    let is_known = |identifier: &String| listed(identifier) && directory.resource(identifier).is_some();
    if asked
        .iter()
        .all(|identifier| *identifier == settings.server.issuer || is_known(identifier))
    {
        Ok(asked)
    } else {
        Err(OAuthErrorCode::InvalidTarget.into())
    }
}

/// The part of what was granted that a token request names, or all of it (§2.2). A grant that something of this server's own is
/// for, userinfo or a way into a browser session, may have a token for this server, whatever else was named.
///
/// # Errors
/// `invalid_target` for what was not granted.
pub(super) fn narrowed(settings: &Settings, params: &Params, grant: &Grant) -> Result<Vec<String>, OAuthError> {
    let (asked, granted) = (distinct(params), &grant.resources);
    if asked.is_empty() {
        return Ok(granted.clone());
    }
    let is_for_us = ["openid", "web"].iter().any(|scope| grant.scope.contains(scope));
    let is_own = |identifier: &String| is_for_us && *identifier == settings.server.issuer;
    if asked
        .iter()
        .all(|identifier| granted.contains(identifier) || is_own(identifier))
    {
        Ok(asked)
    } else {
        Err(OAuthErrorCode::InvalidTarget.into())
    }
}

fn distinct(params: &Params) -> Vec<String> {
    let mut asked: Vec<String> = Vec::new();
    for identifier in params.all("resource") {
        if !asked.iter().any(|known| known == identifier) {
            asked.push(identifier.to_owned());
        }
    }
    asked
}

/// How an access token is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// Its format.
    pub(super) format: TokenFormat,
    /// What signs it, where something does.
    pub(super) algorithm: Algorithm,
}

/// How one access token for all these resources is made: as they say, or as the client says where they say nothing.
///
/// # Errors
/// `invalid_target` where they contradict each other (§2.2: the server may refuse to issue one token for several).
pub(super) fn form(directory: &Directory, client: &Client, resources: &[String]) -> Result<Form, OAuthError> {
    let known: Vec<&Resource> = resources
        .iter()
        .filter_map(|identifier| directory.resource(identifier))
        .collect();
    let format = agreed(&known, "format", |resource| resource.access_token_format)?;
    let algorithm = agreed(&known, "signing algorithm", |resource| {
        resource.access_token_signing_alg
    })?;
    Ok(Form {
        format: format.unwrap_or(client.access_token_format),
        algorithm: algorithm.unwrap_or(client.access_token_signing_alg),
    })
}

/// What every resource that says anything says.
fn agreed<T: PartialEq>(
    resources: &[&Resource],
    what: &str,
    said: impl Fn(&Resource) -> Option<T>,
) -> Result<Option<T>, OAuthError> {
    let mut sayings = resources
        .iter()
        .filter_map(|resource| Some((&resource.identifier, said(resource)?)));
    let Some((first, wanted)) = sayings.next() else {
        return Ok(None);
    };
    match sayings.find(|(_, other)| *other != wanted) {
        None => Ok(Some(wanted)),
        Some((second, _)) => {
            let description = format!("{first} and {second} need separate tokens: they differ in token {what}");
            Err(OAuthError::new(OAuthErrorCode::InvalidTarget, description))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_agree_unless_two_say_different_things() {
        let resource = |at: usize, said: Option<Algorithm>| Resource {
            identifier: format!("https://api.example/{at}"),
            access_token_signing_alg: said,
            ..Resource::default()
        };
        let (rs, es) = (Some(Algorithm::Rs256), Some(Algorithm::Es256));
        let differ = |first: usize, second: usize| {
            Err(format!(
                "invalid_target: https://api.example/{first} and https://api.example/{second} need separate tokens: \
                 they differ in token signing algorithm"
            ))
        };
        let cases: [(&[Option<Algorithm>], _); 9] = [
            (&[], Ok(None)),
            (&[None], Ok(None)),
            (&[None, None], Ok(None)),
            (&[es], Ok(es)),
            (&[None, es, None], Ok(es)),
            (&[rs, rs], Ok(rs)),
            (&[rs, es], differ(0, 1)),
            (&[None, rs, None, es], differ(1, 3)),
            (&[es, es, rs], differ(0, 2)),
        ];
        for (said, expected) in cases {
            let resources: Vec<Resource> = said.iter().enumerate().map(|(at, said)| resource(at, *said)).collect();
            let resources: Vec<&Resource> = resources.iter().collect();
            let found = agreed(&resources, "signing algorithm", |resource| {
                resource.access_token_signing_alg
            });
            assert_eq!(found.map_err(|error| error.to_string()), expected, "{said:?}");
        }
    }
}

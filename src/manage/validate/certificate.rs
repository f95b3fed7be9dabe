//! What a client may say of its TLS certificate. RFC 8705 §2.1.2, §2.2.2, §3.4.

use super::{Check, Surroundings, wrong};
use crate::crypto::client_certificate::is_subject;
use crate::model::client::{AuthMethod, Client};

const METHOD: &str = "token_endpoint_auth_method";
const BOUND: &str = "tls_client_certificate_bound_access_tokens";
const SUBJECT: &str = "tls_client_auth_subject_dn";

/// Checks it, and whether certificates are taken at all.
pub(super) fn check(place: &str, client: &Client, around: &Surroundings) -> Check {
    let method = client.token_endpoint_auth_method;
    if !around.takes_certificates {
        let problem = "clients are asked for no certificates; set mtls.bind or mtls.proxy_header in the settings";
        let needs = [
            (METHOD, method.is_tls()),
            (BOUND, client.tls_client_certificate_bound_access_tokens),
        ];
        if let Some((key, _)) = needs.into_iter().find(|(_, needs)| *needs) {
            return Err(wrong(place, key, problem));
        }
    }
    if method == AuthMethod::TlsClientAuth && !around.has_client_authorities {
        let problem = "nobody vouches for certificates of clients; set mtls.client_ca_file in the settings";
        return Err(wrong(place, METHOD, problem));
    }
    let has_keys = client.jwks.is_some() || client.jwks_uri.is_some() || client.certificate.is_some();
    if method == AuthMethod::SelfSignedTlsClientAuth && !has_keys {
        let problem = "self_signed_tls_client_auth needs the key of the client's certificate; give jwks, jwks_uri or \
                       certificate";
        return Err(wrong(place, "jwks_uri", problem));
    }
    names(place, client)
}

/// RFC 8705 §2.1.2: "MUST use exactly one of the below metadata parameters".
fn names(place: &str, client: &Client) -> Check {
    let given = [
        (SUBJECT, client.tls_client_auth_subject_dn.is_some()),
        ("tls_client_auth_san_dns", client.tls_client_auth_san_dns.is_some()),
        ("tls_client_auth_san_uri", client.tls_client_auth_san_uri.is_some()),
        ("tls_client_auth_san_ip", client.tls_client_auth_san_ip.is_some()),
        ("tls_client_auth_san_email", client.tls_client_auth_san_email.is_some()),
    ];
    let mut given = given.into_iter().filter(|(_, is_given)| *is_given).map(|(key, _)| key);
    let needs_one = client.token_endpoint_auth_method == AuthMethod::TlsClientAuth;
    match (needs_one, given.next(), given.next()) {
        (false, Some(key), _) => Err(wrong(place, key, "is for tls_client_auth alone; remove it")),
        (true, None, _) => {
            let problem = "tls_client_auth needs the name in the client's certificate; give this, or one of \
                           tls_client_auth_san_dns, _uri, _ip and _email";
            Err(wrong(place, SUBJECT, problem))
        }
        (true, _, Some(key)) => {
            let problem = "a client's certificate is known by one name; remove this or the other";
            Err(wrong(place, key, problem))
        }
        _ => match &client.tls_client_auth_subject_dn {
            Some(name) if !is_subject(name) => {
                let problem = "is not a name as RFC 4514 writes it; write CN=client,O=Example";
                Err(wrong(place, SUBJECT, problem))
            }
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};

    /// What is refused of a client that says this of itself, where certificates are taken and vouched for.
    fn refused(members: Value, (takes, vouches): (bool, bool)) -> Option<String> {
        let around = Surroundings {
            takes_certificates: takes,
            has_client_authorities: vouches,
            ..Surroundings::default()
        };
        let client: Client = serde_json::from_value(members).unwrap();
        let error = check("clients.app", &client, &around).err()?;
        Some(error.field.trim_start_matches("clients.app.").to_owned())
    }

    fn by_name(names: Value) -> Value {
        let mut members: Map<String, Value> = serde_json::from_value(names).unwrap();
        members.insert(METHOD.to_owned(), "tls_client_auth".into());
        members.into()
    }

    #[test]
    fn a_certificate_is_known_by_one_name() {
        for (members, expected) in [
            (by_name(json!({ SUBJECT: "CN=payroll,O=Example" })), None),
            (
                by_name(json!({ "tls_client_auth_san_dns": "payroll.example.com" })),
                None,
            ),
            (
                by_name(json!({ "tls_client_auth_san_uri": "spiffe://example.com/payroll" })),
                None,
            ),
            (by_name(json!({ "tls_client_auth_san_ip": "192.0.2.7" })), None),
            (
                by_name(json!({ "tls_client_auth_san_email": "payroll@example.com" })),
                None,
            ),
            (by_name(json!({})), Some(SUBJECT)),
            (by_name(json!({ SUBJECT: "payroll" })), Some(SUBJECT)),
            (
                by_name(json!({ SUBJECT: "CN=payroll", "tls_client_auth_san_dns": "payroll.example.com" })),
                Some("tls_client_auth_san_dns"),
            ),
            (
                json!({ "tls_client_auth_san_uri": "spiffe://example.com/payroll" }),
                Some("tls_client_auth_san_uri"),
            ),
        ] {
            assert_eq!(refused(members.clone(), (true, true)).as_deref(), expected, "{members}");
        }
    }

    #[test]
    fn nobody_is_known_by_certificates_that_are_not_taken() {
        let named = by_name(json!({ SUBJECT: "CN=payroll" }));
        let own = json!({ METHOD: "self_signed_tls_client_auth", "jwks_uri": "https://app.example/keys" });
        let bound = json!({ BOUND: true });
        for (members, by, expected) in [
            (&named, (true, true), None),
            (&named, (true, false), Some(METHOD)),
            (&named, (false, false), Some(METHOD)),
            (&own, (true, false), None),
            (&own, (false, false), Some(METHOD)),
            (&bound, (true, false), None),
            (&bound, (false, false), Some(BOUND)),
            (
                &json!({ METHOD: "self_signed_tls_client_auth" }),
                (true, false),
                Some("jwks_uri"),
            ),
            (&json!({}), (false, false), None),
        ] {
            assert_eq!(refused(members.clone(), by).as_deref(), expected, "{members} {by:?}");
        }
    }
}

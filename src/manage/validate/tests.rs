//! What is accepted and what is refused, in tables.

use super::*;
use crate::model::client::{ApplicationType, AuthMethod, Client, GrantType};
use crate::model::compat::RefreshRotation;
use crate::model::evidence::FactorKind;
use crate::model::request::ResponseType;

fn web() -> Client {
    Client {
        client_id: "app".to_owned(),
        redirect_uris: vec!["https://app.example.com/callback".to_owned()],
        ..Client::default()
    }
}

fn public() -> Client {
    Client {
        token_endpoint_auth_method: AuthMethod::None,
        ..web()
    }
}

fn around() -> Surroundings {
    let settings: Settings = toml::from_str("[outbound]\nallowed_private_hosts = [\"keys.internal:8080\"]").unwrap();
    Surroundings {
        profiles: BTreeMap::from([("default".to_owned(), Profile::default())]),
        resources: BTreeMap::from([("https://api.example.com".to_owned(), Resource::default())]),
        vouched_clients: BTreeMap::from([("vouched".to_owned(), Acr::None)]),
        private_hosts: settings.outbound.allowed_private_hosts,
        // Where browsers know no passkeys.
        reach: Reach {
            kinds: vec![FactorKind::Totp],
            ..Reach::default()
        },
        ..Surroundings::default()
    }
}

#[test]
fn redirect_uris_go_where_the_kind_of_application_lives() {
    use ApplicationType::{Native, Web};
    let cases = [
        (Web, "https://app.example.com/callback?x=1", true),
        (Web, "http://localhost:8080/callback", true),
        (Web, "http://127.0.0.1/callback", true),
        (Web, "http://[::1]:3000/", true),
        (Web, "http://app.example.com/", false),
        (Web, "http://127.0.0.2/", false),
        (Web, "http://localhost.example.com/", false),
        (Web, "com.example.app:/callback", false),
        (Web, "https://app.example.com/#top", false),
        (Web, "https://app.example.com/#", false),
        (Web, "https://user@app.example.com/", false),
        (Web, "https://*.example.com/", false),
        (Web, "https://app.example.com/a;b,c'd(e)", true),
        (Web, "https://app_1.example-works.com:8443/", true),
        (Web, "https://xn--bcher-kva.example/", true),
        (Web, "https://[2001:db8::1]/callback", true),
        (Web, "https://app.example.com;script-src/", false),
        (Web, "https://app.example.com,evil.example/", false),
        (Web, "https://app.example.com%3Bscript-src/", false),
        (Web, "https://app.exam%2Cple.com/", false),
        (Web, "https://app.example.com\"/", false),
        (Web, "https://app.example.com'/", false),
        (Web, "https://app.example.com%22/", false),
        (Web, "https://app.example.com%20evil/", false),
        (Web, "https://app.ex ample.com/", false),
        (Web, "https://app.example.com`/", false),
        (Web, "https://$app.example.com/", false),
        (Web, "https://app.example.com/a b", false),
        (Web, " https://app.example.com/", false),
        (Web, "/callback", false),
        (Web, "", false),
        (Web, "javascript:alert(1)", false),
        (Native, "https://app.example.com/callback", true),
        (Native, "http://127.0.0.1/callback", true),
        (Native, "http://localhost/callback", true),
        (Native, "com.example.app:/callback", true),
        (Native, "com.example.app://callback/done", true),
        (Native, "com.example.app://call;back/", false),
        (Native, "com.example.app://call%3Bback/", false),
        (Native, "myapp:/callback", false),
        (Native, "javascript:alert(1)", false),
        (Native, "http://app.example.com/", false),
    ];
    for (application_type, uri, accepted) in cases {
        let client = Client {
            application_type,
            redirect_uris: vec![uri.to_owned()],
            ..public()
        };
        let outcome = client::check(&client, &around());
        assert_eq!(outcome.is_ok(), accepted, "{application_type:?} {uri}");
        assert!(
            outcome
                .err()
                .is_none_or(|error| error.field == "clients.app.redirect_uris")
        );
    }
}

#[test]
fn a_redirect_uri_that_is_refused_says_what_to_write() {
    let client = Client {
        redirect_uris: vec!["https://app.example.com%3Bscript-src/".to_owned()],
        ..web()
    };
    assert_eq!(
        client::check(&client, &around()).unwrap_err().to_string(),
        "clients.app.redirect_uris: `https://app.example.com%3Bscript-src/` has `;` in its host; \
         a host has letters, digits, `-`, `.` and `_`"
    );
}

#[test]
fn addresses_of_logout_are_the_clients_own() {
    let back = "backchannel_logout_uri";
    let front = "frontchannel_logout_uri";
    let after = "post_logout_redirect_uris";
    let cases = [
        (after, "https://app.example.com/signed-out?x=1", true),
        (after, "https://elsewhere.example/", true),
        (after, "http://localhost:8080/", true),
        (after, "http://app.example.com/", false),
        (after, "com.example.app:/", false),
        (after, "https://app.example.com/#top", false),
        (after, "https://*.example.com/", false),
        (after, "javascript:alert(1)", false),
        (front, "https://app.example.com/logout?x=1", true),
        (front, "https://app.example.com:443/logout", true),
        (front, "https://app.example.com:8443/logout", false),
        (front, "http://app.example.com/logout", false),
        (front, "https://elsewhere.example/logout", false),
        (front, "https://app.example.com/logout#x", false),
        (front, "/logout", false),
        (back, "https://app.example.com/logout", true),
        (back, "https://elsewhere.example/logout?x=1", true),
        (back, "http://keys.internal:8080/logout", true),
        (back, "http://app.example.com/logout", false),
        (back, "http://localhost/logout", false),
        (back, "https://user@app.example.com/logout", false),
        (back, "https://app.example.com/logout#x", false),
        (back, "file:///etc/passwd", false),
    ];
    for (member, uri, accepted) in cases {
        let mut client = web();
        match member {
            "backchannel_logout_uri" => client.backchannel_logout_uri = Some(uri.to_owned()),
            "frontchannel_logout_uri" => client.frontchannel_logout_uri = Some(uri.to_owned()),
            _ => client.post_logout_redirect_uris = vec![uri.to_owned()],
        }
        let outcome = client::check(&client, &around());
        assert_eq!(outcome.is_ok(), accepted, "{member} {uri}");
        let place = format!("clients.app.{member}");
        assert!(outcome.err().is_none_or(|error| error.field == place), "{uri}");
    }
}

#[test]
fn good_clients_are_accepted() {
    let clients = [
        web(),
        public(),
        Client {
            grant_types: vec![GrantType::Implicit],
            response_types: vec![ResponseType::IdTokenToken],
            ..public()
        },
        Client {
            grant_types: vec![GrantType::ClientCredentials],
            response_types: vec![],
            redirect_uris: vec![],
            resources: vec!["https://api.example.com".to_owned()],
            ..web()
        },
        Client {
            token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
            jwks_uri: Some("http://keys.internal:8080/jwks".to_owned()),
            preapproved_profiles: vec!["default".to_owned()],
            ..web()
        },
        Client {
            client_id: "vouched".to_owned(),
            grant_types: vec![GrantType::JwtBearer],
            response_types: vec![],
            required_acr: Acr::High,
            ..public()
        },
        Client {
            require_pkce: Some(false),
            required_acr: Acr::High,
            ..web()
        },
    ];
    for client in clients {
        assert_eq!(client::check(&client, &around()), Ok(()), "{client:?}");
    }
}

type Spoil = fn(&mut Client);

fn assert_refused(cases: &[(&str, Spoil)]) {
    for (key, spoil) in cases {
        let mut client = web();
        spoil(&mut client);
        let place = format!("clients.{}.{key}", client.client_id);
        let error = client::check(&client, &around()).expect_err(&place);
        assert_eq!(error.field, place, "{error}");
    }
}

#[test]
fn what_a_client_says_of_itself_is_checked() {
    assert_refused(&[
        ("client_id", |client| client.client_id.clear()),
        ("client_id", |client| client.client_id = "é".to_owned()),
        ("client_name", |client| client.client_name = "a\u{7}".to_owned()),
        ("client_uri", |client| {
            client.client_uri = Some("javascript:alert(1)".to_owned());
        }),
        ("tos_uri", |client| client.tos_uri = Some("terms".to_owned())),
        ("redirect_uris", |client| client.redirect_uris.clear()),
        ("response_types", |client| {
            client.response_types.push(ResponseType::Token);
        }),
        ("response_types", |client| client.grant_types.clear()),
        ("grant_types", |client| client.grant_types.push(GrantType::Implicit)),
        ("grant_types", |client| client.response_types.clear()),
        ("preapproved_profiles", |client| {
            client.preapproved_profiles.push("none".to_owned());
        }),
        ("resources", |client| {
            client.resources.push("https://other.example".to_owned());
        }),
    ]);
}

#[test]
fn how_a_client_authenticates_and_how_high_it_must_reach_is_checked() {
    assert_refused(&[
        ("jwks_uri", |client| {
            client.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        }),
        ("jwks_uri", |client| client.grant_types.push(GrantType::JwtBearer)),
        ("jwks_uri", |client| {
            client.jwks_uri = Some("http://keys.example/".to_owned());
        }),
        ("jwks_uri", |client| {
            client.jwks_uri = Some("http://keys.internal:80/".to_owned());
        }),
        ("jwks", |client| client.jwks = Some(serde_json::json!({ "keys": [] }))),
        ("jwks", |client| {
            client.jwks = Some(serde_json::json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] }));
        }),
        ("jwks", |client| {
            client.jwks = Some(serde_json::json!({ "keys": [{ "kty": "EC", "d": "AAAA" }] }));
        }),
        ("jwks", |client| {
            client.jwks = Some(serde_json::json!({ "keys": [] }));
            client.jwks_uri = Some("https://keys.example/".to_owned());
        }),
        ("certificate", |client| {
            client.certificate = Some("-----BEGIN".to_owned());
        }),
        ("grant_types", |client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.grant_types.push(GrantType::ClientCredentials);
        }),
        ("resource_server", |client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.resource_server = true;
        }),
        ("require_pkce", |client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.require_pkce = Some(false);
        }),
        ("refresh_rotation", |client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.refresh_rotation = RefreshRotation::Off;
        }),
        ("required_acr", |client| client.required_acr = Acr::Phr),
        ("required_acr", |client| {
            client.required_acr = Acr::Standard;
            client.grant_types = vec![GrantType::ClientCredentials];
            client.response_types.clear();
        }),
    ]);
}

#[test]
fn levels_that_nothing_reaches_are_refused_everywhere() {
    let required_acr = Acr::Phr;
    let outcomes = [
        organisation(
            &Organisation {
                required_acr,
                ..Organisation::default()
            },
            &around(),
        ),
        profile(
            &Profile {
                name: "staff".to_owned(),
                required_acr,
                ..Profile::default()
            },
            &around(),
        ),
        scope(
            &Scope {
                name: "pay".to_owned(),
                required_acr,
                ..Scope::default()
            },
            &around(),
        ),
        resource(
            &Resource {
                identifier: "https://api.example.com".to_owned(),
                required_acr,
                ..Resource::default()
            },
            &around(),
        ),
    ];
    for outcome in outcomes {
        assert!(outcome.unwrap_err().field.ends_with(".required_acr"));
    }
}

#[test]
fn names_are_what_they_must_be() {
    for (name, accepted) in [
        ("pay", true),
        ("pay me", false),
        ("pay\"", false),
        ("", false),
        ("é", false),
    ] {
        let named = Scope {
            name: name.to_owned(),
            ..Scope::default()
        };
        let checked = scope(&named, &around());
        assert_eq!(checked.is_ok(), accepted, "{name}");
    }
    for (identifier, accepted) in [
        ("https://api.example.com", true),
        ("urn:example:api", true),
        ("api", false),
        ("https://api.example.com#x", false),
    ] {
        let named = Resource {
            identifier: identifier.to_owned(),
            ..Resource::default()
        };
        let checked = resource(&named, &around());
        assert_eq!(checked.is_ok(), accepted, "{identifier}");
    }
    for (name, accepted) in [
        ("alice".to_owned(), true),
        ("é".repeat(255), true),
        ("é".repeat(256), false),
        (String::new(), false),
        (" alice".to_owned(), false),
        ("al\nice".to_owned(), false),
    ] {
        assert_eq!(username("users.x", &name).is_ok(), accepted, "{name}");
    }
}

#[test]
fn an_issuer_needs_keys() {
    let bare = Issuer {
        issuer: "https://partner.example.com".to_owned(),
        ..Issuer::default()
    };
    assert!(issuer(&bare, &around()).is_err());
    let keyed = Issuer {
        jwks_uri: Some("https://partner.example.com/jwks".to_owned()),
        ..bare
    };
    assert_eq!(issuer(&keyed, &around()), Ok(()));
}

#[test]
fn passwords_are_long_enough_and_not_too_long() {
    let settings = PasswordSettings::default();
    for (text, accepted) in [
        ("é".repeat(12), true),
        ("é".repeat(11), false),
        ("x".repeat(1024), true),
        ("é".repeat(513), false),
    ] {
        assert_eq!(password("password", &settings, &Secret::new(text)).is_ok(), accepted);
    }
}

#[test]
fn request_objects_come_with_what_the_client_has_to_sign_with() {
    use crate::model::request_object::RequestObjectAlg::{Es256, Hs256, None as Unsigned};
    let keyed = || Client {
        jwks_uri: Some("https://app.example.com/jwks".to_owned()),
        ..web()
    };
    let with = |client: Client, alg, required| Client {
        request_object_signing_alg: alg,
        require_signed_request_object: required,
        ..client
    };
    let private_key = || Client {
        token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
        ..keyed()
    };
    for (client, field) in [
        (with(keyed(), Some(Es256), true), None),
        (with(web(), Some(Hs256), true), None),
        (with(public(), Some(Unsigned), false), None),
        (with(web(), Some(Es256), false), Some("request_object_signing_alg")),
        (with(public(), Some(Hs256), false), Some("request_object_signing_alg")),
        (
            with(private_key(), Some(Hs256), false),
            Some("request_object_signing_alg"),
        ),
        (
            with(keyed(), Some(Unsigned), true),
            Some("require_signed_request_object"),
        ),
        (with(web(), None, true), Some("require_signed_request_object")),
    ] {
        let refused = client::check(&client, &around()).err().map(|error| error.field);
        assert_eq!(refused, field.map(|field| format!("clients.app.{field}")), "{client:?}");
    }
}

#[test]
fn request_uris_are_addresses_that_may_be_fetched() {
    let long = format!("https://app.example.com/{}", "a".repeat(500));
    for (uri, accepted) in [
        ("https://app.example.com/request.jwt", true),
        (
            "https://app.example.com/request.jwt#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM",
            true,
        ),
        ("http://keys.internal:8080/request.jwt", true),
        ("http://app.example.com/request.jwt", false),
        ("urn:ietf:params:oauth:request_uri:x", false),
        ("https://app.example.com/#a#b", false),
        ("https://user@app.example.com/", false),
        ("file:///etc/passwd", false),
        (&long, false),
    ] {
        let client = Client {
            request_uris: vec![uri.to_owned()],
            ..web()
        };
        assert_eq!(client::check(&client, &around()).is_ok(), accepted, "{uri}");
    }
}

#[test]
fn names_hide_nothing_and_turn_nothing_around() {
    for (text, accepted) in [
        ("Harbour Payroll", true),
        ("Bäckerei Łódź", true),
        ("Bank\u{202e}xoberiF\u{200b}", false),
        ("Ba\u{ad}nk", false),
        ("\u{2066}Bank", false),
        ("Ba\u{feff}nk", false),
        ("Ba\u{e0041}nk", false),
    ] {
        let named = Client {
            client_name: text.to_owned(),
            ..web()
        };
        assert_eq!(client::check(&named, &around()).is_ok(), accepted, "{text:?}");
        assert_eq!(username("users", text).is_ok(), accepted, "{text:?}");
        let said = Map::from_iter([("name".to_owned(), text.into())]);
        assert_eq!(claims("users", &said).is_ok(), accepted, "{text:?}");
    }
}

//! How clients authenticate by certificates. RFC 8705 §2.

use rcgen::SanType;
use serde_json::json;

use super::{FOR_ITSELF, rp, server, shared, token};
use crate::support::client_certificate::{HEADER, Shown};
use crate::support::directory::SECRET;
use crate::support::on_both;
use crate::support::relying_party::RelyingParty;
use crate::support::server::TestServer;

on_both! {
    server();
    a_vouched_certificate_with_the_name_authenticates,
    a_certificate_with_the_registered_key_authenticates,
    other_certificates_authenticate_nobody,
    every_endpoint_of_clients_takes_them,
    who_is_no_proxy_hands_on_nothing,
    one_method_authenticates
}

async fn a_vouched_certificate_with_the_name_authenticates(server: &TestServer) {
    let san = |name: SanType| {
        shared()
            .authority
            .issue("any", |own| own.subject_alt_names = vec![name])
    };
    let several = shared().authority.issue("any", |own| {
        own.subject_alt_names = vec![
            SanType::DnsName("other.example".try_into().unwrap()),
            SanType::DnsName("payroll.example".try_into().unwrap()),
        ];
    });
    for (id, shown) in [
        ("payroll", shared().authority.issue("payroll", |_| {})),
        ("dns", several),
        ("uri", san(SanType::URI("spiffe://example/payroll".try_into().unwrap()))),
        ("ip", san(SanType::IpAddress("192.0.2.7".parse().unwrap()))),
        (
            "email",
            san(SanType::Rfc822Name("payroll@example.com".try_into().unwrap())),
        ),
    ] {
        token(&rp(server, id), &shown, &FOR_ITSELF).await.accepted();
        // The name of one client is not another's.
        for other in ["payroll", "dns", "uri", "ip", "email"]
            .into_iter()
            .filter(|other| *other != id)
        {
            let answer = token(&rp(server, other), &shown, &FOR_ITSELF).await;
            answer.refused(401, "invalid_client");
        }
    }
}

async fn a_certificate_with_the_registered_key_authenticates(server: &TestServer) {
    let own = &shared().robot;
    for id in ["robot", "pinned"] {
        for shown in [own, &own.renewed()] {
            token(&rp(server, id), shown, &FOR_ITSELF).await.accepted();
        }
        for shown in [&Shown::self_signed(|_| {}), &shared().payroll] {
            let answer = token(&rp(server, id), shown, &FOR_ITSELF).await;
            answer.refused(401, "invalid_client");
        }
    }
}

async fn other_certificates_authenticate_nobody(server: &TestServer) {
    let expired = |own: &mut rcgen::CertificateParams| own.not_after = rcgen::date_time_ymd(2026, 3, 3);
    let cases = [
        (
            "payroll",
            Shown::self_signed(|own| own.distinguished_name.push(rcgen::DnType::CommonName, "payroll")),
        ),
        (
            "payroll",
            crate::support::client_certificate::Authority::new().issue("payroll", |_| {}),
        ),
        ("payroll", shared().authority.issue("payroll", expired)),
        ("payroll", shared().authority.issue("payrol", |_| {})),
        ("payroll", shared().robot.renewed()),
        ("nobody", shared().authority.issue("payroll", |_| {})),
    ];
    for (id, shown) in cases {
        let answer = token(&rp(server, id), &shown, &FOR_ITSELF).await;
        answer.refused(401, "invalid_client");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let client = rp(server, "payroll");
    client.token(&FOR_ITSELF).await.refused(401, "invalid_client");
    let good = shared().payroll.header();
    for broken in ["", ":AAAA:", "x", &good[1..], &format!("{good}, {good}")] {
        let answer = client
            .post_with("/oauth2/token", &FOR_ITSELF, &[(HEADER, broken)])
            .await;
        answer.refused(401, "invalid_client");
    }
    // Of two, one came from who asks.
    let twice = [(HEADER, good.as_str()), (HEADER, &good)];
    let answer = client.post_with("/oauth2/token", &FOR_ITSELF, &twice).await;
    answer.refused(401, "invalid_client");
    // What comes in another header is nobody's.
    let answer = client
        .post_with("/oauth2/token", &FOR_ITSELF, &[("x-client-cert", &good)])
        .await;
    answer.refused(401, "invalid_client");
}

async fn every_endpoint_of_clients_takes_them(server: &TestServer) {
    let (client, shown) = (rp(server, "payroll"), [(HEADER, shared().payroll.header())]);
    let headers: Vec<(&str, &str)> = shown.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let own = token(&client, &shared().payroll, &FOR_ITSELF)
        .await
        .accepted()
        .text("access_token");
    let pushed: Vec<(String, String)> = client.request("openid");
    let pushed: Vec<(&str, &str)> = pushed
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let pushed: Vec<(&str, &str)> = pushed.into_iter().filter(|(name, _)| *name != "client_id").collect();
    for (path, form, status) in [
        ("/oauth2/introspect", vec![("token", own.as_str())], 200),
        ("/oauth2/par", pushed, 201),
        ("/oauth2/device_authorization", vec![("scope", "calendar")], 200),
        ("/oauth2/revoke", vec![("token", own.as_str())], 200),
    ] {
        client.post(path, &form).await.refused(401, "invalid_client");
        let answer = client.post_with(path, &form, &headers).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }
    let said = client
        .post_with("/oauth2/introspect", &[("token", &own)], &headers)
        .await;
    assert_eq!(said.body, json!({ "active": false }));
}

async fn who_is_no_proxy_hands_on_nothing(server: &TestServer) {
    // The proxy of these tests is this machine, by one of its addresses.
    let elsewhere = reqwest::Client::builder()
        .local_address("127.0.0.2".parse::<std::net::IpAddr>().ok())
        .no_proxy()
        .build()
        .unwrap();
    let ask = async |http: &reqwest::Client| {
        let form = [&FOR_ITSELF[..], &[("client_id", "payroll")]].concat();
        let request = http.post(server.at("/oauth2/token")).form(&form);
        crate::support::relying_party::answer(request.header(HEADER, shared().payroll.header())).await
    };
    ask(&crate::support::endpoint::http()).await.accepted();
    ask(&elsewhere).await.refused(401, "invalid_client");
}

async fn one_method_authenticates(server: &TestServer) {
    // A certificate is no secret, and a secret is no certificate.
    let web = RelyingParty::new(server, "web");
    token(&web, &shared().payroll, &FOR_ITSELF).await.accepted();
    token(&rp(server, "web"), &shared().payroll, &FOR_ITSELF)
        .await
        .refused(401, "invalid_client");
    let mut payroll = rp(server, "payroll");
    payroll.secret = Some(SECRET.to_owned());
    token(&payroll, &shared().payroll, &FOR_ITSELF)
        .await
        .refused(401, "invalid_client");
    // Who names nobody is nobody.
    let request = crate::support::endpoint::http().post(server.at("/oauth2/token"));
    let request = request.header(HEADER, shared().payroll.header()).form(&FOR_ITSELF);
    crate::support::relying_party::answer(request)
        .await
        .refused(401, "invalid_client");
}

#[tokio::test]
async fn a_certificate_that_has_expired_binds_nothing() {
    let server = server().start().await;
    let expired = Shown::self_signed(|own| own.not_after = rcgen::date_time_ymd(2026, 3, 3));
    let client = RelyingParty::new(&server, "web");
    let said = token(&client, &expired, &FOR_ITSELF)
        .await
        .refused(400, "invalid_request");
    assert!(said.contains("TLS certificate"), "{said}");
}

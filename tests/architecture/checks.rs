//! The checker checked: small files that keep the rules, and that break them.

use crate::rules::{self, File};
use crate::{source, templates};

fn breaches(name: &str, text: &str) -> Vec<String> {
    let tokens = source::without_tests(&source::tokens(text));
    rules::breaches(&File {
        name: format!("src/{name}"),
        tokens,
    })
}

/// Each line is a file, its text, and a part of what must be reported about it.
fn assert_refused(cases: &[(&str, &str, &str)]) {
    for (name, text, expected) in cases {
        let found = breaches(name, text).join("\n");
        assert!(
            found.contains(expected),
            "{name}: `{text}` gave `{found}`, expected `{expected}`"
        );
    }
}

fn assert_fine(cases: &[(&str, &str)]) {
    for (name, text) in cases {
        assert_eq!(breaches(name, text), Vec::<String>::new(), "{name}: `{text}`");
    }
}

#[test]
fn forbidden_rooms_are_found() {
    assert_refused(&[
        (
            "policy/access.rs",
            "use crate::store::Tx;",
            "policy/access.rs:1: policy may not use store",
        ),
        (
            "policy/access.rs",
            "use crate::{model::id, store::{Tx, users}};",
            "policy may not use store",
        ),
        (
            "policy/access.rs",
            "fn f() {\n crate::work::now() }",
            "access.rs:2: policy may not use work",
        ),
        ("policy/mod.rs", "use super::store;", "policy may not use store"),
        (
            "authn/factor/totp.rs",
            "use super::super::super::web::App;",
            "authn may not use web",
        ),
        (
            "oidc/claims.rs",
            "mod inner { use super::super::super::oauth::x; }",
            "oidc may not use oauth",
        ),
        ("web/app.rs", "use crate::jobs;", "web may not use jobs"),
        ("jobs/sweep.rs", "use crate::{authn as a};", "jobs may not use authn"),
        ("error/mod.rs", "use crate::model;", "error may not use model"),
        ("main.rs", "use countersign::store;", "main may not use store"),
        ("model/id.rs", "use crate::*;", "glob"),
        ("model/id.rs", "use crate as all;", "another name"),
        ("model/id.rs", "use crate::{self as all};", "another name"),
        ("model/id.rs", "use crate::Thing;", "Thing is not a room"),
        ("utils/mod.rs", "", "no such room: utils"),
    ]);
}

#[test]
fn permitted_rooms_are_left_alone() {
    assert_fine(&[
        (
            "oauth/issue.rs",
            "use crate::{error::Error, policy::{Approval, scope}, store, work::Work};",
        ),
        (
            "authn/factor/totp.rs",
            "use super::super::login; use super::Factor; pub(in crate::authn) fn f() {}",
        ),
        (
            "policy/access.rs",
            "//! [`crate::store`]\n/* crate::web /* */ crate::web */ const A: &str = \"crate::web\";",
        ),
        (
            "policy/access.rs",
            "const A: &str = r#\"\" crate::web\"#; const B: char = '\"'; fn f<'a>(a: &'a str) {}",
        ),
        (
            "policy/access.rs",
            "#[cfg(test)]\nmod tests { use crate::store; }\n#[cfg(test)] use crate::store;",
        ),
        ("work.rs", "mod inner { use super::Work; }"),
        ("main.rs", "fn main() { countersign::cli::run() }"),
        ("lib.rs", "pub mod store;"),
        ("cli/serve.rs", "use crate::{demo, jobs, web};"),
    ]);
}

#[test]
fn a_test_only_item_hides_nothing_after_it() {
    assert_refused(&[
        (
            "policy/scope.rs",
            "#[cfg(test)] mod tests { fn f() {} } use crate::store;",
            "may not use store",
        ),
        (
            "policy/scope.rs",
            "#[cfg(test)] #[path = \"x\"] mod t; use crate::store;",
            "may not use store",
        ),
        (
            "policy/scope.rs",
            "#[cfg(not(test))] use crate::store;",
            "may not use store",
        ),
        (
            "policy/scope.rs",
            "#[cfg(any(test, unix))] use crate::store;",
            "may not use store",
        ),
    ]);
}

#[test]
fn files_for_tests_alone_are_known() {
    let text = "mod scope; #[cfg(test)] #[rustfmt::skip] mod examples; #[cfg(test)] mod tests { mod inner; }";
    let file = File {
        name: "src/policy/mod.rs".to_owned(),
        tokens: source::tokens(text),
    };
    assert_eq!(file.test_modules(), ["policy::examples"]);
}

#[test]
fn fenced_crates_are_found() {
    assert_refused(&[
        (
            "oauth/issue.rs",
            "use jsonwebtoken::encode;",
            "jsonwebtoken may be named in crypto only",
        ),
        (
            "oauth/issue.rs",
            "fn f() { ::rand::fill(&mut [0]) }",
            "rand may be named in crypto only",
        ),
        (
            "oauth/issue.rs",
            "use {diesel, serde::Serialize};",
            "diesel may be named in store only",
        ),
        ("oauth/issue.rs", "extern crate rustls;", "rustls"),
        ("oauth/issue.rs", "#[derive(diesel::Queryable)] struct A;", "diesel"),
        (
            "web/app.rs",
            "fn f() { metrics::counter!(\"a\") }",
            "metrics may be named in server only",
        ),
    ]);
    assert_fine(&[
        ("crypto/jwt.rs", "use jsonwebtoken::encode;"),
        ("demo/app.rs", "use actix_web::web;"),
        (
            "web/app.rs",
            "use crate::server::metrics; fn f(a: A) { metrics::count(a.toml, a.metrics()) }",
        ),
        (
            "web/app.rs",
            "fn f(rand: u8) -> A { A { rand, toml: crate::config::toml::read() } }",
        ),
    ]);
}

#[test]
fn constructors_of_proof_are_guarded() {
    assert_refused(&[
        (
            "authn/login.rs",
            "let e = Evidence::proven(kind, id, now);",
            "only a proof may make evidence",
        ),
        (
            "oauth/issue.rs",
            "let all = ids.map(E::proven);",
            "only a proof may make evidence",
        ),
        (
            "oauth/issue.rs",
            "let a = Approval::new(facts);",
            "only policy may make an approval",
        ),
        ("oauth/issue.rs", "struct Approval;", "only policy may make an approval"),
        (
            "policy/next_step.rs",
            "pub struct Approval { pub user: UserId }",
            "outside policy",
        ),
        (
            "policy/next_step.rs",
            "#[derive(Debug, Deserialize)] pub struct Approval { user: UserId }",
            "outside policy",
        ),
    ]);
    assert_fine(&[
        ("authn/factor/password.rs", "let e = Evidence::proven(kind, id, now);"),
        ("authn/upstream.rs", "let e = Evidence::proven(kind, id, now);"),
        (
            "oauth/grant_type/jwt_bearer.rs",
            "let e = Evidence::proven(kind, id, now);",
        ),
        (
            "policy/next_step.rs",
            "#[derive(Debug)] pub struct Approval { user: A, b: B } fn f() { Approval::new(a) }",
        ),
        ("oauth/issue.rs", "fn mint(approval: &Approval) {}"),
    ]);
}

#[test]
fn the_middle_stays_synchronous() {
    assert_refused(&[("authn/login.rs", "async fn f() {}", "not asynchronous")]);
    assert_refused(&[("store/users.rs", "fn f() { g().await }", "not asynchronous")]);
    assert_fine(&[("web/app.rs", "async fn f() { g().await }")]);
}

#[test]
fn allowances_are_found() {
    assert_refused(&[
        ("model/id.rs", "#[allow(dead_code)] fn f() {}", "#[expect("),
        ("lib.rs", "#![allow(unused)]", "#[expect("),
        (
            "model/id.rs",
            "#[cfg_attr(unix, allow(dead_code))] fn f() {}",
            "#[expect(",
        ),
    ]);
    assert_fine(&[("model/id.rs", "#[expect(dead_code, reason = \"a\")] fn allow(a: u8) {}")]);
}

#[test]
fn template_breaches_are_found() {
    let found = |text: &str| templates::breaches("a.html", text, |name| name == "layout.html").join("\n");
    for (text, expected) in [
        ("<script>go()</script>", "a.html:1: inline script"),
        ("<p>\n<body onload=\"go()\">", "a.html:2: inline script"),
        ("<img src=\"https://elsewhere.example/a.png\">", "from elsewhere"),
        ("<a href=\"javascript:go()\">", "from elsewhere"),
        ("{%- extends \"base.html\" %}", "no template base.html"),
    ] {
        assert!(found(text).contains(expected), "{text}: {}", found(text));
    }
    let fine = "{% extends \"layout.html\" %}<script src=\"/static/js/form.js\" defer></script> one=\"a\"";
    assert_eq!(found(fine), "");
}

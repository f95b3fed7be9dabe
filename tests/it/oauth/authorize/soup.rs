//! Random parameters: never a failure of ours, never a redirect to an address that was not registered.

use url::Url;

use super::start;
use crate::support::attack;
use crate::support::directory::CALLBACK;
use crate::support::page::Page;
use crate::support::relying_party::RelyingParty;

const NAMES: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "acr_values",
    "claims",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "resource",
    "audience",
    "request",
    "request_uri",
    "registration",
    "",
    "\u{202e}x",
    "code",
];
const VALUES: &[&str] = &[
    "",
    "app",
    "trusted",
    "spa",
    "native",
    "nobody",
    CALLBACK,
    "https://app.example/other",
    "https://evil.example/",
    "http://127.0.0.1:9/callback",
    "com.example.app:/callback",
    "//evil.example",
    "code",
    "token",
    "id_token token",
    "code id_token",
    "query",
    "fragment",
    "form_post",
    "openid",
    "openid profile reports",
    "S256",
    "plain",
    "none",
    "login consent",
    "0",
    "4294967295",
    "-1",
    "high phr",
    "{\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"phr\"}}}",
    "{\"id_token\":null,\"userinfo\":{\"email\":{}}}",
    "[[[",
    "https://api.example/transfers",
    "a.b.c",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "\r\nLocation: https://evil.example/",
    "\u{0}",
    "é\u{1f510}\u{2028}",
    "%00%ff",
    "<script>",
    "\"'`\\",
];
const REGISTERED: &[&str] = &[
    CALLBACK,
    "https://app.example/other",
    "http://127.0.0.1:9/callback",
    "com.example.app:/callback",
];

/// A walk that is the same in every run: xorshift64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// A good request with some of its parameters replaced, dropped, doubled or joined by others.
fn soup(rp: &RelyingParty<'_>, dice: &mut Dice) -> Vec<(String, String)> {
    let mut params = if dice.below(4) == 0 {
        Vec::new()
    } else {
        rp.request("openid profile")
    };
    for _ in 0..dice.below(5) {
        let (name, value) = (dice.one(NAMES), dice.one(VALUES).to_owned());
        let known = params.iter().position(|(known, _)| known == name);
        match (dice.below(3), known) {
            (0, Some(at)) => drop(params.remove(at)),
            (1, Some(at)) => params[at].1 = value,
            _ => params.push((name.to_owned(), value.repeat(1 + dice.below(3)))),
        }
    }
    params
}

fn check(page: &Page, params: &[(String, String)]) {
    if let Some(location) = &page.location {
        let mut bare = location.clone();
        bare.set_query(None);
        bare.set_fragment(None);
        let ours = location.origin() == page.url.origin() && location.path().starts_with("/interaction/");
        assert!(
            ours || REGISTERED.contains(&bare.as_str()),
            "{params:?} led to {location}"
        );
    } else if page.status == 200 {
        let action = page.form().action;
        assert!(REGISTERED.contains(&action.as_str()), "{params:?} posts to {action}");
    } else {
        assert_eq!(page.page().as_deref(), Some("error"), "{params:?}");
    }
    let csp = page.header("content-security-policy").unwrap();
    assert!(csp.starts_with("default-src 'none'") && !csp.contains("evil"), "{csp}");
}

#[tokio::test]
async fn whatever_is_asked_is_answered_and_goes_nowhere_else() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut signed_in = rp.browser();
    rp.sign_in(&mut signed_in, "alice", "openid").await;
    let stranger = rp.browser();
    let endpoint = Url::parse(&server.at("/oauth2/authorize")).unwrap();
    let mut dice = Dice(0x5eed_cafe_f00d_0001);
    let mut answered = 0;
    for step in 0..400 {
        let params = soup(&rp, &mut dice);
        let browser = if step % 2 == 0 { &signed_in } else { &stranger };
        let page = if dice.below(3) == 0 {
            attack::post_fields(browser, &endpoint, &params, &[]).await
        } else {
            attack::get(browser, &Url::parse(&rp.address(&params)).unwrap()).await
        };
        check(&page, &params);
        answered += usize::from(page.query("code").is_some());
    }
    assert!(answered > 10, "the walk met good requests too: {answered}");
}

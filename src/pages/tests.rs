//! Every template with its samples, and the names that other programs rely on (INTERFACE.md §5).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use scraper::{ElementRef, Html, Selector};

use super::contexts::*;
use super::text::ErrorClass;
use super::*;
use crate::model::evidence::Acr;
use crate::model::lang::Lang;

fn engine() -> Engine {
    Engine::new("Example Works", "").unwrap()
}

static RENDERED: LazyLock<Vec<(Sample, String)>> = LazyLock::new(|| {
    let unpack = |sample: Sample| {
        let html = sample.rendered.clone().unwrap();
        (sample, html)
    };
    super::samples(&engine()).into_iter().map(unpack).collect()
});

fn pages() -> impl Iterator<Item = (&'static str, &'static str, Html)> {
    let pages = RENDERED.iter().filter(|(sample, _)| sample.page != "mail");
    pages.map(|(sample, html)| (sample.template, sample.page, Html::parse_document(html)))
}

fn page(name: &str, variant: &str) -> Html {
    Html::parse_document(source(name, variant))
}

fn source(name: &str, variant: &str) -> &'static str {
    &RENDERED
        .iter()
        .find(|(sample, _)| sample.page == name && sample.variant == variant && sample.lang == Lang::En)
        .unwrap()
        .1
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn has(page: &Html, selector: &str) -> bool {
    !all(page, selector).is_empty()
}

fn attributes<'a>(page: &'a Html, name: &str) -> Vec<&'a str> {
    all(page, &format!("[{name}]"))
        .into_iter()
        .filter_map(|element| element.attr(name))
        .collect()
}

#[test]
fn every_template_has_a_sample() {
    let embedded: BTreeSet<String> = assets::templates().unwrap().into_iter().map(|(path, _)| path).collect();
    let shown: BTreeSet<String> = RENDERED.iter().map(|(sample, _)| sample.template.to_owned()).collect();
    let rest: Vec<_> = embedded.difference(&shown).collect();
    let is_part = |path: &str| path.starts_with("components/") || path.ends_with("layout.html");
    assert!(rest.iter().all(|path| is_part(path)), "without a sample: {rest:?}");
}

/// A misspelt variable in a condition would only ever be false.
#[test]
fn templates_name_only_what_their_page_gives() {
    fn check<P: Page>(engine: &Engine) {
        let mut given = context(P::TEMPLATE, &P::sample()).unwrap();
        Look::with_choice(Lang::En).fill(&mut given);
        let tera = engine.speaking(Lang::En).unwrap();
        for variable in tera.get_template_variables(P::TEMPLATE).unwrap() {
            assert!(given.contains_key(variable), "{} names {variable}", P::TEMPLATE);
        }
    }
    let engine = engine();
    check::<LoginPage>(&engine);
    check::<ChallengePage>(&engine);
    check::<EnrolPage>(&engine);
    check::<ConsentPage>(&engine);
    check::<DevicePage>(&engine);
    check::<CompareDevicePage>(&engine);
    check::<ErrorPage>(&engine);
    check::<SignedOutPage>(&engine);
    check::<LogoutPage>(&engine);
    check::<FormPostPage>(&engine);
    check::<HomePage>(&engine);
    check::<NoticePage>(&engine);
    check::<ForgottenPage>(&engine);
    check::<ResetPage>(&engine);
    check::<WelcomePage>(&engine);
    check::<WelcomeDonePage>(&engine);
    check::<DemoHomePage>(&engine);
    check::<DemoAccountPage>(&engine);
    check::<InspectorPage>(&engine);
}

#[test]
fn every_sample_names_its_page_and_keeps_to_the_content_security_policy() {
    let inline = "[style], style, script:not([src]), [onclick], [onsubmit], a[href^='javascript:']";
    for (template, name, page) in pages() {
        assert!(
            has(&page, &format!("body[data-page={name}]")),
            "{template} names another page"
        );
        assert!(!has(&page, inline), "{template} has inline style or script");
    }
}

#[test]
fn every_sample_is_marked_up_for_everyone() {
    for (template, _, page) in pages() {
        assert_eq!(all(&page, "h1").len(), 1, "{template} has one heading");
        assert!(
            all(&page, "[autofocus]").len() <= 1,
            "{template} has one place to begin"
        );
        let ids = attributes(&page, "id");
        assert_eq!(
            ids.len(),
            ids.iter().collect::<BTreeSet<_>>().len(),
            "{template} repeats an id"
        );
        for input in all(&page, "input:not([type=hidden]):not([type=checkbox])") {
            let label = format!("label[for='{}']", input.attr("id").unwrap());
            assert!(has(&page, &label), "{template} lacks {label}");
        }
        for named in attributes(&page, "aria-describedby") {
            assert!(
                named.split(' ').all(|id| ids.contains(&id)),
                "{template} describes by {named}"
            );
        }
    }
}

#[test]
fn every_form_posts_with_its_token_except_the_one_for_the_app() {
    let token = Selector::parse("input[type=hidden][name=csrf]").unwrap();
    for (template, name, page) in pages() {
        for form in all(&page, "form") {
            assert_eq!(form.attr("method"), Some("post"), "{template}");
            assert_eq!(
                form.select(&token).count(),
                usize::from(name != "form-post"),
                "{template}"
            );
        }
    }
}

#[test]
fn stable_hooks_are_there() {
    let hooks = [
        ("login", "input[name=username][autocomplete='username webauthn']"),
        (
            "login",
            "input[name=password][type=password][autocomplete=current-password]",
        ),
        ("login", "button#submit"),
        (
            "challenge",
            "input[name=code][autocomplete=one-time-code][inputmode=numeric]",
        ),
        ("challenge", "button#submit"),
        ("challenge", "a[data-factor=totp]"),
        ("challenge", "[data-acr=phr]"),
        ("enrol", "#totp-secret"),
        ("enrol", "svg.qr[role=img] path"),
        ("enrol", "input[name=code][autocomplete=one-time-code]"),
        ("enrol", "button#submit"),
        ("consent", "button#allow[name=decision][value=allow]"),
        ("consent", "button#deny[name=decision][value=deny]"),
        ("consent", "input[type=checkbox][name=scope][value=offline_access]"),
        ("logout", "button#confirm"),
        ("logout", "button#cancel"),
        ("error", "body[data-error=invalid_redirect_uri]"),
        ("welcome", "input[name=confirm][autocomplete=new-password]"),
        ("form-post", "form[data-send-at-once] button"),
        ("demo-home", "a#signin"),
        ("demo-account", "button#transfer"),
        ("demo-account", "[data-result=refused]"),
    ];
    for (name, selector) in hooks {
        assert!(has(&page(name, "longest"), selector), "{name} lacks {selector}");
    }
}

#[test]
fn a_required_scope_has_no_box_and_an_error_takes_the_focus() {
    assert!(!has(&page("consent", "usual"), "input[name=scope][value=openid]"));
    assert!(has(&page("login", "longest"), "[role=alert][autofocus][tabindex='-1']"));
    assert!(has(&page("login", "usual"), "#username[autofocus]"));
}

#[test]
fn values_are_escaped() {
    assert!(!source("form-post", "longest").contains("<marked>"));
    assert!(has(
        &page("form-post", "longest"),
        r#"input[name=state][value='"quoted" & <marked>']"#
    ));
}

#[test]
fn every_error_class_becomes_a_page() {
    let engine = engine();
    for &class in ErrorClass::ALL {
        let html = engine
            .render(&ErrorPage::of(class, engine.chrome::<ErrorPage>()), &Look::of(Lang::De))
            .unwrap();
        assert!(has(
            &Html::parse_document(&html),
            &format!("body[data-error={}]", class.as_str())
        ));
    }
}

#[test]
fn the_seal_fills_as_many_strokes_as_the_level() {
    for acr in Acr::ALL {
        let seal = SealView::from(acr);
        assert_eq!(
            seal.strokes.iter().filter(|&&filled| filled).count(),
            usize::from(acr.strokes())
        );
        assert_eq!(seal.filled, acr.strokes());
    }
}

#[test]
fn assets_carry_their_hash_below_the_base() {
    let engine = Engine::new("Example Works", "/tenant").unwrap();
    let html = engine
        .render(
            &ErrorPage::of(ErrorClass::NotFound, engine.chrome::<ErrorPage>()),
            &Look::of(Lang::En),
        )
        .unwrap();
    let file = static_file("css/site.css").unwrap();
    let address = format!("/tenant/static/css/site.css?v={}", &file.etag[..12]);
    let selector = format!("link[rel=stylesheet][href='{address}']");
    assert!(has(&Html::parse_document(&html), &selector));
    assert_eq!(file.content_type, "text/css; charset=utf-8");
    assert!(file.bytes.len() < 15_000, "the stylesheet stays small");
}

#[test]
fn nothing_but_static_files_is_served() {
    for path in [
        "",
        "css",
        "css/site",
        "../Cargo.toml",
        "../templates/layout.html",
        "css/../../Cargo.lock",
        "/etc/passwd",
    ] {
        assert!(static_file(path).is_none(), "{path}");
    }
}

#[test]
fn a_mail_has_one_line_of_subject() {
    let [mut mail, _] = mail::NoticeMail::samples().remove(0);
    mail.about.organisation = "Example\r\nBcc: everyone@example.com".into();
    let message = engine().message(&mail, Lang::En).unwrap();
    assert!(!message.subject.contains(['\r', '\n']));
    assert!(message.text.starts_with("Hello Alice Moreau,") && message.text.contains("203.0.113.7"));
    assert_eq!(message.to, "alice@example.com");
}

#[test]
fn the_longest_client_name_has_sixty_characters() {
    assert_eq!(longest::CLIENT.chars().count(), 60);
}

/// What a page says in both languages alike was given to it, as a name is: nothing is written into a template.
#[test]
fn templates_hold_no_words_of_their_own() {
    fn check<P: Page>(engine: &Engine) {
        for page in [P::sample(), P::longest()] {
            let given = serde_json::to_string(&page).unwrap();
            let said = |lang| words(&engine.render(&page, &Look::of(lang)).unwrap());
            let german = said(Lang::De);
            for same in said(Lang::En).intersection(&german) {
                let quoted = serde_json::to_string(same.trim_end_matches('.')).unwrap();
                let is_given = given.contains(quoted.trim_matches('"')) || SAME_IN_BOTH.contains(&same.as_str());
                assert!(is_given, "{} says {same} in both languages", P::TEMPLATE);
            }
        }
    }
    let engine = engine();
    check::<LoginPage>(&engine);
    check::<ChallengePage>(&engine);
    check::<EnrolPage>(&engine);
    check::<EnrolPasskeyPage>(&engine);
    check::<ConsentPage>(&engine);
    check::<ErrorPage>(&engine);
    check::<SignedOutPage>(&engine);
    check::<LogoutPage>(&engine);
    check::<FormPostPage>(&engine);
    check::<HomePage>(&engine);
    check::<NoticePage>(&engine);
    check::<BridgePage>(&engine);
    check::<FlowPage>(&engine);
    check::<ForgottenPage>(&engine);
    check::<ResetPage>(&engine);
    check::<WelcomePage>(&engine);
    check::<WelcomeDonePage>(&engine);
    check::<account::ProfilePage>(&engine);
    check::<account::CredentialsPage>(&engine);
    check::<account::CredentialPage>(&engine);
    check::<account::RemovePage>(&engine);
    check::<account::ConnectPage>(&engine);
    check::<account::PasswordPage>(&engine);
    check::<account::TokenPage>(&engine);
    check::<account::SessionsPage>(&engine);
    check::<account::ApplicationsPage>(&engine);
    check::<account::ActivityPage>(&engine);
}

/// Words that both languages have, and what is typed as it is.
const SAME_IN_BOTH: [&str; 7] = [
    "Code",
    "Standard",
    "Passkey",
    "YubiKey",
    "English",
    "Deutsch",
    "countersign apply directory.toml",
];

/// What a page says to eyes and ears.
fn words(html: &str) -> BTreeSet<String> {
    let page = Html::parse_document(html);
    let seen = page.root_element().text();
    let heard = [
        "aria-label",
        "title",
        "alt",
        "placeholder",
        "data-declined",
        "data-failed",
    ];
    let heard = heard.into_iter().flat_map(|name| attributes(&page, name));
    // A page's title ends with the organisation's name.
    let trimmed = seen
        .chain(heard)
        .flat_map(|text| text.split(" · "))
        .map(|text| text.trim().to_owned());
    trimmed.filter(|text| text.chars().any(char::is_alphabetic)).collect()
}

#[test]
fn a_page_names_its_language() {
    for (sample, html) in RENDERED.iter().filter(|(sample, _)| sample.page != "mail") {
        let selector = format!("html[lang={}]", sample.lang);
        assert!(has(&Html::parse_document(html), &selector), "{}", sample.template);
    }
}

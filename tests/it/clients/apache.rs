//! Debian's `mod_auth_openidc` in Apache: code and hybrid flows, answers by posted form, logout told by both channels, and new keys.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::add_user;
use crate::support::browser::Browser;
use crate::support::directory::SECRET;
use crate::support::installation::Installation;
use crate::support::page::Page;
use crate::support::program::{Program, folder, free_port};
use crate::support::relying_party::log_in;
use crate::support::require;

const APACHE: &str = "/usr/sbin/apache2";
const MODULES: &str = "/usr/lib/apache2/modules";

/// An installation, and a web server that lets in whoever signs in there.
struct World {
    installation: Installation,
    site: String,
    _apache: Program,
}

/// Starts both, with the module asking as `asking` says; none where the machine has no Apache.
fn start(asking: &str) -> Option<World> {
    if !Path::new(APACHE).exists() || !Path::new(MODULES).join("mod_auth_openidc.so").exists() {
        require::skip_or_fail("apache", "there is no Apache with mod_auth_openidc");
        return None;
    }
    let port = free_port();
    let site = format!("http://localhost:{port}");
    let callback = format!("{site}/protected/callback");
    let directory = format!(
        "[[clients]]\nclient_id = \"intranet\"\nclient_secret = \"{SECRET}\"\napplication_type = \"native\"\n\
         redirect_uris = [\"{callback}\"]\ngrant_types = [\"authorization_code\", \"implicit\"]\n\
         response_types = [\"code\", \"code id_token\"]\nscope = \"openid profile email\"\nrequire_consent = false\n\
         post_logout_redirect_uris = [\"{site}/\"]\nbackchannel_logout_uri = \"{callback}?logout=backchannel\"\n\
         frontchannel_logout_uri = \"{callback}?logout=get\"\n"
    );
    let further = "[outbound]\nallowed_private_hosts = [\"localhost\", \"127.0.0.1\"]\n";
    let installation = Installation::start_with(&directory, further);
    add_user(&installation, "alice");
    let apache = serve(port, &format!("{}\n{asking}", module(&installation.issuer, &callback)));
    Some(World {
        installation,
        site,
        _apache: apache,
    })
}

/// How the module finds the issuer, and who it is there.
fn module(issuer: &str, callback: &str) -> String {
    format!(
        "OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration\nOIDCClientID intranet\n\
         OIDCClientSecret {SECRET}\nOIDCRedirectURI {callback}\nOIDCCryptoPassphrase passphrase-of-this-test\n\
         OIDCScope \"openid profile email\"\nOIDCPKCEMethod S256\nOIDCRemoteUserClaim email\n"
    )
}

fn serve(port: u16, module: &str) -> Program {
    let folder = folder("apache");
    let site = folder.join("site");
    for place in ["site", "site/protected"] {
        std::fs::create_dir(folder.join(place)).expect("a folder of the site");
    }
    std::fs::write(
        site.join("protected/index.html"),
        "<!doctype html><body data-page=\"inside\">",
    )
    .expect("a page");
    std::fs::write(site.join("index.html"), "<!doctype html><body data-page=\"outside\">").expect("a page");
    // The server gives up its rights, and reads as somebody else.
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("the folder can be read");
    let load: String = [
        "mpm_event",
        "authn_core",
        "authz_core",
        "authz_user",
        "dir",
        "mime",
        "headers",
        "auth_openidc",
    ]
    .map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n"))
    .concat();
    let place = folder.display();
    let text = format!(
        "{load}ServerRoot {place}\nDefaultRuntimeDir {place}\nPidFile {place}/pid\nServerName localhost\n\
         Listen 127.0.0.1:{port}\nUser www-data\nGroup www-data\nErrorLog /dev/stderr\nLogLevel notice\n\
         TypesConfig /etc/mime.types\nDocumentRoot {place}/site\nDirectoryIndex index.html\n{module}\n\
         <Location /protected>\nAuthType openid-connect\nRequire valid-user\n\
         Header always set X-Person \"expr=%{{REMOTE_USER}}\"\n</Location>\n"
    );
    let file = folder.join("apache.conf");
    std::fs::write(&file, text).expect("the configuration is written");
    let file = file.display().to_string();
    Program::start(
        &[APACHE, "-DFOREGROUND", "-f", &file],
        "resuming normal operations",
        &folder,
    )
}

impl World {
    /// Opens what only known people may see.
    async fn enter(&self, browser: &mut Browser) -> Page {
        let page = browser.get(&format!("{}/protected/", self.site)).await;
        passed_on(browser, page).await
    }

    /// Signs alice in; the page that she wanted.
    async fn sign_in(&self, browser: &mut Browser) -> Page {
        let page = self.enter(browser).await;
        let page = log_in(browser, page, "alice").await;
        passed_on(browser, page).await
    }
}

/// Presses the button of a page that posts an answer, as a browser with scripts does by itself.
async fn passed_on(browser: &mut Browser, page: Page) -> Page {
    if page.page().as_deref() == Some("form-post") {
        return browser.submit(page.form()).await;
    }
    page
}

#[track_caller]
fn is_inside(page: &Page) {
    assert_eq!(page.page().as_deref(), Some("inside"), "{}", page.body);
    assert_eq!(page.header("x-person"), Some("alice@example.com"));
}

async fn journey(asking: &str) {
    let Some(world) = start(asking) else { return };
    let mut browser = Browser::new();
    is_inside(&world.sign_in(&mut browser).await);
    // Keys may change: what is signed with a new one is let in too.
    world.installation.run(&["key", "rotate"]);
    is_inside(&world.sign_in(&mut Browser::new()).await);
    // Whoever signs out at the site does so here too, by the issuer's page.
    let away = format!(
        "{}/protected/callback?logout={}%2F",
        world.site,
        world.site.replace(':', "%3A").replace('/', "%2F")
    );
    let page = browser.get(&away).await;
    let page = if page.page().as_deref() == Some("logout") {
        browser.submit(page.form_at("form:has(#confirm)")).await
    } else {
        page
    };
    assert!(
        matches!(page.page().as_deref(), Some("outside" | "signed-out")),
        "{}",
        page.body
    );
    assert_eq!(world.enter(&mut browser).await.page().as_deref(), Some("login"));
}

#[tokio::test]
async fn apache_takes_codes() {
    journey("OIDCResponseType code").await;
}

#[tokio::test]
async fn apache_takes_posted_answers() {
    journey("OIDCResponseType code\nOIDCResponseMode form_post").await;
}

#[tokio::test]
async fn apache_takes_hybrid_answers() {
    journey("OIDCResponseType \"code id_token\"\nOIDCResponseMode form_post").await;
}

#[tokio::test]
async fn apache_is_told_that_a_session_ended() {
    let Some(world) = start("OIDCResponseType code") else {
        return;
    };
    let mut browser = Browser::new();
    is_inside(&world.sign_in(&mut browser).await);
    is_inside(&world.enter(&mut browser).await);
    let ended = world.installation.run(&["session", "end", "--user", "alice"]);
    assert!(!ended.is_empty());
    // By the back channel, which a job of the server takes.
    for _ in 0..200 {
        if world.enter(&mut browser).await.page().as_deref() == Some("login") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the site still lets her in");
}

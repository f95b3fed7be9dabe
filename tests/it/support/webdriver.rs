//! A real browser: Chromium without a window, driven through chromedriver; both end with the test process.

use std::path::{Path, PathBuf};

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::guarded::Guarded;
use super::require;

/// Starts chromedriver (`$1`), waits to be let go, then ends it and whatever still uses the profile (`$2`).
const SCRIPT: &str = r#"
"$1" --port=0 --allowed-ips=127.0.0.1 &
driver=$!
read -r _
kill "$driver"
wait "$driver" 2>/dev/null
for process in /proc/[0-9]*; do
  if grep -aqsF -- "--user-data-dir=$2" "$process/cmdline"; then kill -9 "${process#/proc/}"; fi
done
rm -rf "$2"
"#;

const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// How the browser is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) javascript: bool,
    pub(crate) dark: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            width: 1280,
            height: 900,
            javascript: true,
            dark: false,
        }
    }
}

/// A browser with a profile of its own.
#[derive(Debug)]
pub(crate) struct Chromium {
    pub(crate) client: Client,
    _driver: Guarded,
}

impl Chromium {
    /// Starts a browser; none, with the reason printed, where there is no Chromium and none is required.
    pub(crate) async fn start(window: Window) -> Option<Self> {
        let (Some(driver), Some(browser)) = (program("chromedriver"), program("chromium")) else {
            require::skip_or_fail("chromium", "this machine has no chromium and chromedriver");
            return None;
        };
        let started = Self::start_with(&driver, &browser, window).await;
        Some(started.unwrap_or_else(|why| panic!("Chromium did not start: {why}")))
    }

    async fn start_with(driver: &Path, browser: &Path, window: Window) -> Result<Self, String> {
        let folder = tempfile::Builder::new()
            .prefix("countersign-chromium-")
            .tempdir()
            .map_err(|e| e.to_string())?;
        // From here on the script removes the folder.
        let profile = folder.keep().display().to_string();
        let driver = driver.display().to_string();
        let mut driver = Guarded::start(SCRIPT, &[&driver, &profile], Path::new("/"), None)?;
        let port: u16 = driver.line(port)?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let builder = builder.capabilities(capabilities(browser, &profile, window));
        let client = builder
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .map_err(|error| error.to_string())?;
        Ok(Self {
            client,
            _driver: driver,
        })
    }

    /// Stores a picture of the whole window as `name`.png and answers where: in `COUNTERSIGN_TEST_SCREENSHOTS`, or among
    /// the build's temporary files.
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch for test runs, not a setting of the server"
    )]
    pub(crate) async fn screenshot(&self, name: &str) -> PathBuf {
        let folder = std::env::var("COUNTERSIGN_TEST_SCREENSHOTS");
        let folder = folder.unwrap_or_else(|_| format!("{}/screenshots", env!("CARGO_TARGET_TMPDIR")));
        let file = Path::new(&folder).join(name).with_extension("png");
        let picture = self.client.screenshot().await.expect("a screenshot is taken");
        std::fs::create_dir_all(&folder).expect("the folder for screenshots is made");
        std::fs::write(&file, picture).expect("a screenshot is stored");
        file
    }

    /// Shows pages from now on as in a window of this size at this scale: a desktop's at 200 %, or a small telephone.
    pub(crate) async fn resize(&self, (width, height): (u32, u32), scale: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": false });
        let command = Devtools("Emulation.setDeviceMetricsOverride", metrics);
        self.client.issue_cmd(command).await.expect("the window is resized");
    }

    /// Removes every cookie, whatever page is open.
    pub(crate) async fn forget(&self) {
        let command = Devtools("Network.clearBrowserCookies", json!({}));
        self.client.issue_cmd(command).await.expect("the cookies are removed");
    }

    /// Gives the browser an authenticator that holds passkeys and asks its user, who agrees.
    pub(crate) async fn authenticator(&self) -> Authenticator<'_> {
        self.plug_in(json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true,
        }))
        .await
    }

    /// Gives the browser a security key that notices a touch and nothing else (U2F); its user touches it.
    pub(crate) async fn security_key(&self) -> Authenticator<'_> {
        self.plug_in(json!({
            "protocol": "ctap1/u2f", "transport": "usb", "hasResidentKey": false, "hasUserVerification": false,
            "isUserConsenting": true,
        }))
        .await
    }

    async fn plug_in(&self, options: Value) -> Authenticator<'_> {
        let made = self
            .client
            .issue_cmd(WebAuthn(Method::POST, String::new(), options))
            .await;
        let id = made
            .expect("an authenticator")
            .as_str()
            .expect("its identifier")
            .to_owned();
        Authenticator { chromium: self, id }
    }

    /// Runs a script in every page that is opened from now on, before its own.
    pub(crate) async fn prepare(&self, script: &str) {
        let command = Devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
        self.client.issue_cmd(command).await.expect("the script is kept");
    }

    /// Runs a script in the page that ends by calling `done`, and answers what it was called with.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let script =
            format!("const done = arguments[0]; (async () => {{ {script} }})().then(done, e => done(String(e)));");
        self.client
            .execute_async(&script, Vec::new())
            .await
            .expect("the script runs")
    }

    /// What the browser complained about since this was last asked: failing scripts, missing files, violated policies.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        self.log("browser").await
    }

    /// The addresses of documents that the browser set out for since this was last asked, redirects among them.
    pub(crate) async fn set_out_for(&self) -> Vec<String> {
        let events = self.log("performance").await;
        let events = events
            .iter()
            .map(|event| serde_json::from_str::<Value>(event).expect("an event"));
        let documents = events.filter(|event| event.pointer("/message/params/type") == Some(&json!("Document")));
        documents
            .filter_map(|event| Some(event.pointer("/message/params/request/url")?.as_str()?.to_owned()))
            .collect()
    }

    async fn log(&self, kind: &'static str) -> Vec<String> {
        let log = self.client.issue_cmd(ReadLog(kind)).await.expect("a log is read");
        let entries = log.as_array().expect("a list of entries");
        let text = |entry: &Value| entry["message"].as_str().expect("a message").to_owned();
        entries.iter().map(text).collect()
    }

    /// Closes the window.
    pub(crate) async fn close(self) {
        self.client.close().await.expect("the browser closes");
    }
}

/// A virtual authenticator.
#[derive(Debug)]
pub(crate) struct Authenticator<'a> {
    chromium: &'a Chromium,
    id: String,
}

impl Authenticator<'_> {
    /// The keys that it holds.
    pub(crate) async fn credentials(&self) -> Value {
        let command = WebAuthn(Method::GET, format!("/{}/credentials", self.id), Value::Null);
        self.chromium.client.issue_cmd(command).await.expect("its keys")
    }

    /// Whether its user shows finger, face or screen lock from now on.
    pub(crate) async fn verifies(&self, verified: bool) {
        let command = WebAuthn(
            Method::POST,
            format!("/{}/uv", self.id),
            json!({ "isUserVerified": verified }),
        );
        self.chromium
            .client
            .issue_cmd(command)
            .await
            .expect("the authenticator is changed");
    }
}

/// A command about virtual authenticators (WebAuthn Level 3 §11).
#[derive(Debug)]
struct WebAuthn(Method, String, Value);

impl WebDriverCompatibleCommand for WebAuthn {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/webauthn/authenticator{}", self.1))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.0.clone(), (!self.2.is_null()).then(|| self.2.to_string()))
    }
}

/// chromedriver's own command, beside those of the specification: reads a log from where it was last read.
#[derive(Debug)]
struct ReadLog(&'static str);

impl WebDriverCompatibleCommand for ReadLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": self.0 }).to_string()))
    }
}

/// A command of the browser's developer tools.
#[derive(Debug)]
struct Devtools(&'static str, Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (
            Method::POST,
            Some(json!({ "cmd": self.0, "params": self.1 }).to_string()),
        )
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.exists())
}

/// chromedriver's word that it is ready names the port.
fn port(line: &str) -> Option<u16> {
    line.strip_prefix("ChromeDriver was started successfully on port ")?
        .trim_end_matches('.')
        .parse()
        .ok()
}

fn capabilities(browser: &Path, profile: &str, window: Window) -> Capabilities {
    let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={profile}"));
    arguments.push(format!("--window-size={},{}", window.width, window.height));
    if window.dark {
        arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    let mut options = json!({ "binary": browser, "args": arguments });
    if !window.javascript {
        options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    Capabilities::from_iter([
        ("goog:chromeOptions".to_owned(), options),
        (
            "goog:loggingPrefs".to_owned(),
            json!({ "browser": "ALL", "performance": "ALL" }),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use fantoccini::Locator;

    use super::{Chromium, Window, port};

    const PAGE: &str = "data:text/html,<h1>Off</h1><script>document.querySelector('h1').textContent = \
        matchMedia('(prefers-color-scheme: dark)').matches ? 'Dark' : 'Light ' + (innerWidth > 1000)</script>";

    async fn heading(chromium: &Chromium) -> String {
        chromium.client.goto(PAGE).await.unwrap();
        chromium
            .client
            .find(Locator::Css("h1"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    #[actix_web::test]
    async fn a_page_runs_its_script() {
        let Some(chromium) = Chromium::start(Window::default()).await else {
            return;
        };
        assert_eq!(heading(&chromium).await, "Light true");
        let picture = std::fs::read(chromium.screenshot("self_test").await).unwrap();
        assert!(picture.starts_with(b"\x89PNG"));
        chromium.close().await;
    }

    #[actix_web::test]
    async fn script_may_be_off_and_colours_dark() {
        let window = Window {
            width: 360,
            dark: true,
            ..Window::default()
        };
        let Some(chromium) = Chromium::start(window).await else {
            return;
        };
        assert_eq!(heading(&chromium).await, "Dark");
        let window = Window {
            javascript: false,
            ..window
        };
        let Some(without) = Chromium::start(window).await else {
            return;
        };
        assert_eq!(heading(&without).await, "Off");
        // Neither is closed: both must be gone with the process.
    }

    #[test]
    fn the_port_is_read() {
        assert_eq!(
            port("ChromeDriver was started successfully on port 40123."),
            Some(40123)
        );
        assert_eq!(port("Starting ChromeDriver 156 on port 0"), None);
    }
}

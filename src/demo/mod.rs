//! The tour: an example web app and an example API beside a real server, for this machine alone.
//!
//! The server is the whole product with a ready-made directory; app and API speak to it over HTTP only, as anybody's
//! would. Three ports in a row are used: the server's, the app's, the API's.

mod api;
mod app;
mod data;
mod inspector;
mod issuer;
mod listener;
mod shown;
mod sign_in;
mod transfer;
mod visits;

pub use data::prepare;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use crate::config::{HostPattern, LogFormat, Sender, Settings, Vendor};
use crate::error::Result;
use crate::model::secret::Secret;
use crate::server::Server;
use crate::web::{self, Running};

use listener::Listener;

/// The settings of a server for the tour: reached from this machine only, with all its data in one folder.
#[must_use]
pub fn settings(port: u16, data_dir: &Path) -> Settings {
    let mut settings = Settings::default();
    settings.server.issuer = format!("http://localhost:{port}");
    settings.server.bind = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    settings.server.shutdown_grace = 2;
    settings.database.url = Secret::new(format!("sqlite://{}", data_dir.join("countersign.db").display()));
    settings.secrets.master_key_file = data_dir.join("master.key");
    // Clients of one's own, tried on the tour, publish their keys on this machine.
    let local = ["localhost", "127.0.0.1"].map(|host| HostPattern::try_from(host.to_owned()));
    settings.outbound.allowed_private_hosts = local.into_iter().flatten().collect();
    // Every factor can be tried: what would be sent stands in the inspector.
    let captured = || {
        Some(Sender {
            vendors: vec![Vendor::Capture {}],
        })
    };
    (settings.messages.sms, settings.messages.voice, settings.messages.email) = (captured(), captured(), captured());
    settings.log.level = "warn".into();
    settings.log.format = LogFormat::Text;
    settings
}

/// Where app and API are.
#[derive(Debug, Clone, Copy)]
struct Places {
    server: u16,
    app: u16,
    api: u16,
}

impl Places {
    /// The places beside a server on `port`.
    fn beside(port: u16) -> Result<Self> {
        match (port.checked_add(1), port.checked_add(2)) {
            (Some(app), Some(api)) if port > 0 => Ok(Self { server: port, app, api }),
            _ => Err(listener::unusable(port, "the tour needs a port from 1 to 65533")),
        }
    }

    /// The app's address.
    ///
    /// Not `localhost`, which is the server's name here: cookies know no ports, and in life the two are different hosts.
    fn app_origin(self) -> String {
        format!("http://127.0.0.1:{}", self.app)
    }

    /// The API's address.
    fn api_origin(self) -> String {
        format!("http://127.0.0.1:{}", self.api)
    }
}

/// A tour that is being given.
pub struct Tour {
    server: Running,
    app: Listener,
    api: Listener,
    lines: Vec<String>,
}

/// Begins to serve the server, the example app and the example API, on the runtime of the caller, who also runs the jobs.
///
/// # Errors
/// A port that is taken, or a fault.
pub fn start(server: &Arc<Server>) -> Result<Tour> {
    let settings = &server.shared().settings;
    let places = Places::beside(settings.server.bind.port())?;
    // All three before any is served: a tour with a part missing is none.
    let listeners = (
        listener::bind(places.server)?,
        listener::bind(places.app)?,
        listener::bind(places.api)?,
    );
    let folder = data::folder(&settings.secrets.master_key_file);
    let lines = lines(places, &settings.server.issuer, folder);
    let api = listener::serve(listeners.2, api::routes(server)?)?;
    let app = listener::serve(listeners.1, app::routes(server, places)?)?;
    let server = web::start(server, listeners.0)?;
    Ok(Tour {
        server,
        app,
        api,
        lines,
    })
}

impl Tour {
    /// What to open and what to type.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Stops app, API and server, in this order.
    ///
    /// # Errors
    /// A fault when one of them had failed.
    pub async fn stop(self) -> Result<()> {
        self.app.stop().await?;
        self.api.stop().await?;
        self.server.stop().await
    }
}

fn lines(places: Places, issuer: &str, folder: &Path) -> Vec<String> {
    let app = places.app_origin();
    let (name, password) = data::ALICE;
    let others = [data::BOB, data::CAROL].map(|(name, password)| format!("{name}, password {password}"));
    let [bob, carol] = &others;
    let delete = format!("{} (delete it to begin again)", folder.display());
    let told = [
        ("Open", app.as_str()),
        ("Sign in as", &format!("{name}, password {password}")),
        ("or as", bob),
        ("or as", carol),
        ("Account", &format!("{issuer}/account")),
        ("Inspector", &format!("{app}/inspector")),
        ("Server", &format!("{issuer}/.well-known/openid-configuration")),
        ("Data", &delete),
    ]
    .map(|(label, text)| format!("  {label:<12}{text}"));
    let mut lines = vec!["The tour is ready, for this machine alone.".to_owned(), String::new()];
    lines.extend(told);
    lines.extend([
        String::new(),
        "Have an authenticator app at hand, or: oathtool --totp --base32 \"the key that is shown\"".to_owned(),
        "Text messages, calls and mails go nowhere: read them in the inspector.".to_owned(),
        "Ctrl-C ends it.".to_owned(),
    ]);
    lines
}

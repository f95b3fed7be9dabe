//! How long an API login takes that is not accepted: a locked account, a wrong password, no such user. The three must not
//! be told apart by it. Prints quantiles of samples taken in turn, over HTTP, with Argon2id at its default costs.
//!
//! ```sh
//! cargo bench --bench api_login
//! ```

use std::error::Error;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use countersign::config::Settings;
use countersign::crypto::random::Random;
use countersign::jobs::ensure_keys;
use countersign::manage::directory::{self, Document, Options};
use countersign::model::actor::Actor;
use countersign::model::secret::Secret;
use countersign::server::{Clock, Server};
use countersign::web;
use countersign::work::Origin;

type Failure = Box<dyn Error>;

const SECRET: &str = "bench-secret-0123456789abcdef-0123456789abcdef";
const PASSWORD: &str = "wonderland-tea-party";
const SAMPLES: usize = 200;

/// A client that may use the password grant, a user to be locked, and one for each sample of a wrong password, so that none
/// of them is locked.
fn directory(hash: &str) -> String {
    let client = format!(
        "[[clients]]\nclient_id = \"loader\"\nclient_secret = \"{SECRET}\"\nresponse_types = []\n\
         grant_types = [\"password\"]\nscope = \"calendar\"\nrequire_consent = false\n"
    );
    let names = (0..SAMPLES).map(|n| format!("user-{n}")).chain(["locked".to_owned()]);
    let users = names.map(|name| format!("[[users]]\nusername = \"{name}\"\npassword_hash = \"{hash}\"\n"));
    client + &users.collect::<String>()
}

/// A running server on a database of its own.
fn start(folder: &tempfile::TempDir, listener: TcpListener) -> countersign::error::Result<web::Running> {
    let mut settings = Settings::default();
    settings.database.url = Secret::new(format!("sqlite://{}", folder.path().join("bench.db").display()));
    settings.secrets.master_key = Some(Secret::new("5a".repeat(32)));
    let server = Server::open(settings, Clock::System, true)?;
    ensure_keys(&server)?;
    let hash = server
        .shared()
        .hasher
        .hash(&Secret::new(PASSWORD), &mut Random::from_os())?;
    let mut document = Document::default();
    document.add("directory.toml", &directory(&hash))?;
    let stored = server.read_blocking(|view| directory::stored_passwords(view, &Actor::Operator, &document))?;
    let settled = document.settle(&stored, server.shared(), &mut Random::from_os())?;
    server.perform_blocking(Origin::default(), move |work| {
        directory::apply(work, &Actor::Operator, &settled, Options::default())
    })?;
    web::start(&server, listener)
}

/// How long one login takes, which must not be accepted.
#[expect(clippy::disallowed_methods, reason = "this measures time")]
async fn timed(http: &reqwest::Client, url: &str, username: &str, password: &str) -> Result<Duration, Failure> {
    let form = [
        ("grant_type", "password"),
        ("username", username),
        ("password", password),
    ];
    let request = http.post(url).basic_auth("loader", Some(SECRET)).form(&form);
    let begun = Instant::now();
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let body = answer.text().await?;
    let took = begun.elapsed();
    if status == 400 && body.contains("authentication failure") {
        Ok(took)
    } else {
        Err(format!("{status}: {body}").into())
    }
}

/// The value below which `percent` of sorted samples are, in milliseconds.
fn quantile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0)
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
async fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}/oauth2/token", listener.local_addr()?);
    let running = start(&folder, listener)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    for _ in 0..11 {
        timed(&http, &url, "locked", "wrong").await?;
    }
    let mut samples = [const { Vec::new() }; 3];
    for n in 0..SAMPLES {
        let (wrong, unknown) = (format!("user-{n}"), format!("nobody-{n}"));
        // The locked account is tried with its right password: nothing must tell even that. Each kind is first as often as
        // any other.
        let logins = [
            ("locked", PASSWORD),
            (wrong.as_str(), "wrong"),
            (unknown.as_str(), "wrong"),
        ];
        let mut turn: Vec<_> = samples.iter_mut().zip(logins).collect();
        turn.rotate_left(n % 3);
        for (kept, (username, password)) in turn {
            kept.push(timed(&http, &url, username, password).await?);
        }
    }
    running.stop().await?;
    println!("{SAMPLES} logins of each kind, in ms");
    println!("{:8} {:>8} {:>8} {:>8} {:>8}", "", "10%", "median", "90%", "99%");
    for (name, mut kept) in ["locked", "wrong", "unknown"].into_iter().zip(samples) {
        kept.sort_unstable();
        let [low, median, high, highest] = [10, 50, 90, 99].map(|percent| quantile(&kept, percent));
        println!("{name:8} {low:8.2} {median:8.2} {high:8.2} {highest:8.2}");
    }
    Ok(())
}

//! The guard at work, against an origin on a loopback port.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use super::*;
use crate::config::HostPattern;
use crate::outbound::clients::{Roots, build};
use crate::outbound::origin::{Origin, answer};
use crate::outbound::transfer::client_builder;

/// A certificate for `localhost` with its key, by the authority beside it.
const LOCALHOST: &str = include_str!("localhost.pem");

fn authority() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/outbound/documents/authority.pem")
}

fn documents(private: &[&str], ca_file: Option<PathBuf>) -> Documents {
    let pattern = |host: &&str| HostPattern::try_from((*host).to_owned()).unwrap();
    let allowed_private_hosts = private.iter().map(pattern).collect();
    let settings = OutboundSettings {
        ca_file,
        allowed_private_hosts,
        max_size: 1_000,
        ..OutboundSettings::default()
    };
    Documents::new(&settings, Clients::new(&settings).unwrap())
}

fn allowed() -> Documents {
    documents(&["127.0.0.1"], None)
}

/// Answers with the number of the request, counted from 1.
fn counting(headers: &'static str) -> impl Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static {
    let count = AtomicUsize::new(0);
    move |_, out| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        out.write_all(&answer("200 OK", headers, &number.to_string()))
    }
}

#[tokio::test]
async fn a_document_is_fetched_once_while_fresh() {
    let (origin, documents, start) = (
        Origin::serve(counting("cache-control: max-age=60\r\n")),
        allowed(),
        Instant::now(),
    );
    let url = origin.url("/keys");
    let get = |want, seconds| documents.obtain(&url, want, start + Duration::from_secs(seconds));
    assert_eq!(get(Want::Fresh, 0).await.unwrap(), json!(1).into());
    assert_eq!(get(Want::Fresh, 59).await.unwrap(), json!(1).into());
    assert_eq!(get(Want::Fresh, 61).await.unwrap(), json!(2).into());
    assert_eq!(get(Want::Latest, 65).await.unwrap(), json!(2).into());
    assert_eq!(get(Want::Latest, 75).await.unwrap(), json!(3).into());
    assert_eq!(documents.fetch_json(&url).await.unwrap(), json!(3).into());

    let request = origin.requests()[0].to_lowercase();
    assert!(request.starts_with("get /keys http/1.1\r\n"), "{request}");
    assert!(request.contains("user-agent: countersign\r\n") && request.contains("accept-encoding: identity\r\n"));
}

#[tokio::test]
async fn what_must_not_be_kept_is_still_not_hammered() {
    let (origin, documents, start) = (
        Origin::serve(counting("cache-control: no-store\r\n")),
        allowed(),
        Instant::now(),
    );
    let url = origin.url("/");
    let get = |seconds| documents.obtain(&url, Want::Fresh, start + Duration::from_secs(seconds));
    assert_eq!(get(0).await.unwrap(), json!(1).into());
    assert_eq!(get(9).await.unwrap(), json!(1).into());
    assert_eq!(get(11).await.unwrap(), json!(2).into());
}

#[tokio::test]
async fn a_stale_document_is_revalidated() {
    let origin = Origin::serve(|request, out| {
        if request.contains("if-none-match: \"v1\"") {
            return out.write_all(&answer("304 Not Modified", "cache-control: max-age=100\r\n", ""));
        }
        out.write_all(&answer(
            "200 OK",
            "etag: \"v1\"\r\ncache-control: max-age=20\r\n",
            "[1]",
        ))
    });
    let (documents, start, url) = (allowed(), Instant::now(), origin.url("/"));
    for (seconds, requests) in [(0, 1), (21, 2), (120, 2), (122, 3)] {
        let got = documents
            .obtain(&url, Want::Fresh, start + Duration::from_secs(seconds))
            .await;
        assert_eq!(got.unwrap(), json!([1]).into());
        assert_eq!(origin.requests().len(), requests, "after {seconds} seconds");
    }
}

#[tokio::test]
async fn unchanged_is_no_answer_to_an_unconditional_request() {
    let origin = Origin::serve(|_, out| out.write_all(&answer("304 Not Modified", "", "")));
    assert_eq!(
        allowed().fetch_json(&origin.url("/")).await,
        Err(DocumentError::Status(304))
    );
}

#[tokio::test]
async fn many_callers_share_one_fetch() {
    let origin = Origin::serve(|_, out| {
        std::thread::sleep(Duration::from_millis(50));
        out.write_all(&answer("200 OK", "", "{}"))
    });
    let documents = Arc::new(allowed());
    let mut callers = JoinSet::new();
    for number in 0..20 {
        let (documents, url) = (Arc::clone(&documents), origin.url("/"));
        callers.spawn(async move {
            if number % 2 == 0 {
                documents.fetch_json(&url).await
            } else {
                documents.refresh_json(&url).await
            }
        });
    }
    for outcome in callers.join_all().await {
        assert_eq!(outcome.unwrap(), json!({}).into());
    }
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Origin::serve(counting(""));
    let location = format!("location: {}\r\n", target.url("/"));
    let origin = Origin::serve(move |_, out| out.write_all(&answer("302 Found", &location, "")));
    assert_eq!(
        allowed().fetch_json(&origin.url("/")).await,
        Err(DocumentError::Status(302))
    );
    assert_eq!(target.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn size_is_limited_announced_or_not() {
    let fitting = format!("\"{}\"", "x".repeat(998));
    let origin = Origin::serve(move |request, out| match request.split(' ').nth(1) {
        Some("/fits") => out.write_all(&answer("200 OK", "", &fitting)),
        Some("/announced") => out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n"),
        _ => {
            out.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            // Without end: only the limit stops the reader.
            loop {
                out.write_all(b"64\r\n")?;
                out.write_all(&[b' '; 100])?;
                out.write_all(b"\r\n")?;
            }
        }
    });
    let documents = allowed();
    assert!(documents.fetch_json(&origin.url("/fits")).await.is_ok());
    assert_eq!(
        documents.fetch_json(&origin.url("/announced")).await,
        Err(DocumentError::TooLarge)
    );
    assert_eq!(
        documents.fetch_json(&origin.url("/endless")).await,
        Err(DocumentError::TooLarge)
    );
}

#[tokio::test]
async fn time_is_limited_to_the_end_of_the_body() {
    let origin = Origin::serve(|_, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")?;
        for _ in 0..9 {
            std::thread::sleep(Duration::from_millis(100));
            out.write_all(b" ")?;
            out.flush()?;
        }
        Ok(())
    });
    let mut documents = allowed();
    documents.timeout = Duration::from_millis(250);
    assert_eq!(
        documents.fetch_json(&origin.url("/")).await,
        Err(DocumentError::TimedOut)
    );
    // The failure is remembered: the origin is not asked again at once.
    assert_eq!(
        documents.fetch_json(&origin.url("/")).await,
        Err(DocumentError::TimedOut)
    );
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn where_failures_are_not_kept_the_origin_is_asked_again() {
    let count = AtomicUsize::new(0);
    let origin = Origin::serve(move |_, out| {
        std::thread::sleep(Duration::from_millis(50));
        out.write_all(&match count.fetch_add(1, Ordering::SeqCst) {
            0 => answer("404 Not Found", "cache-control: max-age=600\r\n", "{}"),
            1 => answer("200 OK", "etag: \"v1\"\r\ncache-control: max-age=600\r\n", "[1]"),
            _ => answer("200 OK", "cache-control: max-age=600\r\n", "[2]"),
        })
    });
    let (documents, url) = (Arc::new(allowed()), origin.url("/"));
    assert_eq!(documents.lately(&url), None);
    // Those who wait for a fetch share what comes of it.
    let mut callers = JoinSet::new();
    for _ in 0..10 {
        let (documents, url) = (Arc::clone(&documents), url.clone());
        callers.spawn(async move { documents.describe_json(&url).await });
    }
    for outcome in callers.join_all().await {
        assert_eq!(outcome, Err(DocumentError::Status(404)));
    }
    assert_eq!(origin.requests().len(), 1);
    assert_eq!(documents.lately(&url), Some(Lately::Failed));
    let given = documents.describe_json(&url).await.unwrap();
    assert_eq!(given, json!([1]).into());
    assert_eq!(documents.lately(&url), None);
    documents.forget(&url, &json!([1]).into());
    assert_eq!(
        documents.describe_json(&url).await.unwrap(),
        given,
        "another was to be forgotten"
    );
    documents.forget(&url, &given);
    assert_eq!(documents.lately(&url), Some(Lately::Useless));
    assert_eq!(documents.describe_json(&url).await.unwrap(), json!([2]).into());
    let last = origin.requests().pop().unwrap().to_lowercase();
    assert!(!last.contains("if-none-match"), "{last}");
}

#[tokio::test]
async fn what_is_not_plain_json_is_refused() {
    let origin = Origin::serve(|request, out| match request.split(' ').nth(1) {
        Some("/html") => out.write_all(&answer("200 OK", "", "<html>")),
        Some("/gzip") => out.write_all(&answer("200 OK", "content-encoding: gzip\r\n", "{}")),
        Some("/deep") => out.write_all(&answer("200 OK", "", &"[".repeat(900))),
        _ => out.write_all(&answer("404 Not Found", "", "{}")),
    });
    let documents = allowed();
    for path in ["/html", "/gzip", "/deep"] {
        let got = documents.fetch_json(&origin.url(path)).await;
        assert!(matches!(got, Err(DocumentError::Malformed(_))), "{path}: {got:?}");
    }
    assert_eq!(
        documents.fetch_json(&origin.url("/none")).await,
        Err(DocumentError::Status(404))
    );
}

#[tokio::test]
async fn special_addresses_are_refused_by_number_and_by_name() {
    let origin = Origin::serve_tls(LOCALHOST, counting(""));
    let documents = documents(&[], Some(authority()));
    let port = origin.port();
    let urls = [
        origin.url("/"),
        format!("https://127.0.0.1:{port}/"),
        format!("https://2130706433:{port}/"),
        format!("https://[::ffff:7f00:1]:{port}/"),
        // Only the resolver can know where this leads.
        format!("https://localhost:{port}/"),
        format!("https://LOCALHOST:{port}/"),
    ];
    for url in urls {
        let got = documents.fetch_json(&url).await;
        assert!(matches!(got, Err(DocumentError::Forbidden(_))), "{url}: {got:?}");
    }
    assert_eq!(origin.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn listing_a_host_lists_its_port_only() {
    let (origin, other) = (Origin::serve(counting("")), Origin::serve(counting("")));
    let listed = format!("127.0.0.1:{}", origin.port());
    let documents = documents(&[&listed], None);
    assert!(documents.fetch_json(&origin.url("/")).await.is_ok());
    assert!(matches!(
        documents.fetch_json(&other.url("/")).await,
        Err(DocumentError::Forbidden(_))
    ));
    assert_eq!(other.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn https_believes_the_configured_authority_and_no_stranger() {
    let origin = Origin::serve_tls(LOCALHOST, counting(""));
    let by_name = format!("https://localhost:{}/", origin.port());
    let by_number = format!("https://127.0.0.1:{}/", origin.port());
    let private = ["localhost", "127.0.0.1"];
    let trusting = documents(&private, Some(authority()));
    assert_eq!(trusting.fetch_json(&by_name).await.unwrap(), json!(1).into());
    // The certificate names the host, not its number.
    assert!(matches!(
        trusting.fetch_json(&by_number).await,
        Err(DocumentError::Unreachable(_))
    ));
    let got = documents(&private, None).fetch_json(&by_name).await;
    assert!(matches!(got, Err(DocumentError::Unreachable(_))), "{got:?}");
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn a_system_without_authorities_believes_nobody() {
    let origin = Origin::serve_tls(LOCALHOST, counting(""));
    let client = build(&[], |roots| match roots {
        // What the builder does where the system has no authorities.
        Roots::SystemAnd(_) => client_builder().user_agent("\n").build(),
        Roots::None => Roots::None.apply(client_builder()).build(),
    });
    let outcome = client
        .unwrap()
        .get(format!("https://localhost:{}/", origin.port()))
        .send()
        .await;
    assert!(matches!(judge(&outcome.unwrap_err()), DocumentError::Unreachable(_)));
}

#[test]
fn a_ca_file_must_hold_certificates() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    let settings = OutboundSettings {
        ca_file: Some(path.clone()),
        ..OutboundSettings::default()
    };
    assert!(Clients::new(&settings).is_err());
    std::fs::write(&path, "not a certificate").unwrap();
    assert!(Clients::new(&settings).is_err());
    std::fs::write(&path, include_str!("authority.pem")).unwrap();
    assert!(Clients::new(&settings).is_ok());
}

#[tokio::test]
async fn pictures_are_known_by_their_bytes_and_kept_apart() {
    let origin = Origin::serve(|request, out| {
        let (path, headers) = (
            request.split(' ').nth(1),
            "content-type: image/png\r\ncache-control: max-age=60\r\n",
        );
        match path {
            Some("/gif") => out.write_all(&answer("200 OK", headers, "GIF89a")),
            // Larger than other documents may be.
            Some("/large") => out.write_all(&answer("200 OK", headers, &format!("GIF89a{}", " ".repeat(102_394)))),
            Some("/larger") => out.write_all(&answer("200 OK", headers, &format!("GIF89a{}", " ".repeat(102_395)))),
            Some("/moved") => out.write_all(&answer("302 Found", "location: /gif\r\n", "GIF89a")),
            _ => out.write_all(&answer("200 OK", headers, "{}")),
        }
    });
    let documents = allowed();
    let picture = async |path: &str| documents.fetch_picture(&origin.url(path)).await;
    assert_eq!(picture("/gif").await.unwrap().media_type(), "image/gif");
    assert_eq!(picture("/gif").await.unwrap().bytes(), b"GIF89a");
    assert_eq!(origin.requests().len(), 1);
    assert!(origin.requests()[0].to_lowercase().contains("accept: image/"));
    assert_eq!(picture("/large").await.unwrap().bytes().len(), 102_400);
    assert_eq!(picture("/larger").await, Err(DocumentError::TooLarge));
    assert_eq!(picture("/moved").await, Err(DocumentError::Status(302)));
    // What was fetched as one thing is not answered as another.
    assert_eq!(
        documents.fetch_json(&origin.url("/json")).await.unwrap(),
        json!({}).into()
    );
    assert!(matches!(picture("/json").await, Err(DocumentError::Malformed(_))));
    assert!(matches!(picture("/json").await, Err(DocumentError::Malformed(_))));
    assert_eq!(origin.requests().len(), 6);
    let got = documents.fetch_picture("https://127.0.0.2/logo").await;
    assert!(matches!(got, Err(DocumentError::Forbidden(_))), "{got:?}");
}

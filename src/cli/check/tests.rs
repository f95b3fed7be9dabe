use super::findings::State as Told;
use super::*;
use crate::jobs;
use crate::model::audit::{Entry, Event};
use crate::model::secret::Secret;
use crate::work::Origin;

const TODAY: Timestamp = Timestamp::from_seconds(1_772_395_200);

fn settings(folder: &Path) -> Settings {
    let mut settings = Settings::default();
    settings.database.url = Secret::new(format!("sqlite://{}", folder.join("test.db").display()));
    settings.secrets.master_key_file = folder.join("master.key");
    settings.server.issuer = "https://id.example.com/tenant".into();
    settings.passwords.argon2_memory = 64;
    settings
}

fn look(settings: &Settings, now: Timestamp) -> Vec<(&'static str, Told, String)> {
    let mut findings = Findings::default();
    examine(settings.clone(), Clock::standing_at(now), &mut findings);
    let all = findings.all().iter();
    all.map(|finding| (finding.subject, finding.state, finding.told.clone()))
        .collect()
}

fn found(settings: &Settings, now: Timestamp, subject: &str) -> (Told, String) {
    let all = look(settings, now);
    let of_subject = all.iter().find(|(name, ..)| *name == subject);
    let (_, state, told) = of_subject.unwrap_or_else(|| panic!("nothing about {subject}: {all:?}"));
    (*state, told.clone())
}

#[test]
fn before_the_first_start_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    assert_eq!(found(&settings, TODAY, "database").0, Told::Warning);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_running_installation_is_fine_but_for_its_mail() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let server = Server::open(settings.clone(), Clock::standing_at(TODAY), true).unwrap();
    assert_eq!(found(&settings, TODAY, "signing keys").0, Told::Warning);
    jobs::ensure_keys(&server).unwrap();
    let all = look(&settings, TODAY);
    for (subject, state, told) in &all {
        let expected = if *subject == "mail" { Told::Warning } else { Told::Ok };
        assert_eq!(*state, expected, "{subject}: {told}");
    }
    let token = found(&settings, TODAY, "token endpoint").1;
    assert_eq!(token, "https://id.example.com/tenant/oauth2/token");
    for subject in ["migrations", "database", "signing keys", "clock", "mail"] {
        assert!(all.iter().any(|(name, ..)| *name == subject), "{subject}");
    }
}

#[test]
fn a_clock_that_went_back_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let server = Server::open(settings.clone(), Clock::standing_at(TODAY), true).unwrap();
    let entry = |work: &mut crate::work::Work<'_>| work.audit(Entry::new(Event::ServerStarted));
    server.perform_blocking(Origin::default(), entry).unwrap();
    assert_eq!(found(&settings, TODAY.plus_seconds(-AHEAD), "clock").0, Told::Ok);
    assert_eq!(found(&settings, TODAY.plus_seconds(-AHEAD - 1), "clock").0, Told::Error);
    assert_eq!(found(&settings, Timestamp::from_seconds(0), "clock").0, Told::Error);
}

#[test]
fn a_lost_or_wrong_master_key_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let server = Server::open(settings.clone(), Clock::standing_at(TODAY), true).unwrap();
    jobs::ensure_keys(&server).unwrap();
    std::fs::rename(folder.path().join("master.key"), folder.path().join("kept")).unwrap();
    assert_eq!(found(&settings, TODAY, "master key").0, Told::Error);
    assert!(!folder.path().join("master.key").exists(), "none is made in its place");

    let mut other = settings.clone();
    other.secrets.master_key = Some(Secret::new("11".repeat(32)));
    assert_eq!(found(&other, TODAY, "server").0, Told::Error);
}

#[test]
fn migrations_that_are_due_are_named_and_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    std::fs::write(folder.path().join("test.db"), "").unwrap();
    for _ in 0..2 {
        let (state, told) = found(&settings, TODAY, "migrations");
        assert_eq!(state, Told::Warning);
        assert!(told.contains("0001_spine"), "{told}");
    }
}

#[test]
fn an_issuer_without_tls_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.server.issuer = "http://localhost:8080".into();
    assert_eq!(found(&settings, TODAY, "issuer").0, Told::Warning);
}

#[test]
fn a_proxy_that_is_not_trusted_is_named_until_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    let server = Server::open(settings.clone(), Clock::standing_at(TODAY), true).unwrap();
    let told = "none is trusted".to_owned();
    assert_eq!(found(&settings, TODAY, "proxies"), (Told::Ok, told));
    let origin = Origin {
        ip: "10.0.0.7".parse().ok(),
        ..Origin::default()
    };
    let noted = server.perform_blocking(origin, |work| work.audit(Entry::new(Event::ForwardingUntrusted)));
    noted.unwrap();
    let (state, told) = found(&settings, TODAY, "proxies");
    assert_eq!(state, Told::Warning);
    assert!(told.starts_with("10.0.0.7 sent forwarded addresses at "), "{told}");
    settings.server.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let told = "10.0.0.0/8".to_owned();
    assert_eq!(found(&settings, TODAY, "proxies"), (Told::Ok, told));
}

#[test]
fn s30_a_missing_secret_and_a_mail_server_that_is_not_there_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let with = |messages: &str| {
        let loaded = config::load_text(messages, std::collections::BTreeMap::new())
            .unwrap()
            .settings;
        Settings {
            messages: loaded.messages,
            outbound: loaded.outbound,
            ..settings(folder.path())
        }
    };
    Server::open(with(""), Clock::standing_at(TODAY), true).unwrap();
    let twilio = "provider = \"twilio\", account_sid = \"AC1\", from = \"+15005550006\"";
    let missing = with(&format!("[messages]\nsms = {{ {twilio} }}"));
    let told = "twilio: auth_token is missing: set it, or auth_token_file".to_owned();
    assert_eq!(found(&missing, TODAY, "text messages"), (Told::Error, told));
    let given = with(&format!("[messages]\nsms = {{ {twilio}, auth_token = \"t\" }}"));
    assert_eq!(found(&given, TODAY, "text messages").0, Told::Ok);
    assert_eq!(found(&given, TODAY, "calls").0, Told::Ok);

    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let smtp = format!("{{ provider = \"smtp\", host = \"127.0.0.1\", port = {port}, from = \"id@example.com\" }}");
    let outbound = "[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]";
    let (state, told) = found(&with(&format!("[messages]\nemail = {smtp}\n{outbound}")), TODAY, "mail");
    assert_eq!((state, told.as_str()), (Told::Error, "smtp: 127.0.0.1: no connection"));
    // What may not be asked at all keeps the server from starting.
    let unlisted = with(&format!("[messages]\nemail = {smtp}"));
    assert_eq!(found(&unlisted, TODAY, "server").0, Told::Error);
}

#[test]
fn what_happens_on_unknown_devices_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    assert_eq!(
        found(&settings, TODAY, "device activation").1,
        "nothing happens in browsers that are not known, as no mail sender is configured"
    );
    settings.assurance.device_activation = Some(crate::model::assurance::DeviceActivation::Verify);
    let told = found(&settings, TODAY, "device activation").1;
    assert_eq!(told, "a second factor is asked for in browsers that are not known");
}

/// A certificate for `names` from 2026-01-01 to 2026-04-01, and its key, in `folder` and in these settings.
fn certified(names: &[&str], folder: &Path, settings: &mut Settings) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = rcgen::CertificateParams::new(names).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2026, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2026, 4, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let (certificate, file) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, parameters.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&file, key.serialize_pem()).unwrap();
    settings.server.tls_cert = Some(certificate);
    settings.server.tls_key = Some(file);
}

#[test]
fn a_certificate_is_told_with_its_names_and_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    let told = "none is set; a proxy in front has it".to_owned();
    assert_eq!(found(&settings, TODAY, "certificate"), (Told::Ok, told));
    certified(&["id.example.com", "192.0.2.1"], folder.path(), &mut settings);
    let valid = "for id.example.com, 192.0.2.1, valid until 2026-04-01T00:00:00Z";
    let end = Timestamp::parse("2026-04-01T00:00:00Z").unwrap();
    for (now, state, told) in [
        (TODAY, Told::Ok, valid),
        (end.plus_seconds(-14 * 86_400 - 1), Told::Ok, valid),
        (end.plus_seconds(-14 * 86_400), Told::Warning, valid),
        (end, Told::Warning, valid),
        (
            end.plus_seconds(1),
            Told::Error,
            "for id.example.com, 192.0.2.1, was valid until 2026-04-01T00:00:00Z",
        ),
        (
            Timestamp::from_seconds(1_767_225_599),
            Told::Error,
            "for id.example.com, 192.0.2.1, valid from 2026-01-01T00:00:00Z only",
        ),
    ] {
        assert_eq!(found(&settings, now, "certificate"), (state, told.to_owned()), "{now}");
    }
    let lines = look(&settings, TODAY);
    let lines = lines.iter().filter(|(subject, ..)| *subject == "certificate");
    assert_eq!(lines.count(), 1, "its names fit");
}

#[test]
fn a_certificate_that_cannot_be_used_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    certified(&["other.example.com"], folder.path(), &mut settings);
    let told = "it does not name id.example.com".to_owned();
    assert!(look(&settings, TODAY).contains(&("certificate", Told::Warning, told)));
    let key = std::fs::read(folder.path().join("key.pem")).unwrap();
    certified(&["id.example.com"], folder.path(), &mut settings);
    std::fs::write(folder.path().join("key.pem"), key).unwrap();
    let (state, told) = found(&settings, TODAY, "certificate");
    assert_eq!(state, Told::Error);
    assert!(told.contains("is not the key of the certificate"), "{told}");
    std::fs::remove_file(folder.path().join("certificate.pem")).unwrap();
    let (state, told) = found(&settings, TODAY, "certificate");
    assert_eq!(state, Told::Error);
    assert!(
        told.starts_with("server.tls_cert: ") && told.contains("cannot be read"),
        "{told}"
    );
}

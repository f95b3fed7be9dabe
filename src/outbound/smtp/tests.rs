use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::config::{HostPattern, MessageSettings, Vendor};

const NOW: Timestamp = Timestamp::from_seconds(784_111_777);
const LETTER: Letter<'_> = Letter {
    to: "alice@example.com",
    subject: "Ihr Code für Example",
    text: "Your code is 042917\n.\nGrüße\n",
};

/// A mail server on a loopback port: what it was told, line by line.
struct Postbox {
    port: u16,
    told: Arc<Mutex<Vec<String>>>,
}

/// How it behaves.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Plain,
    Tls,
    Starttls,
    /// Does not offer TLS.
    WithoutStarttls,
    /// Answers the recipient so.
    Refuses(&'static str),
    /// Falls silent after the mail.
    Silent,
}

impl Postbox {
    fn open(manner: Manner) -> Self {
        crate::outbound::install_tls_provider();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::<Mutex<Vec<String>>>::default();
        let writing = Arc::clone(&told);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away in the middle is part of some tests.
                drop(receive(stream, manner, &writing));
            }
        });
        Self { port, told }
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    fn server(&self, host: &str, further: &str) -> Result<Server, String> {
        let toml = format!(
            "email = {{ provider = \"smtp\", host = \"{host}\", port = {}, from = \"Example <id@example.com>\", {further} }}",
            self.port
        );
        let settings: MessageSettings = toml::from_str(&toml).unwrap();
        let Vendor::Smtp(settings) = settings.email.unwrap().vendors.swap_remove(0) else {
            panic!("another vendor");
        };
        let listed = |host: &str| HostPattern::try_from(host.to_owned()).unwrap();
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let outbound = OutboundSettings {
            ca_file: Some(root.join("src/outbound/documents/authority.pem")),
            allowed_private_hosts: vec![listed("localhost"), listed("127.0.0.1")],
            ..OutboundSettings::default()
        };
        Server::new(&settings, &outbound, Duration::from_secs(2))
    }
}

fn receive(stream: TcpStream, manner: Manner, told: &Mutex<Vec<String>>) -> io::Result<()> {
    let pem = include_str!("../documents/localhost.pem").as_bytes();
    let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(pem).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let connection = ServerConnection::new(Arc::new(config)).unwrap();
    if manner == Manner::Tls {
        return converse(StreamOwned::new(connection, stream), manner, told, true).map(drop);
    }
    if converse(stream.try_clone()?, manner, told, true)? {
        converse(StreamOwned::new(connection, stream), Manner::Plain, told, false)?;
    }
    Ok(())
}

/// Whether the client wants TLS now.
fn converse(stream: impl Read + Write, manner: Manner, told: &Mutex<Vec<String>>, greet: bool) -> io::Result<bool> {
    let mut stream = BufReader::with_capacity(1, stream);
    let say = |stream: &mut BufReader<_>, text: &str| -> io::Result<()> {
        let stream: &mut BufReader<_> = stream;
        let inner = BufReader::get_mut(stream);
        Write::write_all(inner, format!("{text}\r\n").as_bytes())?;
        Write::flush(inner)
    };
    if greet {
        say(&mut stream, "220 postbox")?;
    }
    let mut in_mail = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        let line = line.trim_end().to_owned();
        told.lock().unwrap().push(line.clone());
        let command = line.split(' ').next().unwrap_or_default().to_owned();
        let answer = match command.as_str() {
            "." if in_mail && manner == Manner::Silent => {
                thread::sleep(Duration::from_secs(3));
                return Ok(false);
            }
            "." if in_mail => {
                in_mail = false;
                "250 taken"
            }
            _ if in_mail => continue,
            "EHLO" if manner == Manner::Starttls => "250-postbox\r\n250 STARTTLS",
            "EHLO" => "250-postbox\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "STARTTLS" => {
                say(&mut stream, "220 go ahead")?;
                return Ok(true);
            }
            "AUTH" if line.ends_with(" AHVzZXIAcGFzcw==") => "235 welcome",
            "AUTH" => "535 5.7.8 no",
            "RCPT" => match manner {
                Manner::Refuses(answer) => answer,
                _ => "250 yes",
            },
            "DATA" => {
                in_mail = true;
                "354 go on"
            }
            "QUIT" => {
                say(&mut stream, "221 bye")?;
                return Ok(false);
            }
            _ => "250 yes",
        };
        say(&mut stream, answer)?;
    }
}

const USER: &str = "username = \"user\", password = \"pass\"";

#[tokio::test]
async fn s28_a_mail_arrives_over_every_kind_of_connection() {
    for (manner, tls, host) in [
        (Manner::Plain, "none", "127.0.0.1"),
        (Manner::Tls, "tls", "localhost"),
        (Manner::Starttls, "starttls", "localhost"),
    ] {
        let postbox = Postbox::open(manner);
        let server = postbox.server(host, &format!("tls = \"{tls}\", {USER}")).unwrap();
        assert_eq!(server.send(&LETTER, NOW).await, Ok(()), "{tls}");
        let told = postbox.told().join("\n");
        for line in [
            "MAIL FROM:<id@example.com>",
            "RCPT TO:<alice@example.com>",
            "From: Example <id@example.com>",
            "To: alice@example.com",
            "Date: Sun, 06 Nov 1994 08:49:37 +0000",
            "Auto-Submitted: auto-generated",
            "Your code is 042917",
        ] {
            assert!(told.contains(line), "{line}: {told}");
        }
        assert!(told.contains("Subject: Ihr Code =?utf-8?"), "{told}");
        let started = told.find("STARTTLS");
        assert_eq!(started.is_some(), tls == "starttls");
        assert!(started.is_none_or(|at| at < told.find("AUTH").unwrap()), "{told}");
    }
}

#[tokio::test]
async fn s33_a_mail_servers_answers_are_told_apart() {
    use DeliveryFailure as F;
    for (manner, further, expected) in [
        (
            Manner::Plain,
            "username = \"user\", password = \"wrong\"",
            Some(F::Refused),
        ),
        (Manner::Plain, "username = \"user\"", Some(F::NotConfigured)),
        (Manner::Refuses("550 5.1.1 nobody"), USER, Some(F::Refused)),
        (Manner::Refuses("451 4.3.0 later"), USER, Some(F::Unavailable)),
        (Manner::Silent, USER, None),
    ] {
        let postbox = Postbox::open(manner);
        let server = postbox
            .server("127.0.0.1", &format!("tls = \"none\", {further}"))
            .unwrap();
        let told = match server.send(&LETTER, NOW).await.unwrap_err() {
            MailError::Failed(failure, told) => {
                assert!(!told.contains("nobody") && !told.contains("alice"), "{told}");
                Some(failure)
            }
            MailError::Unknown => None,
        };
        assert_eq!(told, expected, "{further}");
    }
}

#[tokio::test]
async fn s31_nothing_is_said_to_a_server_that_is_not_private() {
    let postbox = Postbox::open(Manner::WithoutStarttls);
    let server = postbox
        .server("localhost", &format!("tls = \"starttls\", {USER}"))
        .unwrap();
    assert!(server.send(&LETTER, NOW).await.is_err());
    // The certificate names the host, not its number.
    let secured = Postbox::open(Manner::Tls);
    let server = secured.server("127.0.0.1", USER).unwrap();
    assert!(matches!(
        server.send(&LETTER, NOW).await,
        Err(MailError::Failed(DeliveryFailure::Unavailable, _))
    ));
    for postbox in [postbox, secured] {
        let told = postbox.told().join("\n");
        assert!(!told.contains("AUTH") && !told.contains("MAIL"), "{told}");
    }
}

#[test]
fn s31_private_mail_servers_must_be_listed() {
    let postbox = Postbox::open(Manner::Plain);
    for (host, further) in [("mail.example", "tls = \"none\""), ("10.0.0.1", USER), ("[::1]", USER)] {
        let told = postbox.server(host, further).unwrap_err();
        assert!(told.contains("outbound.allowed_private_hosts"), "{told}");
    }
}

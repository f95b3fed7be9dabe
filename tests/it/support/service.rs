//! A service of an organisation, as login flows call it: it records what it is asked and answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Method and path.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: String,
}

impl Asked {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What the service does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Behaviour {
    /// Answers with this status and body.
    Answer(u16, String),
    /// Sends the caller elsewhere.
    Redirect(String),
    /// Says nothing for longer than anybody waits.
    Hang,
}

/// A service on a loopback port, for as long as the test process lives.
#[derive(Debug)]
pub(crate) struct Service {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    behaviour: Arc<Mutex<Behaviour>>,
}

impl Service {
    /// Starts one that behaves like this.
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let service = Self {
            address: listener.local_addr().expect("an address"),
            asked: Arc::default(),
            behaviour: Arc::new(Mutex::new(behaviour)),
        };
        let (asked, behaviour) = (Arc::clone(&service.asked), Arc::clone(&service.behaviour));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (asked, behaviour) = (Arc::clone(&asked), behaviour.lock().expect("a behaviour").clone());
                // A caller that gives up in the middle is part of the tests.
                thread::spawn(move || converse(stream, &asked, behaviour));
            }
        });
        service
    }

    /// Behaves like this from now on.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().expect("a behaviour") = behaviour;
    }

    /// Where it is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("requests").clone()
    }
}

fn converse(mut stream: TcpStream, asked: &Mutex<Vec<Asked>>, behaviour: Behaviour) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap_or(0);
        }
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let body = String::from_utf8_lossy(&body).into_owned();
    asked.lock().expect("requests").push(Asked { line, headers, body });
    let (status, header, body) = match behaviour {
        Behaviour::Answer(status, body) => (status, String::new(), body),
        Behaviour::Redirect(to) => (302, format!("location: {to}\r\n"), String::new()),
        Behaviour::Hang => {
            thread::sleep(Duration::from_secs(30));
            return Ok(());
        }
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{header}\r\n{body}"
    )
}

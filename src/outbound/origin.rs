//! A small origin on a loopback port for this room's tests.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the origin writes for a request.
type Handler = dyn Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync;

/// The origin, and what it was asked.
pub(super) struct Origin {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Origin {
    /// Serves plain http.
    pub(super) fn serve(handler: impl Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(handler))
    }

    /// Serves https with a certificate and its key, in one PEM text.
    pub(super) fn serve_tls(
        pem: &str,
        handler: impl Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        super::install_tls_provider();
        let chain = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .unwrap();
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
        let tls = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self::listen(Some(Arc::new(tls)), Arc::new(handler))
    }

    fn listen(tls: Option<Arc<ServerConfig>>, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Self {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
        };
        let requests = Arc::clone(&origin.requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tls, handler, requests) = (tls.clone(), Arc::clone(&handler), Arc::clone(&requests));
                // A client that goes away in the middle is part of many tests.
                thread::spawn(move || match tls {
                    None => converse(stream, handler.as_ref(), &requests),
                    Some(tls) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        converse(StreamOwned::new(connection, stream), handler.as_ref(), &requests)
                    }
                });
            }
        });
        origin
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far, head and body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A whole answer; `headers` end with a line break each.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn converse(mut stream: impl Read + Write, handler: &Handler, requests: &Mutex<Vec<String>>) -> io::Result<()> {
    let request = read_request(&mut stream)?;
    requests.lock().unwrap().push(request.clone());
    handler(&request, &mut stream)?;
    stream.flush()
}

fn read_request(stream: &mut impl Read) -> io::Result<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Ok(text.into_owned());
            }
        }
        let mut piece = [0; 1_024];
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&piece[..read]);
    }
}

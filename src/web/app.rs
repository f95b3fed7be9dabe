//! The application and its middleware, in order: request identifier, body limit, wording, headers, counting, logging.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpMessage as _, HttpServer, web};

use super::sender::AskedBy;
use super::visitor::RequestId;
use super::{certificate, cors, headers, health, look, respond, routes, visitor};
use crate::error::{Fault, Result};
use crate::server::{AsksClients, Server, Tls, metrics};

/// Listeners that are being served.
pub struct Running {
    handle: ServerHandle,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
    tls: Option<Arc<Tls>>,
    /// The address the application listens on.
    pub address: SocketAddr,
    /// The address on which clients are asked for certificates, where there is one.
    pub mtls_address: Option<SocketAddr>,
}

/// The address on which clients are asked for certificates; people have nothing to do there.
#[derive(Debug, Clone, Copy)]
struct MtlsAddress(Option<SocketAddr>);

impl Running {
    /// The certificate of the listener, where it has one.
    #[must_use]
    pub const fn tls(&self) -> Option<&Arc<Tls>> {
        self.tls.as_ref()
    }

    /// Stops taking connections, lets running requests end, then returns.
    ///
    /// # Errors
    /// A fault when the listeners failed.
    pub async fn stop(self) -> Result<()> {
        self.handle.stop(true).await;
        self.finished().await
    }

    async fn finished(self) -> Result<()> {
        let ended = self.task.await.map_err(|error| Fault::from_error("serve", error))?;
        Ok(ended.map_err(|error| Fault::from_error("serve", error))?)
    }
}

/// How long a client may take to begin: for the TLS handshake, and for the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Begins to serve on `listener`, by TLS where a certificate is set, with the metrics on their own address where one is set.
///
/// # Errors
/// A certificate that cannot be used, or a fault when it cannot listen.
pub fn start(server: &Arc<Server>, listener: TcpListener) -> Result<Running> {
    let fault = |error| Fault::from_error("listen", error);
    let address = listener.local_addr().map_err(fault)?;
    let settings = &server.shared().settings;
    let tls = Tls::open(&settings.server)?.map(Arc::new);
    let mtls_listener = settings.mtls.bind.map(TcpListener::bind).transpose().map_err(fault)?;
    let mtls_address = mtls_listener.as_ref().map(TcpListener::local_addr);
    let mtls_address = mtls_address.transpose().map_err(fault)?;
    let (base, body_size) = (settings.issuer_path().to_owned(), settings.limits.body_size);
    let compat = settings.server.compat_salesforce_paths;
    let data = web::Data::from(Arc::clone(server));
    let http = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(MtlsAddress(mtls_address))
            .app_data(web::PayloadConfig::new(body_size))
            .wrap(from_fn(around))
            .configure(|config| routes::all(config, &base, compat))
    })
    .shutdown_timeout(settings.server.shutdown_grace)
    .disable_signals()
    .workers(match settings.server.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        workers => workers,
    })
    .worker_max_blocking_threads(32)
    .on_connect(certificate::on_connect)
    .client_request_timeout(PATIENCE)
    .tls_handshake_timeout(PATIENCE);
    let http = match &tls {
        None => http.listen(listener),
        Some(tls) => http.listen_rustls_0_23(listener, tls.config(AsksClients::No)?),
    }
    .map_err(fault)?;
    let http = match (&tls, mtls_listener) {
        (Some(tls), Some(listener)) => {
            let asking = tls.config(AsksClients::ForCertificate)?;
            http.listen_rustls_0_23(listener, asking).map_err(fault)?
        }
        _ => http,
    };
    if let Some(address) = settings.metrics.bind {
        serve_metrics(address)?;
    }
    let running = http.run();
    let handle = running.handle();
    Ok(Running {
        handle,
        task: tokio::spawn(running),
        tls,
        address,
        mtls_address,
    })
}

fn serve_metrics(address: SocketAddr) -> Result<()> {
    metrics::install()?;
    let listener = TcpListener::bind(address).map_err(|error| Fault::from_error("listen", error))?;
    tokio::spawn(health::metrics_server(listener)?);
    Ok(())
}

/// What happens around every request.
async fn around(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<impl MessageBody>, Error> {
    let id = RequestId::next(&request);
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    if method == Method::HEAD {
        // RFC 9110 §9.3.2: as GET, and the connection keeps the content to itself; proofs are of what was asked.
        request.extensions_mut().insert(AskedBy(method.clone()));
        request.head_mut().method = Method::GET;
    }
    let server = request.app_data::<web::Data<Server>>().cloned();
    let https = server
        .as_ref()
        .is_some_and(|server| server.shared().settings.is_https());
    if let Some(server) = &server {
        visitor::note_claim(request.request(), server).await;
    }
    let is_for_all = server
        .as_ref()
        .is_some_and(|server| cors::is_for_all(&server.shared().settings, request.path()));
    let response = if is_out_of_place(&request) {
        request
            .into_response(respond::no_such_endpoint(None))
            .map_into_boxed_body()
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let mut response = match &server {
        Some(server) => look::worded(response, server).await,
        None => response.map_into_left_body(),
    };
    let status = response.status().as_u16();
    // Which pattern a path matched is found by trying them all again: only for who wants to know.
    if metrics::are_collected() || status >= 500 || tracing::enabled!(tracing::Level::DEBUG) {
        let base = server.as_ref().map(|server| server.shared().settings.issuer_path());
        note(&id, &method, &response, base.unwrap_or_default());
    }
    headers::secure(response.headers_mut(), https);
    if is_for_all {
        cors::open(response.headers_mut());
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response)
}

/// Whether a request came to the address for clients with certificates, and asks for something that is not there.
fn is_out_of_place(request: &ServiceRequest) -> bool {
    let for_clients = request.app_data::<MtlsAddress>().and_then(|address| address.0);
    if for_clients != Some(request.app_config().local_addr()) {
        return false;
    }
    let server = request.app_data::<web::Data<Server>>();
    let base = server.map(|server| server.shared().settings.issuer_path());
    !routes::is_for_clients(request.path(), base.unwrap_or_default())
}

/// Counts and logs an answered request.
fn note(id: &RequestId, method: &Method, response: &ServiceResponse<impl MessageBody>, base: &str) {
    let status = response.status().as_u16();
    let pattern = response.request().match_pattern();
    metrics::count_request(routes::endpoint_name(pattern.as_deref(), base), status);
    // The path's pattern, never the query: that may hold codes and tokens.
    let path = pattern.as_deref().unwrap_or("unknown");
    if status >= 500 {
        tracing::error!(request_id = %id, %method, path, status, "request failed");
    } else {
        tracing::debug!(request_id = %id, %method, path, status, "request");
    }
}

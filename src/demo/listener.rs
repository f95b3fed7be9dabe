//! The listeners of app and API: on the loopback interface, and under their own name alone.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HOST, LOCATION};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpResponse, HttpServer};

use crate::error::{Error, Fault, FieldError, Result};
use crate::web::secure;

/// Seconds that running requests are given at the end.
const GRACE: u64 = 2;

/// What is being served on one listener.
pub(super) struct Listener {
    handle: ServerHandle,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Listener {
    /// Lets running requests end, then returns.
    pub(super) async fn stop(self) -> Result<()> {
        self.handle.stop(true).await;
        let ended = self.task.await.map_err(|error| Fault::from_error("serve", error))?;
        Ok(ended.map_err(|error| Fault::from_error("serve", error))?)
    }
}

/// Takes a port of this machine that other machines do not reach.
pub(super) fn bind(port: u16) -> Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => unusable(port, "it is taken; choose another, and the two after it are needed too"),
        _ => Fault::from_error(&format!("listen on {address}"), error).into(),
    })
}

/// The refusal of a port.
pub(super) fn unusable(port: u16, problem: &str) -> Error {
    FieldError::new(format!("port {port}"), problem).into()
}

/// Serves routes on a listener.
pub(super) fn serve<F>(listener: TcpListener, routes: F) -> Result<Listener>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let fault = |error| Fault::from_error("listen", error);
    let port = listener.local_addr().map_err(fault)?.port();
    let http = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(move |request, next| around(port, request, next)))
            .configure(routes.clone())
    });
    let running = http
        .workers(1)
        .shutdown_timeout(GRACE)
        .disable_signals()
        .listen(listener)
        .map_err(fault)?
        .run();
    Ok(Listener {
        handle: running.handle(),
        task: tokio::spawn(running),
    })
}

/// What happens around every request.
///
/// A page elsewhere whose name was made to lead to this machine would be served under that name, and could read what is
/// shown here: every name but our own is refused.
async fn around(
    port: u16,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let own = format!("127.0.0.1:{port}");
    let mut response = if host == Some(&own) {
        next.call(request).await?.map_into_boxed_body()
    } else if host == Some(&format!("localhost:{port}")) && request.method() == Method::GET {
        let here = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        request.into_response(
            HttpResponse::TemporaryRedirect()
                .insert_header((LOCATION, format!("http://{own}{here}")))
                .finish(),
        )
    } else {
        request.into_response(HttpResponse::MisdirectedRequest().finish())
    };
    secure(response.headers_mut(), false);
    Ok(response)
}

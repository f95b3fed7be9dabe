//! A person's browser without a screen: cookies, redirects, forms, and the headers by which a server tells sites apart.

use reqwest::header::{
    ACCEPT, ACCEPT_LANGUAGE, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, ORIGIN, USER_AGENT,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use url::{Origin, Url};

use super::cookies::{CookieJar, Sender, is_trustworthy};
use super::log;
use super::page::{Form, Page};

const MOST_REDIRECTS: usize = 20;
/// Fields whose values are in no log.
const SECRET_FIELDS: [&str; 7] = [
    "password",
    "confirm",
    "new_password",
    "code",
    "mail_code",
    "destination",
    "csrf",
];
const NAME: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// One browser profile. Cloning it copies the cookies: a stolen session.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    client: Client,
    /// What the browser remembers.
    pub(crate) cookies: CookieJar,
    headers: HeaderMap,
    stops: Vec<Origin>,
}

/// A request on its way: what is sent, and the page that it comes from.
struct Navigation {
    method: Method,
    url: Url,
    body: Option<String>,
    from: Option<Url>,
    referrer_policy: Option<String>,
}

impl Browser {
    /// A fresh browser.
    pub(crate) fn new() -> Self {
        // A connection that was kept may be closed by the server in the moment that a form is sent over it.
        let client = Client::builder()
            .redirect(Policy::none())
            .pool_max_idle_per_host(0)
            .no_proxy()
            .build()
            .expect("an HTTP client is built");
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("text/html,application/xhtml+xml,*/*;q=0.8"),
        );
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
        Self {
            client,
            cookies: CookieJar::default(),
            headers,
            stops: Vec::new(),
        }
    }

    /// Sends this header with every request, in place of an earlier one of its name.
    pub(crate) fn set_header(&mut self, name: &'static str, value: &str) {
        let value = HeaderValue::from_str(value).expect("a header's value");
        self.headers.insert(HeaderName::from_static(name), value);
    }

    /// Does not follow redirects to the origin of `url`, which is a client's and not served.
    pub(crate) fn stop_at(&mut self, url: &str) {
        self.stops.push(Url::parse(url).expect("an address").origin());
    }

    /// Opens an address, as if typed.
    pub(crate) async fn get(&mut self, url: &str) -> Page {
        reached(self.try_get(url).await)
    }

    /// Opens an address of a server that may be gone.
    pub(crate) async fn try_get(&mut self, url: &str) -> reqwest::Result<Page> {
        let url = Url::parse(url).expect("an address");
        self.try_go(Navigation {
            method: Method::GET,
            url,
            body: None,
            from: None,
            referrer_policy: None,
        })
        .await
    }

    /// Follows a link that stands on the page at `from`, which may belong to another site.
    pub(crate) async fn follow(&mut self, from: &Url, to: &Url) -> Page {
        let (url, from) = (to.clone(), Some(from.clone()));
        self.go(Navigation {
            method: Method::GET,
            url,
            body: None,
            from,
            referrer_policy: None,
        })
        .await
    }

    /// Submits a form with the return key, which presses its first button.
    pub(crate) async fn submit(&mut self, form: Form) -> Page {
        reached(self.try_submit(form).await)
    }

    /// Submits a form to a server that may be gone.
    pub(crate) async fn try_submit(&mut self, form: Form) -> reqwest::Result<Page> {
        let button = form.default_button();
        self.send(form, button).await
    }

    /// Submits a form by one of its buttons, which must exist.
    pub(crate) async fn submit_with(&mut self, form: Form, name: &str, value: &str) -> Page {
        reached(self.try_submit_with(form, name, value).await)
    }

    /// Submits a form by one of its buttons to a server that may be gone.
    pub(crate) async fn try_submit_with(&mut self, form: Form, name: &str, value: &str) -> reqwest::Result<Page> {
        assert!(form.has_button(name, value), "no button {name}={value} in {form:?}");
        self.send(form, Some((name.to_owned(), value.to_owned()))).await
    }

    async fn send(&mut self, form: Form, button: Option<(String, String)>) -> reqwest::Result<Page> {
        for (name, value) in form.fields() {
            if SECRET_FIELDS.contains(&name.as_str()) {
                log::keep_out(&value);
            }
        }
        let encoded = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form.fields().into_iter().chain(button))
            .finish();
        let (from, referrer_policy) = (Some(form.on), form.referrer_policy);
        let mut url = form.action;
        if form.method == "post" {
            return self
                .try_go(Navigation {
                    method: Method::POST,
                    url,
                    body: Some(encoded),
                    from,
                    referrer_policy,
                })
                .await;
        }
        url.set_query(Some(&encoded));
        self.try_go(Navigation {
            method: Method::GET,
            url,
            body: None,
            from,
            referrer_policy,
        })
        .await
    }

    async fn go(&mut self, navigation: Navigation) -> Page {
        reached(self.try_go(navigation).await)
    }

    async fn try_go(&mut self, mut navigation: Navigation) -> reqwest::Result<Page> {
        for _ in 0..MOST_REDIRECTS {
            let page = self.request(&navigation).await?;
            let Some(location) = page.location.clone() else {
                return Ok(page);
            };
            if self.stops.contains(&location.origin()) || !["http", "https"].contains(&location.scheme()) {
                return Ok(page);
            }
            // Fetch §4.4: 307 and 308 send again what was sent; the others ask with GET.
            if page.status != 307 && page.status != 308 {
                (navigation.method, navigation.body) = (Method::GET, None);
            }
            // A page moves between origins: what follows has no origin that could be told.
            if navigation.url.origin() != location.origin() {
                navigation.referrer_policy = Some("no-referrer".to_owned());
            }
            navigation.url = location;
        }
        panic!("more than {MOST_REDIRECTS} redirects, last to {}", navigation.url);
    }

    async fn request(&mut self, navigation: &Navigation) -> reqwest::Result<Page> {
        let url = &navigation.url;
        let request = self
            .client
            .request(navigation.method.clone(), url.clone())
            .headers(self.headers.clone());
        let request = self.with_cookies(navigation.with_site_headers(request), navigation);
        let request = match &navigation.body {
            Some(body) => request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body.clone()),
            None => request,
        };
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        assert!(status < 500, "{status} at {url}");
        self.cookies.keep(url, &headers);
        let redirect = headers.get(LOCATION).filter(|_| (300..400).contains(&status));
        let location = redirect.map(|to| url.join(to.to_str().expect("a location is text")).expect("an address"));
        let body = response.text().await?;
        Ok(Page {
            status,
            url: url.clone(),
            headers,
            body,
            location,
        })
    }

    fn with_cookies(&self, request: RequestBuilder, navigation: &Navigation) -> RequestBuilder {
        let sender = match (navigation.site(), &navigation.method) {
            ("cross-site", &Method::GET) => Sender::CrossSiteLink,
            ("cross-site", _) => Sender::CrossSitePost,
            _ => Sender::SameSite,
        };
        match self.cookies.header(&navigation.url, sender) {
            Some(cookies) => request.header(COOKIE, cookies),
            None => request,
        }
    }
}

fn reached(page: reqwest::Result<Page>) -> Page {
    page.unwrap_or_else(|error| panic!("{error:?}"))
}

impl Navigation {
    /// The value of `Sec-Fetch-Site`. A site is a scheme and a host; ports do not matter.
    fn site(&self) -> &'static str {
        let Some(from) = &self.from else { return "none" };
        if from.origin() == self.url.origin() {
            "same-origin"
        } else if (from.scheme(), from.host()) == (self.url.scheme(), self.url.host()) {
            "same-site"
        } else {
            "cross-site"
        }
    }

    /// Fetch metadata, and `Origin` with what is not a GET.
    fn with_site_headers(&self, request: RequestBuilder) -> RequestBuilder {
        let mut request = request;
        if is_trustworthy(&self.url) {
            request = request.header("sec-fetch-site", self.site());
            request = request
                .header("sec-fetch-mode", "navigate")
                .header("sec-fetch-dest", "document");
        }
        match &self.from {
            Some(from) if self.method != Method::GET => request.header(ORIGIN, self.origin(from)),
            _ => request,
        }
    }

    /// Fetch, "append a request `Origin` header": a page whose policy hides the referrer hides its origin too.
    fn origin(&self, from: &Url) -> String {
        let is_hidden = match self.referrer_policy.as_deref() {
            Some("no-referrer") => true,
            Some("same-origin") => self.site() != "same-origin",
            _ => from.scheme() == "https" && self.url.scheme() != "https",
        };
        if is_hidden {
            "null".to_owned()
        } else {
            from.origin().ascii_serialization()
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ContentType, REFERRER_POLICY};
    use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, web};

    use super::Browser;

    const FORM: &str = r#"<body data-page="login"><form method="post" action="/login"><input type="hidden" name="csrf" value="t">
        <input name="user"><button name="act" value="in">In</button><button name="act" value="out">Out</button></form></body>"#;

    fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
        request.headers().get(name).map_or("-", |value| value.to_str().unwrap())
    }

    async fn login() -> HttpResponse {
        let cookie = ("set-cookie", "__Host-s=1; Path=/; Secure; HttpOnly; SameSite=Lax");
        HttpResponse::Ok()
            .content_type(ContentType::html())
            .insert_header(cookie)
            .body(FORM)
    }

    async fn shy_login() -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .body(FORM)
    }

    async fn posted(request: HttpRequest, body: String) -> HttpResponse {
        let told = ["origin", "sec-fetch-site", "cookie"]
            .map(|name| header(&request, name))
            .join("|");
        HttpResponse::SeeOther()
            .insert_header(("location", format!("/done?{body}&told={told}")))
            .finish()
    }

    async fn done(request: HttpRequest) -> String {
        let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string()).unwrap();
        query
            .iter()
            .map(|(_, value)| value.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    async fn leave() -> HttpResponse {
        HttpResponse::Found()
            .insert_header(("location", "https://app.example/cb?code=c"))
            .finish()
    }

    fn serve() -> (String, ServerHandle) {
        let app = || {
            let posts = web::resource("/login").get(login).post(posted);
            App::new()
                .service(posts)
                .route("/shy", web::get().to(shy_login))
                .route("/done", web::get().to(done))
                .route("/leave", web::get().to(leave))
        };
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .bind(("127.0.0.1", 0))
            .unwrap();
        let base = format!("http://{}", server.addrs()[0]);
        let running = server.run();
        let handle = running.handle();
        actix_web::rt::spawn(running);
        (base, handle)
    }

    #[actix_web::test]
    async fn a_browser_signs_in() {
        let (base, server) = serve();
        let mut browser = Browser::new();
        let page = browser.get(&format!("{base}/login")).await;
        assert_eq!(page.page().as_deref(), Some("login"));
        let page = browser.submit(page.form().set("user", "alice & co")).await;
        assert_eq!(page.url.path(), "/done");
        assert_eq!(page.body, format!("t alice & co in {base}|same-origin|__Host-s=1"));
        let form = browser.get(&format!("{base}/login")).await.form();
        assert!(browser.submit_with(form, "act", "out").await.body.starts_with("t  out"));
        server.stop(false).await;
    }

    #[actix_web::test]
    async fn another_site_is_told_apart() {
        let (base, server) = serve();
        let mut browser = Browser::new();
        let mut form = browser.get(&format!("{base}/login")).await.form();
        form.on = "https://evil.example/".parse().unwrap();
        assert!(
            browser.submit(form).await.body.ends_with("null|cross-site|-"),
            "downgrade hides the origin"
        );
        let form = browser.get(&format!("{base}/shy")).await.form();
        assert!(browser.submit(form).await.body.ends_with("null|same-origin|__Host-s=1"));
        let link = format!("{base}/login").parse().unwrap();
        let page = browser.follow(&"https://app.example/".parse().unwrap(), &link).await;
        assert_eq!(page.status, 200);
        server.stop(false).await;
    }

    #[actix_web::test]
    async fn a_browser_stops_at_a_client() {
        let (base, server) = serve();
        let mut browser = Browser::new();
        browser.set_header("x-forwarded-for", "192.0.2.1");
        browser.stop_at("https://app.example/");
        let page = browser.get(&format!("{base}/leave")).await;
        assert_eq!((page.status, page.query("code").as_deref()), (302, Some("c")));
        server.stop(false).await;
    }
}

//! Another OpenID provider, on a loopback port: it notes every departure of a request from the wire format, and says whatever a
//! test has it say. OpenID Connect Core §3.1, RFC 7636.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign::crypto::digest::{base64url, left_half_hash, sha256};
use countersign::crypto::random::Random;
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::keys::{Keys, with};
use super::server::TestServer;

/// What it calls us.
pub(crate) const CLIENT_ID: &str = "countersign at work";
/// Our secret there, with characters that must be form-encoded first.
pub(crate) const CLIENT_SECRET: &str = "upstream:secret+0123456789 abcdef";

type Fields = BTreeMap<String, String>;
type Sign = dyn Fn(&Keys, &Value) -> String + Send + Sync;

/// What an endpoint does instead of its work.
#[derive(Debug, Clone)]
pub(crate) enum Instead {
    Answer(u16, String),
    Redirect(String),
    Hang,
}

/// What it says, as a test has it.
struct Said {
    now: i64,
    /// Who is signed in there.
    subject: String,
    /// Members of ID tokens that differ; null removes one.
    claims: Value,
    /// Members of its metadata that differ.
    metadata: Value,
    /// Parameters of its answers that differ; null removes one.
    answer: Value,
    /// Members of its token responses that differ.
    tokens: Value,
    sign: Option<Arc<Sign>>,
    /// Whether its `acr` is the first that it was asked for.
    as_asked: bool,
    /// What it answers, and about whom, when it is asked for a level.
    to_levels: Option<(Value, String)>,
    instead: BTreeMap<String, Instead>,
    codes: BTreeMap<String, Fields>,
    requests: Vec<Fields>,
    redeemed: Vec<Fields>,
    wrong: Vec<String>,
}

/// The provider, for as long as the test process lives.
pub(crate) struct Provider {
    address: SocketAddr,
    said: Arc<Mutex<Said>>,
    pub(crate) keys: Arc<Keys>,
}

impl Provider {
    /// Starts one at the time of a server.
    pub(crate) fn start(server: &TestServer) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let provider = Self {
            address: listener.local_addr().expect("an address"),
            said: Arc::new(Mutex::new(Said {
                now: server.now(),
                subject: "alice-there".into(),
                claims: json!({}),
                metadata: json!({}),
                answer: json!({}),
                tokens: json!({}),
                sign: None,
                as_asked: false,
                to_levels: None,
                instead: BTreeMap::new(),
                codes: BTreeMap::new(),
                requests: Vec::new(),
                redeemed: Vec::new(),
                wrong: Vec::new(),
            })),
            keys: Arc::new(Keys::new(Algorithm::Es256)),
        };
        let (said, keys, issuer) = (
            Arc::clone(&provider.said),
            Arc::clone(&provider.keys),
            provider.issuer(),
        );
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (said, keys, issuer) = (Arc::clone(&said), Arc::clone(&keys), issuer.clone());
                // A caller that gives up in the middle is part of the tests.
                thread::spawn(move || converse(stream, &said, &keys, &issuer));
            }
        });
        provider
    }

    /// Its issuer.
    pub(crate) fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its entry in the directory, with further members.
    pub(crate) fn listed(&self, further: &str) -> String {
        format!(
            "\n[[issuers]]\nissuer = \"{}\"\nlabel = \"Example Staff\"\nclient_id = \"{CLIENT_ID}\"\n\
             client_secret = \"{CLIENT_SECRET}\"\nid_token_signed_response_alg = \"ES256\"\n{further}\n",
            self.issuer()
        )
    }

    fn change<T>(&self, change: impl FnOnce(&mut Said) -> T) -> T {
        change(&mut self.said.lock().expect("what it says"))
    }

    /// Somebody else is signed in there.
    pub(crate) fn signs_in(&self, subject: &str) {
        self.change(|said| subject.clone_into(&mut said.subject));
    }

    /// It is this time there.
    pub(crate) fn is_at(&self, now: i64) {
        self.change(|said| said.now = now);
    }

    /// Its ID tokens say this.
    pub(crate) fn claims(&self, changes: Value) {
        self.change(|said| said.claims = changes);
    }

    /// Its metadata say this.
    pub(crate) fn metadata(&self, changes: Value) {
        self.change(|said| said.metadata = changes);
    }

    /// Its answers say this.
    pub(crate) fn answers(&self, changes: Value) {
        self.change(|said| said.answer = changes);
    }

    /// Its token responses say this.
    pub(crate) fn tokens(&self, changes: Value) {
        self.change(|said| said.tokens = changes);
    }

    /// Its ID tokens are made like this.
    pub(crate) fn signs(&self, sign: impl Fn(&Keys, &Value) -> String + Send + Sync + 'static) {
        self.change(|said| said.sign = Some(Arc::new(sign)));
    }

    /// An endpoint does this instead of its work; all work again with none.
    pub(crate) fn does(&self, path: &str, instead: Option<Instead>) {
        self.change(|said| match instead {
            Some(instead) => drop(said.instead.insert(path.to_owned(), instead)),
            None => said.instead.clear(),
        });
    }

    /// Everything is as it should be again.
    pub(crate) fn recovers(&self) {
        self.change(|said| {
            (said.claims, said.metadata, said.answer, said.tokens) = (json!({}), json!({}), json!({}), json!({}));
            said.sign = None;
            (said.as_asked, said.to_levels) = (false, None);
            said.instead.clear();
        });
    }

    /// It shows the level that it is asked for.
    pub(crate) fn signs_by_request(&self) {
        self.change(|said| said.as_asked = true);
    }

    /// Once it is asked for a level it answers this, about somebody else.
    pub(crate) fn once_more(&self, answer: Value, subject: &str) {
        self.change(|said| said.to_levels = Some((answer, subject.to_owned())));
    }

    /// The last authorization request.
    pub(crate) fn asked(&self) -> Fields {
        self.change(|said| said.requests.last().cloned().expect("nothing was asked"))
    }

    /// How many codes were redeemed.
    pub(crate) fn redeemed(&self) -> Vec<Fields> {
        self.change(|said| said.redeemed.clone())
    }

    /// Sees that every request was as the specifications have it.
    #[track_caller]
    pub(crate) fn was_asked_rightly(&self) {
        self.change(|said| assert!(said.wrong.is_empty(), "{:?}", said.wrong));
    }

    /// A logout token of these claims.
    pub(crate) fn logout_token(&self, changes: Value) -> String {
        let now = self.change(|said| said.now);
        let claims = json!({
            "iss": self.issuer(), "aud": CLIENT_ID, "iat": now, "exp": now + 120,
            "jti": base64url(&Random::from_os().bytes::<16>()),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        self.keys.sign_as("logout+jwt", &with(claims, changes))
    }
}

fn fields(text: &str) -> (Fields, bool) {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let count = pairs.len();
    let fields: Fields = pairs.into_iter().collect();
    let repeated = fields.len() != count;
    (fields, repeated)
}

struct Request {
    line: String,
    headers: BTreeMap<String, String>,
    body: String,
}

fn converse(mut stream: TcpStream, said: &Mutex<Said>, keys: &Keys, issuer: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let (mut headers, mut length) = (BTreeMap::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap_or(0);
        }
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let request = Request {
        line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let path = request.line.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
    let instead = said.lock().expect("what it says").instead.get(&path).cloned();
    let (status, location, body) = match instead {
        Some(Instead::Answer(status, body)) => (status, String::new(), body),
        Some(Instead::Redirect(to)) => (302, to, String::new()),
        Some(Instead::Hang) => {
            thread::sleep(Duration::from_secs(30));
            return Ok(());
        }
        None => work(&request, &path, &mut said.lock().expect("what it says"), (keys, issuer)),
    };
    let location = if location.is_empty() {
        location
    } else {
        format!("location: {location}\r\n")
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n{location}\r\n{body}"
    )
}

fn work(request: &Request, path: &str, said: &mut Said, (keys, issuer): (&Keys, &str)) -> (u16, String, String) {
    match path {
        "/.well-known/openid-configuration" => {
            let document = json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize?tenant=a%20b"),
                "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
                "authorization_response_iss_parameter_supported": true,
            });
            (200, String::new(), with(document, said.metadata.clone()).to_string())
        }
        "/keys" => (200, String::new(), keys.jwks().to_string()),
        "/authorize" => authorize(request, said, issuer),
        "/token" => token(request, said, (keys, issuer)),
        _ => (404, String::new(), String::new()),
    }
}

fn authorize(request: &Request, said: &mut Said, issuer: &str) -> (u16, String, String) {
    let query = request.line.split_once('?').map_or("", |(_, query)| query);
    let (asked, repeated) = fields(query);
    let get = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let mut expect = |what: &str, fine: bool| {
        if !fine {
            said.wrong.push(format!("authorize, {what}: {query}"));
        }
    };
    expect("repeated", !repeated);
    expect("method", request.line.starts_with("GET "));
    expect("the endpoint's own query", get("tenant") == "a b");
    expect("response_type", get("response_type") == "code");
    expect("client_id", get("client_id") == CLIENT_ID);
    expect("redirect_uri", get("redirect_uri").ends_with("/oauth2/callback"));
    expect("scope", get("scope").split(' ').any(|scope| scope == "openid"));
    expect("state", get("state").len() >= 32);
    expect("nonce", get("nonce").len() >= 32 && get("nonce") != get("state"));
    expect(
        "code_challenge",
        get("code_challenge").len() == 43 && get("code_challenge_method") == "S256",
    );
    let code = base64url(&Random::from_os().bytes::<16>());
    let answer = json!({ "code": code, "state": get("state"), "iss": issuer });
    let mut answer = with(answer, said.answer.clone());
    if let Some((further, subject)) = said.to_levels.clone().filter(|_| asked.contains_key("acr_values")) {
        answer = with(answer, further);
        said.subject = subject;
    }
    let answered = answer.as_object().expect("parameters").iter();
    let answered = answered.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(answered)
        .finish();
    let to = format!("{}?{query}", get("redirect_uri"));
    said.codes.insert(code, asked.clone());
    said.requests.push(asked);
    (302, to, String::new())
}

fn token(request: &Request, said: &mut Said, (keys, issuer): (&Keys, &str)) -> (u16, String, String) {
    let (mut form, repeated) = fields(&request.body);
    let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let code = said.codes.remove(get("code"));
    let Some(asked) = code else {
        said.wrong.push("token, a code that is not ours".into());
        return (400, String::new(), json!({ "error": "invalid_grant" }).to_string());
    };
    let mut expect = |what: &str, fine: bool| {
        if !fine {
            said.wrong.push(format!("token, {what}: {}", request.body));
        }
    };
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET)));
    let header = request.headers.get("authorization").map(String::as_str);
    let by_basic = header == Some(format!("Basic {basic}").as_str());
    let by_post = get("client_secret") == CLIENT_SECRET && get("client_id") == CLIENT_ID;
    let by_key = !get("client_assertion").is_empty() && get("client_id") == CLIENT_ID;
    expect(
        "client authentication, by one way alone",
        [by_basic, by_post, by_key].iter().filter(|by| **by).count() == 1,
    );
    expect("no other secret", by_basic == header.is_some());
    expect("repeated", !repeated);
    expect("grant_type", get("grant_type") == "authorization_code");
    expect("redirect_uri", get("redirect_uri") == asked["redirect_uri"]);
    let challenge = base64url(sha256(get("code_verifier").as_bytes()).as_bytes());
    expect(
        "code_verifier",
        get("code_verifier").len() >= 43 && challenge == asked["code_challenge"],
    );
    let kind = request.headers.get("content-type").map(String::as_str);
    expect("content-type", kind == Some("application/x-www-form-urlencoded"));
    let access_token = base64url(&Random::from_os().bytes::<16>());
    let claims = json!({
        "iss": issuer, "sub": said.subject, "aud": CLIENT_ID, "iat": said.now, "exp": said.now + 300,
        "nonce": asked["nonce"], "auth_time": said.now - 60, "sid": "session-there",
        "at_hash": left_half_hash(&access_token, Algorithm::Es256),
    });
    let asked_for = asked.get("acr_values").filter(|_| said.as_asked);
    let claims = with(claims, json!({ "acr": asked_for }));
    let claims = with(claims, said.claims.clone());
    let id_token = match &said.sign {
        Some(sign) => sign(keys, &claims),
        None => keys.sign(&claims),
    };
    form.extend(
        request
            .headers
            .get("authorization")
            .map(|value| ("authorization".to_owned(), value.clone())),
    );
    said.redeemed.push(form);
    let answer = json!({ "access_token": access_token, "token_type": "Bearer", "id_token": id_token });
    (200, String::new(), with(answer, said.tokens.clone()).to_string())
}

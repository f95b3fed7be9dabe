//! What our senders send, beside what the vendors' own SDKs send. CLAUSES.md §4.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign::config::load_text;
use countersign::crypto::digest::hmac_sha256;
use countersign::model::message::{Channel, CodeMessage, Delivery, LineType};
use countersign::model::secret::Secret;
use countersign::model::time::Timestamp;
use countersign::outbound::{Capture, Clients, Messenger};
use serde_json::{Value, json};
use url::Url;

use super::scripts::run;

const NOW: Timestamp = Timestamp::from_seconds(1_772_395_200);
const NUMBER: &str = "+4915112345678";
/// Answers to everything: an order of either vendor, or a look-up.
const ANSWER: &str =
    r#"{"sid":"SM1","status":{"code":290},"phone_type":{"code":"1"},"line_type_intelligence":{"type":"landline"}}"#;

/// A request as it came.
#[derive(Debug, Clone)]
struct Recorded {
    method: String,
    url: Url,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Recorded {
    fn fields(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    fn path(&self) -> String {
        self.url.path().replace("%2B", "+")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The signature that this request ought to have by its own headers.
    fn signature(&self) -> String {
        let mut lines = vec![
            self.method.clone(),
            self.header("content-type").to_owned(),
            self.header("date").to_owned(),
            format!("x-ts-auth-method:{}", self.header("x-ts-auth-method")),
            format!("x-ts-nonce:{}", self.header("x-ts-nonce")),
        ];
        lines.extend((!self.body.is_empty()).then(|| self.body.clone()));
        lines.push(self.url.path().to_owned());
        let tag = hmac_sha256(b"key", lines.join("\n").as_bytes());
        format!("TSA C1:{}", STANDARD.encode(tag))
    }
}

/// Records what it is asked.
struct Recorder {
    base: String,
    recorded: Arc<Mutex<Vec<Recorded>>>,
}

impl Recorder {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let recorded = Arc::<Mutex<Vec<Recorded>>>::default();
        let (writing, at) = (Arc::clone(&recorded), base.clone());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                receive(&mut stream, &at, &writing);
            }
        });
        Self { base, recorded }
    }

    fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.recorded.lock().unwrap())
    }
}

/// Records a request, and answers it only then: whoever has the answer finds it recorded.
fn receive(stream: &mut TcpStream, base: &str, recorded: &Mutex<Vec<Recorded>>) -> Option<()> {
    let mut request = String::new();
    loop {
        let mut piece = [0; 4_096];
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        request.push_str(std::str::from_utf8(&piece[..read]).ok()?);
        let Some((head, body)) = request.split_once("\r\n\r\n") else {
            continue;
        };
        let (line, headers) = head.split_once("\r\n")?;
        let headers: BTreeMap<String, String> = headers
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length = headers
            .get("content-length")
            .map_or(0, |length| length.parse().unwrap());
        if body.len() < length {
            continue;
        }
        let mut words = line.split(' ');
        recorded.lock().unwrap().push(Recorded {
            method: words.next()?.to_owned(),
            url: Url::parse(&format!("{base}{}", words.next()?)).ok()?,
            headers,
            body: body.to_owned(),
        });
        let (length, status) = (ANSWER.len(), "201 Created");
        let status = if line.contains("/Accounts/") { status } else { "200 OK" };
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n");
        return write!(stream, "{head}content-length: {length}\r\n\r\n{ANSWER}").ok();
    }
}

fn messenger(recorder: &Recorder, vendor: &str) -> Messenger {
    let base = &recorder.base;
    let vendor = format!("{{ {vendor}, base_url = \"{base}\"");
    let vendor = if vendor.contains("twilio") {
        format!("{vendor}, lookup_url = \"{base}\" }}")
    } else {
        format!("{vendor} }}")
    };
    let toml =
        format!("[messages]\nsms = {vendor}\nvoice = {vendor}\n[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]");
    let loaded = load_text(&toml, BTreeMap::new()).unwrap();
    let clients = Clients::new(&loaded.settings.outbound).unwrap();
    Messenger::new(&loaded.settings, clients, Capture::new(1)).unwrap()
}

/// A text, a call and a look-up by our sender.
async fn ours(recorder: &Recorder, vendor: &str) -> Vec<Recorded> {
    let messenger = messenger(recorder, vendor);
    for channel in [Channel::Sms, Channel::Voice] {
        let message = CodeMessage {
            channel,
            to: NUMBER.into(),
            subject: String::new(),
            text: Secret::new("Your code: 042917 & more äöü €\n@id.example.com #042917"),
            spoken: Secret::new("Your code is 042917"),
            code: Secret::new("042917"),
            locale: "en".into(),
        };
        assert_eq!(messenger.deliver(0, &message, NOW).await, Delivery::Accepted);
    }
    assert_eq!(messenger.line_type(NUMBER, NOW).await, LineType::Landline);
    recorder.take()
}

/// The same by the vendor's SDK; nothing where Python is not there.
fn theirs(recorder: &Recorder, sdk: &str, arguments: [Value; 3]) -> Option<Vec<Recorded>> {
    let does = ["message", "call", "look up"];
    let calls = does.into_iter().zip(arguments);
    let calls: Vec<Value> = calls
        .map(|(does, arguments)| json!({ "sdk": sdk, "does": does, "arguments": arguments }))
        .collect();
    run("vendors.py", &json!({ "base": recorder.base, "calls": calls }))?;
    Some(recorder.take())
}

fn assert_same(ours: &[Recorded], theirs: &[Recorded]) {
    assert_eq!((ours.len(), theirs.len()), (3, 3));
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!((&ours.method, ours.path()), (&theirs.method, theirs.path()));
        assert_eq!(ours.url.query(), theirs.url.query());
        assert_eq!(ours.fields(), theirs.fields());
        if ours.method == "POST" {
            assert_eq!(ours.header("content-type"), theirs.header("content-type"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s27_what_is_sent_to_twilio_is_what_its_sdk_sends() {
    let recorder = Recorder::start();
    let vendor = "provider = \"twilio\", account_sid = \"AC1\", auth_token = \"t0ken\", from = \"+15005550006\"";
    let ours = ours(&recorder, vendor).await;
    let (message, call) = (ours[0].fields(), ours[1].fields());
    let arguments = [
        json!({ "to": message["To"], "from_": message["From"], "body": message["Body"] }),
        json!({ "to": call["To"], "from_": call["From"], "twiml": call["Twiml"] }),
        json!({ "number": NUMBER }),
    ];
    let Some(theirs) = theirs(&recorder, "twilio", arguments) else {
        return;
    };
    assert_same(&ours, &theirs);
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours.header("authorization"), theirs.header("authorization"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_what_is_sent_to_telesign_is_what_its_sdk_sends() {
    for auth in ["tsa", "basic"] {
        let recorder = Recorder::start();
        let vendor = format!("provider = \"telesign\", customer_id = \"C1\", api_key = \"a2V5\", auth = \"{auth}\"");
        let ours = ours(&recorder, &vendor).await;
        let method = if auth == "tsa" { "HMAC-SHA256" } else { "Basic" };
        let with = |mut arguments: Value| {
            arguments["auth"] = json!(method);
            arguments
        };
        let arguments = [
            with(json!(ours[0].fields())),
            with(json!(ours[1].fields())),
            with(json!({ "number": NUMBER.trim_start_matches('+') })),
        ];
        let Some(theirs) = theirs(&recorder, "telesign", arguments) else {
            return;
        };
        assert_same(&ours, &theirs);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours.header("x-ts-auth-method"), theirs.header("x-ts-auth-method"));
            if auth == "basic" {
                assert_eq!(ours.header("authorization"), theirs.header("authorization"));
                continue;
            }
            // The same rule gives the SDK's signature from its own headers, and ours from ours.
            for request in [ours, theirs] {
                assert_eq!(
                    request.header("authorization"),
                    request.signature(),
                    "{}",
                    request.path()
                );
            }
        }
    }
}

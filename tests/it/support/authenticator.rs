//! An authenticator with the browser around it, which does as it is told, lies included. WebAuthn Level 3 §5.8.1, §6 and
//! §8.2, computed apart from the server's own code.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use countersign::crypto::digest::{base64url, base64url_decode, sha256};
use countersign::crypto::random::Random;
use serde_json::{Value, json};

use super::server::TestServer;

/// Somebody touched it.
pub(crate) const PRESENT: u8 = 1;
/// It verified its user.
pub(crate) const VERIFIED: u8 = 1 << 2;
/// Its keys may be backed up.
pub(crate) const BACKUP_ELIGIBLE: u8 = 1 << 3;
/// They are.
pub(crate) const BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;

/// The model that it says it is.
pub(crate) const MODEL: &str = "cb69481e-8ff7-4039-93ec-0a2729a154a8";

/// A maker of authenticators whose authority is `tests/keys/attestation/*_authority.pem`.
#[derive(Clone, Copy)]
pub(crate) struct Maker {
    certificate: &'static [u8],
    key: &'static [u8],
}

/// The maker that profiles in tests trust.
pub(crate) const MAKER: Maker = Maker {
    certificate: include_bytes!("../../keys/attestation/maker.der"),
    key: include_bytes!("../../keys/attestation/maker.pk8"),
};
/// Another.
pub(crate) const OTHER_MAKER: Maker = Maker {
    certificate: include_bytes!("../../keys/attestation/other.der"),
    key: include_bytes!("../../keys/attestation/other.pk8"),
};

/// How it says what it is.
#[derive(Clone, Copy)]
pub(crate) enum Says {
    /// Not at all (`none`).
    Nothing,
    /// By the key that it made (`packed` without a certificate).
    Itself,
    /// By its maker's key (`packed`).
    Made(Maker),
}

/// A key that it holds.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: Vec<u8>,
    /// Whose it is.
    pub(crate) user: Vec<u8>,
    pair: Arc<EcdsaKeyPair>,
}

/// The authenticator; a clone is a copy of its keys.
#[derive(Clone)]
pub(crate) struct Authenticator {
    /// Where the browser says it is.
    pub(crate) origin: String,
    /// Whom it answers.
    pub(crate) relying_party: String,
    /// What it says of each answer.
    pub(crate) flags: u8,
    /// How often it answered.
    pub(crate) counter: u32,
    /// How it says what it is.
    pub(crate) says: Says,
    /// Whether it tells whose key it uses, as those do that find one without being told which.
    pub(crate) names_user: bool,
    /// Its keys, the youngest last.
    pub(crate) keys: Vec<Key>,
}

impl Authenticator {
    /// One that verifies its user and finds its keys by itself, in a browser at this server's pages.
    pub(crate) fn at(server: &TestServer) -> Self {
        let origin = url::Url::parse(&server.issuer).expect("an issuer");
        Self {
            relying_party: origin.host_str().expect("a host").to_owned(),
            origin: origin.origin().ascii_serialization(),
            flags: PRESENT | VERIFIED,
            counter: 0,
            says: Says::Nothing,
            names_user: true,
            keys: Vec::new(),
        }
    }

    /// One that notices a touch and nothing else, and is told which key to use.
    pub(crate) fn security_key(server: &TestServer) -> Self {
        Self {
            flags: PRESENT,
            names_user: false,
            ..Self::at(server)
        }
    }

    /// What its youngest key is called.
    pub(crate) fn key(&self) -> &Key {
        self.keys.last().expect("a key")
    }

    /// Makes a key as these options say: the answer.
    pub(crate) fn create(&mut self, options: &Value) -> String {
        let options = &options["publicKey"];
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let key = Key {
            id: Random::from_os().bytes::<32>().to_vec(),
            user: bytes(&options["user"]["id"]),
            pair: Arc::new(pair),
        };
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.data(HAS_CREDENTIAL);
        data.extend(uuid::Uuid::parse_str(MODEL).expect("a model").as_bytes());
        data.extend(u16::try_from(key.id.len()).expect("short").to_be_bytes());
        data.extend(&key.id);
        data.extend(cose(key.pair.public_key().as_ref()));
        let statement = self.statement(&key, &data, &client_data);
        let object = [cbor_map(3), statement, cbor_text("authData"), cbor_bytes(&data)];
        let answer = told(
            &key,
            &json!({
                "clientDataJSON": base64url(&client_data),
                "attestationObject": base64url(&object.concat()),
                "transports": ["usb"],
            }),
        );
        self.keys.push(key);
        answer
    }

    /// Answers these options with the youngest of the keys that they allow.
    pub(crate) fn get(&mut self, options: &Value) -> String {
        let allowed: Vec<Vec<u8>> = options["publicKey"]["allowCredentials"]
            .as_array()
            .map(|allowed| allowed.iter().map(|one| bytes(&one["id"])).collect())
            .unwrap_or_default();
        let is_allowed = |key: &&Key| allowed.is_empty() || allowed.contains(&key.id);
        let key = self.keys.iter().rev().find(is_allowed).expect("a key that is allowed");
        self.get_with(options, &key.clone())
    }

    /// Answers these options with this key, whatever they allow.
    pub(crate) fn get_with(&mut self, options: &Value, key: &Key) -> String {
        self.counter += 1;
        let client_data = self.client_data("webauthn.get", &options["publicKey"]);
        let data = self.data(0);
        let signature = sign(&key.pair, &data, &client_data);
        let mut response = json!({
            "clientDataJSON": base64url(&client_data),
            "authenticatorData": base64url(&data),
            "signature": base64url(&signature),
        });
        if self.names_user {
            response["userHandle"] = base64url(&key.user).into();
        }
        told(key, &response)
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let client_data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        client_data.to_string().into_bytes()
    }

    /// WebAuthn §6.1.
    fn data(&self, further: u8) -> Vec<u8> {
        let mut data = sha256(self.relying_party.as_bytes()).as_bytes().to_vec();
        data.push(self.flags | further);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The format and statement of an attestation object.
    fn statement(&self, key: &Key, data: &[u8], client_data: &[u8]) -> Vec<u8> {
        const ES256: u8 = 0x26;
        let format = |name: &str| [cbor_text("fmt"), cbor_text(name), cbor_text("attStmt")].concat();
        let signed = |pair: &EcdsaKeyPair| {
            [
                cbor_text("alg"),
                vec![ES256],
                cbor_text("sig"),
                cbor_bytes(&sign(pair, data, client_data)),
            ]
            .concat()
        };
        match self.says {
            Says::Nothing => [format("none"), cbor_map(0)].concat(),
            Says::Itself => [format("packed"), cbor_map(2), signed(&key.pair)].concat(),
            Says::Made(maker) => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, maker.key).expect("a key");
                let chain = [cbor_text("x5c"), vec![0x81], cbor_bytes(maker.certificate)].concat();
                [format("packed"), cbor_map(3), signed(&pair), chain].concat()
            }
        }
    }
}

fn told(key: &Key, response: &Value) -> String {
    let id = base64url(&key.id);
    json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response }).to_string()
}

fn sign(pair: &EcdsaKeyPair, data: &[u8], client_data: &[u8]) -> Vec<u8> {
    let message = [data, sha256(client_data).as_bytes()].concat();
    let signature = pair.sign(&SystemRandom::new(), &message).expect("a signature");
    signature.as_ref().to_vec()
}

fn bytes(text: &Value) -> Vec<u8> {
    base64url_decode(text.as_str().expect("a text")).expect("base64url")
}

/// RFC 9053 §7.1.1: a point on P-256.
fn cose(point: &[u8]) -> Vec<u8> {
    let (x, y) = point[1..].split_at(32);
    let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
    [&head[..], &cbor_bytes(x), &[0x22], &cbor_bytes(y)].concat()
}

fn cbor_map(entries: u8) -> Vec<u8> {
    vec![0xa0 | entries]
}

fn cbor_text(text: &str) -> Vec<u8> {
    [
        vec![0x60 | u8::try_from(text.len()).expect("short")],
        text.as_bytes().to_vec(),
    ]
    .concat()
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("short");
    let head = match length {
        0..=23 => vec![0x40 | u8::try_from(length).expect("short")],
        24..=255 => vec![0x58, u8::try_from(length).expect("short")],
        _ => [&[0x59][..], &length.to_be_bytes()].concat(),
    };
    [head, bytes.to_vec()].concat()
}

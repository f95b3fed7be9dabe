//! Encrypted tokens in their compact form. RFC 7516, RFC 7518 §4.3, §4.4, §4.6, §5.2, §5.3. Encryption alone: nothing is
//! encrypted to us.

mod content;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::digest::base64url;
use super::jwk::PublicKey;
use super::random::Random;
use crate::error::Fault;
use crate::model::encryption::{Encryption, KeyManagement, Sealing};

/// More keys than anyone has in force; a set beyond it is an attempt to make us work.
const MAX_KEYS: usize = 64;
/// Octets of the key of one token: what both kinds of content encryption take (RFC 7518 §5.2.3, §5.3).
const KEY_LENGTH: usize = 32;

/// Whom a token is encrypted to, and how.
#[derive(Debug, Clone)]
pub struct Recipient {
    key: PublicKey,
    encryption: Encryption,
}

impl Recipient {
    /// The key of a set that this encryption is for: one that is said to be for it before one of which nothing is said, and
    /// of several such the first.
    #[must_use]
    pub fn choose(set: &Value, encryption: Encryption) -> Option<Self> {
        let keys = set.get("keys").and_then(Value::as_array)?;
        if keys.len() > MAX_KEYS {
            return None;
        }
        let said = |jwk: &&Value| {
            ["use", "alg"]
                .iter()
                .filter(|member| jwk.get(**member).is_some())
                .count()
        };
        let usable = keys
            .iter()
            .filter_map(|jwk| Some((said(&jwk), PublicKey::for_encryption(jwk, encryption.alg).ok()?)));
        let best = usable.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        Some(Self {
            key: best.1,
            encryption,
        })
    }

    /// With what is encrypted to it.
    #[must_use]
    pub const fn encryption(&self) -> Encryption {
        self.encryption
    }
}

/// What is encrypted.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// A signed token, which makes a nested one (RFC 7519 §5.2), and the issuer where the header is to name it (§5.3).
    Signed(&'a str, Option<&'a str>),
    /// Claims that nobody signed.
    Claims(&'a [u8]),
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    enc: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cty: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epk: Option<Value>,
}

/// A signed token as it leaves: as it is, or encrypted where it must be. It never leaves unencrypted for want of a recipient.
///
/// # Errors
/// A fault when it must be encrypted and `recipient` is not there or of other algorithms, or when the library fails.
pub fn finish(
    sealing: Option<&Sealing>,
    recipient: Option<&Recipient>,
    (typ, signed): (&str, String),
) -> Result<String, Fault> {
    match (sealing, recipient) {
        (None, _) => Ok(signed),
        (Some(sealing), Some(recipient)) if recipient.encryption == sealing.encryption => {
            encrypt(recipient, typ, Content::Signed(&signed, None))
        }
        (Some(_), _) => Err(Fault::new("a token that must be encrypted has no recipient")),
    }
}

/// Encrypts content to `recipient` into a token of this `typ`.
///
/// # Errors
/// A fault when the library fails.
pub fn encrypt(recipient: &Recipient, typ: &str, content: Content<'_>) -> Result<String, Fault> {
    let mut random = Random::from_os();
    // RFC 7516 §5.1, steps 2 to 10
    let cek = Zeroizing::new(random.bytes::<KEY_LENGTH>());
    let Encryption { alg, enc } = recipient.encryption;
    let (encrypted_key, epk) = match alg {
        KeyManagement::RsaOaep256 => (under_rsa(&recipient.key, &*cek)?, None),
        KeyManagement::EcdhEsA256kw => {
            let (wrapped, epk) = under_agreed(&recipient.key, &*cek)?;
            (wrapped, Some(epk))
        }
    };
    let (plain, cty, iss) = match content {
        // RFC 7519 §5.2: where signing and encryption are nested, `cty` must be there.
        Content::Signed(token, iss) => (token.as_bytes(), Some("JWT"), iss),
        Content::Claims(claims) => (claims, None, None),
    };
    let header = Header {
        alg: alg.as_str(),
        enc: enc.as_str(),
        kid: recipient.key.kid(),
        typ,
        cty,
        iss,
        epk,
    };
    let header = serde_json::to_vec(&header).map_err(|error| Fault::from_error("writing a token", error))?;
    let header = base64url(&header);
    let iv = random.bytes::<16>();
    let sealed = content::seal(enc, &cek, &iv, header.as_bytes(), plain)?;
    let parts = [&encrypted_key, &sealed.iv, &sealed.ciphertext, &sealed.tag];
    let parts: Vec<String> = parts.into_iter().map(|part| base64url(part)).collect();
    Ok(format!("{header}.{}", parts.join(".")))
}

/// RFC 7518 §4.3
fn under_rsa(key: &PublicKey, cek: &[u8]) -> Result<Vec<u8>, Fault> {
    let failed = || Fault::new("a token cannot be encrypted to this RSA key");
    let (n, e) = key.rsa_parts().ok_or_else(failed)?;
    let der = RsaPublicKeyComponents { n, e }.as_der().map_err(|_| failed())?;
    let key = PublicEncryptingKey::from_der(der.as_ref()).map_err(|_| failed())?;
    let key = OaepPublicEncryptingKey::new(key).map_err(|_| failed())?;
    let mut wrapped = vec![0; key.ciphertext_size()];
    let encrypted = key.encrypt(&OAEP_SHA256_MGF1SHA256, cek, &mut wrapped, None);
    let length = encrypted.map_err(|_| failed())?.len();
    wrapped.truncate(length);
    Ok(wrapped)
}

/// RFC 7518 §4.6: the wrapped key, and our half of the agreement, made for this token alone.
fn under_agreed(key: &PublicKey, cek: &[u8]) -> Result<(Vec<u8>, Value), Fault> {
    let failed = || Fault::new("a token cannot be encrypted to this key on P-256");
    let theirs = UnparsedPublicKey::new(&ECDH_P256, key.p256_uncompressed().ok_or_else(failed)?);
    let ours = PrivateKey::generate(&ECDH_P256).map_err(|_| failed())?;
    let public = ours.compute_public_key().map_err(|_| failed())?;
    let epk = PublicKey::p256_point(public.as_ref()).map_err(|_| failed())?;
    let mut agreed = Zeroizing::new([0; 32]);
    agree(&ours, theirs, (), |secret| {
        concat_kdf(secret, (KeyManagement::EcdhEsA256kw.as_str(), b"", b""), &mut *agreed)
    })
    .map_err(|()| failed())?;
    let kek = AesKek::new(&AES_256, &*agreed).map_err(|_| failed())?;
    let mut wrapped = vec![0; cek.len() + 8];
    let length = kek.wrap(cek, &mut wrapped).map_err(|_| failed())?.len();
    wrapped.truncate(length);
    Ok((wrapped, epk.as_members()))
}

/// RFC 7518 §4.6.2: the key that two sides derive from what they agreed on, of the length of `output`.
fn concat_kdf(secret: &[u8], (algorithm, apu, apv): (&str, &[u8], &[u8]), output: &mut [u8]) -> Result<(), ()> {
    let length = |octets: usize| u32::try_from(octets).map(u32::to_be_bytes).map_err(drop);
    let mut info = Vec::new();
    for part in [algorithm.as_bytes(), apu, apv] {
        info.extend_from_slice(&length(part.len())?);
        info.extend_from_slice(part);
    }
    info.extend_from_slice(&length(output.len() * 8)?);
    let digest = get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256).ok_or(())?;
    sskdf_digest(digest, secret, &info, output).map_err(drop)
}

#[cfg(test)]
mod tests;

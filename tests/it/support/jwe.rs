//! A client that has keys to be encrypted to, and reads what is. RFC 7516 §5.2, written without the server's own code.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::cipher::{AES_128, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::{digest, hmac};
use countersign::crypto::digest::{base64url, base64url_decode};
use serde_json::{Value, json};

/// A private key of a client, for decryption alone.
pub(crate) struct Reader {
    /// The whole key.
    pub(crate) private: Value,
}

impl Reader {
    /// The RSA key that lies beside the tests.
    pub(crate) fn rsa() -> Self {
        let mut private: Value = serde_json::from_str(include_str!("../../keys/rsa_2048.jwk.json")).unwrap();
        private["use"] = "enc".into();
        private["kid"] = "reads-rsa".into();
        private.as_object_mut().unwrap().remove("alg");
        Self { private }
    }

    /// A new key on P-256.
    pub(crate) fn ec() -> Self {
        let key = PrivateKey::generate(&ECDH_P256).unwrap();
        let point = key.compute_public_key().unwrap();
        let d: EcPrivateKeyBin<'static> = key.as_be_bytes().unwrap();
        let (x, y) = point.as_ref()[1..].split_at(32);
        let (x, y, d) = (base64url(x), base64url(y), base64url(d.as_ref()));
        let private = json!({ "kty": "EC", "crv": "P-256", "use": "enc", "kid": "reads-ec", "x": x, "y": y, "d": d });
        Self { private }
    }

    /// The key that reads what comes with this `alg`.
    pub(crate) fn of(alg: &str) -> Self {
        if alg == "RSA-OAEP-256" { Self::rsa() } else { Self::ec() }
    }

    /// The public half.
    pub(crate) fn public(&self) -> Value {
        let members = self.private.as_object().unwrap().clone();
        let is_public = |name: &str| !["d", "p", "q", "dp", "dq", "qi"].contains(&name);
        members.into_iter().filter(|(name, _)| is_public(name)).collect()
    }

    /// The key set of the public half.
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": [self.public()] })
    }

    fn octets(&self, member: &str) -> Vec<u8> {
        base64url_decode(self.private[member].as_str().unwrap()).unwrap()
    }

    fn unwrap_key(&self, header: &Value, wrapped: &[u8]) -> Vec<u8> {
        if header["alg"] == "RSA-OAEP-256" {
            let key = PrivateDecryptingKey::from_pkcs8(include_bytes!("../../keys/rsa_2048.pk8")).unwrap();
            let key = OaepPrivateDecryptingKey::new(key).unwrap();
            let mut plain = vec![0; key.min_output_size()];
            let plain = key.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut plain, None).unwrap();
            return plain.to_vec();
        }
        assert_eq!(header["alg"], "ECDH-ES+A256KW");
        let coordinate = |name: &str| base64url_decode(header["epk"][name].as_str().unwrap()).unwrap();
        let theirs = [vec![4], coordinate("x"), coordinate("y")].concat();
        let ours = PrivateKey::from_private_key(&ECDH_P256, &self.octets("d")).unwrap();
        let derive = |secret: &[u8]| {
            let info = [
                &14_u32.to_be_bytes(),
                "ECDH-ES+A256KW".as_bytes(),
                &[0; 8],
                &256_u32.to_be_bytes(),
            ]
            .concat();
            let message = [&1_u32.to_be_bytes(), secret, &info].concat();
            Ok(digest::digest(&digest::SHA256, &message).as_ref().to_vec())
        };
        let kek = agree(&ours, UnparsedPublicKey::new(&ECDH_P256, theirs), (), derive).unwrap();
        let mut plain = vec![0; wrapped.len()];
        let kek = AesKek::new(&AES_256, &kek).unwrap();
        kek.unwrap(wrapped, &mut plain).unwrap().to_vec()
    }

    /// What a token says of itself, and what is in it.
    #[track_caller]
    pub(crate) fn open(&self, token: &str) -> (Value, String) {
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts.len(), 5, "{token}");
        let octets: Vec<Vec<u8>> = parts.iter().map(|part| base64url_decode(part).unwrap()).collect();
        let header: Value = serde_json::from_slice(&octets[0]).unwrap();
        let key = self.unwrap_key(&header, &octets[1]);
        let (aad, iv, mut text, tag) = (parts[0].as_bytes(), &octets[2], octets[3].clone(), &octets[4]);
        if header["enc"] == "A256GCM" {
            let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
            let nonce = Nonce::try_assume_unique_for_key(iv).unwrap();
            text.extend_from_slice(tag);
            let plain = cipher.open_in_place(nonce, Aad::from(aad), &mut text).unwrap();
            return (header, String::from_utf8(plain.to_vec()).unwrap());
        }
        assert_eq!(header["enc"], "A128CBC-HS256");
        let bits = (u64::try_from(aad.len()).unwrap() * 8).to_be_bytes();
        let message = [aad, iv, &text, &bits].concat();
        let expected = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key[..16]), &message);
        verify_slices_are_equal(&expected.as_ref()[..16], tag).expect("an authentic token");
        let cipher = UnboundCipherKey::new(&AES_128, &key[16..]).unwrap();
        let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(cipher).unwrap();
        let iv: [u8; 16] = iv.as_slice().try_into().unwrap();
        let context = DecryptionContext::Iv128(FixedLength::from(iv));
        let plain = cipher.decrypt(&mut text, context).unwrap();
        (header, String::from_utf8(plain.to_vec()).unwrap())
    }
}

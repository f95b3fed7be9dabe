//! Content encryption. RFC 7518 §5.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;

use crate::crypto::digest::hmac_sha256;
use crate::error::Fault;
use crate::model::encryption::ContentEncryption;

/// Encrypted content.
pub(super) struct Sealed {
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

/// Encrypts content and authenticates it with `aad`. Key and `iv` must be new; GCM takes the first 96 bits of `iv`.
pub(super) fn seal(
    enc: ContentEncryption,
    key: &[u8; 32],
    iv: &[u8; 16],
    aad: &[u8],
    plain: &[u8],
) -> Result<Sealed, Fault> {
    let sealed = match enc {
        ContentEncryption::A256Gcm => gcm(key, iv, aad, plain),
        ContentEncryption::A128CbcHs256 => cbc_hs256(key, iv, aad, plain),
    };
    sealed.map_err(|_| Fault::new("a token cannot be encrypted"))
}

/// RFC 7518 §5.3
fn gcm(key: &[u8; 32], iv: &[u8; 16], aad: &[u8], plain: &[u8]) -> Result<Sealed, Unspecified> {
    let iv: &[u8; 12] = iv.first_chunk().ok_or(Unspecified)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
    let mut ciphertext = plain.to_vec();
    let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(*iv), Aad::from(aad), &mut ciphertext)?;
    Ok(Sealed {
        iv: iv.to_vec(),
        ciphertext,
        tag: tag.as_ref().to_vec(),
    })
}

/// RFC 7518 §5.2.2.1
fn cbc_hs256(key: &[u8; 32], iv: &[u8; 16], aad: &[u8], plain: &[u8]) -> Result<Sealed, Unspecified> {
    // §5.2.3: the first half authenticates, the second encrypts.
    let (mac_key, enc_key) = key.split_at(16);
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, enc_key)?)?;
    let mut ciphertext = plain.to_vec();
    cipher.less_safe_encrypt(&mut ciphertext, EncryptionContext::Iv128(FixedLength::from(*iv)))?;
    let bits = u64::try_from(aad.len()).map_err(|_| Unspecified)? * 8;
    let message = [aad, iv, &ciphertext, &bits.to_be_bytes()].concat();
    let tag: [u8; 16] = *hmac_sha256(mac_key, &message).first_chunk().ok_or(Unspecified)?;
    Ok(Sealed {
        iv: iv.to_vec(),
        ciphertext,
        tag: tag.to_vec(),
    })
}

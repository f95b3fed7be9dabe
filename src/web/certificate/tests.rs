use super::*;

const EC: &str = include_str!("../../../tests/keys/p256_certificate.pem");
const RSA: &str = include_str!("../../../tests/keys/rsa_2048_certificate.pem");

fn base64(pem: &str) -> String {
    STANDARD.encode(&ClientCertificate::read_pem(pem).unwrap().chain()[0])
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, line) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(line).unwrap());
    }
    headers
}

/// How many certificates are read, the first of which must be the elliptic one.
fn read(lines: &[(&'static str, &str)], name: &str) -> Option<usize> {
    let found = handed_on(&headers(lines), name)?;
    assert_eq!(
        found.thumbprint(),
        ClientCertificate::read_pem(EC).unwrap().thumbprint()
    );
    Some(found.chain().len())
}

#[test]
fn rfc_9440_has_byte_sequences() {
    let (own, above) = (format!(":{}:", base64(EC)), format!(":{}:", base64(RSA)));
    let one = |value: &str| read(&[("client-cert", value)], "Client-Cert");
    assert_eq!(one(&own), Some(1));
    assert_eq!(one(&format!("  {own} ")), Some(1));
    for broken in [
        base64(EC).as_str(),
        &own[1..],
        &own[..own.len() - 1],
        "::",
        ":!:",
        &format!("{own};a=1"),
        &format!("{own}, {above}"),
        &EC.replace('\n', " "),
    ] {
        assert_eq!(one(broken), None, "{broken}");
    }
    let both = |chain: &str| read(&[("client-cert", &own), ("client-cert-chain", chain)], "client-cert");
    assert_eq!(both(&above), Some(2));
    assert_eq!(both(&format!("{above}, {above}")), Some(3));
    assert_eq!(both("x"), None);
    // Of two, one is a stranger's.
    assert_eq!(
        read(&[("client-cert", &own), ("client-cert", &own)], "client-cert"),
        None
    );
    assert_eq!(read(&[], "client-cert"), None);
    assert_eq!(read(&[("client-cert-chain", &own)], "client-cert"), None);
}

#[test]
fn other_headers_have_pem_or_base64() {
    let encoded: String = url::form_urlencoded::byte_serialize(EC.as_bytes()).collect();
    let escaped = encoded.replace('+', "%20");
    let in_one_line = EC.replace('\n', " ");
    let chain = format!("{},{}", base64(EC), base64(RSA));
    for (value, certificates) in [
        (escaped.as_str(), Some(1)),
        (&in_one_line, Some(1)),
        (&base64(EC), Some(1)),
        (&chain, Some(2)),
        ("", None),
        ("(null)", None),
        ("-----BEGIN CERTIFICATE-----", None),
        (&escaped[..escaped.len() / 2], None),
        (&format!(":{}:", base64(EC)), None),
    ] {
        let found = read(&[("x-ssl-client-cert", value)], "X-SSL-Client-Cert");
        assert_eq!(found, certificates, "{value}");
    }
}

"""PyPI's jwcrypto verifies every published key and every given token:
{"issuer": "…", "tokens": [{"token": "…", "alg": "RS256", "aud": "…", "typ": "at+jwt"}]}"""

from jwcrypto.jwk import JWK

from report import discover, expect, get_json, run, verify


def main(settings):
    """Keys first, then tokens."""
    metadata = discover(settings["issuer"])
    published = get_json(metadata["jwks_uri"])["keys"]
    for jwk in published:
        key = JWK(**jwk)
        expect(jwk["kid"] == key.thumbprint(), f"the kid {jwk['kid']} is not the key's thumbprint (RFC 7638)")
        expect(not key.has_private, f"the key {jwk['kid']} publishes its private half")
        expect(jwk.get("use") == "sig" and jwk.get("alg"), f"the key {jwk['kid']} does not say what it is for")
    verified = []
    for given in settings["tokens"]:
        header, claims = verify(metadata, given["token"], [given["alg"]], given.get("aud"), given.get("typ"))
        verified.append({"alg": header["alg"], "kid": header.get("kid"), "claims": claims})
    return {"client": "jwcrypto", "keys": [(k["kty"], k["alg"], k["kid"]) for k in published], "verified": verified}


run(main)

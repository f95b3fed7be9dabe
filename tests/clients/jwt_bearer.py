"""PyPI's Authlib speaks for a person who is not there: the JWT bearer grant (RFC 7523 §2.1)."""

import json
import os

import requests
from authlib.integrations.requests_client import AssertionSession

from report import discover, expect, run, verify


def main(settings):
    """One assertion, one token; the same assertion again is refused."""
    if settings["issuer"].startswith("http:"):
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    metadata, key = discover(settings["issuer"]), settings["key"]
    grant = AssertionSession.JWT_BEARER_GRANT_TYPE
    expect(grant in metadata["grant_types_supported"], "the metadata does not offer the JWT bearer grant")
    header = {"alg": key["jwk"]["alg"]}
    if "kid" in key["jwk"]:
        header["kid"] = key["jwk"]["kid"]
    session = AssertionSession(
        metadata["token_endpoint"],
        issuer=key["client_id"],
        subject=key["subject"],
        audience=key.get("audience", metadata["issuer"]),
        grant_type=grant,
        claims={"jti": os.urandom(16).hex()},
        expires_in=120,
        key=json.dumps(key["jwk"]),
        header=header,
        scope=key.get("scope"),
    )
    sent = []
    session.hooks["response"].append(lambda answer, **_: sent.append(answer.request))
    tokens = session.refresh_token()
    claims = verify(metadata, tokens["access_token"], typ="at+jwt", aud=key.get("resource"))[1]
    expect(claims["client_id"] == key["client_id"], f"the token is for {claims['client_id']}")
    # Nobody authenticated, and the token says so.
    expect(claims.get("acr") == key.get("acr", "none"), f"acr is {claims.get('acr')}")
    if claims["acr"] == "none":
        expect("auth_time" not in claims and "amr" not in claims, "the token speaks of an authentication")
    again = requests.post(sent[0].url, data=sent[0].body, headers=sent[0].headers, timeout=30)
    refused = (again.status_code, again.json().get("error"))
    expect(refused == (400, "invalid_grant"), f"the same assertion again was answered {refused}")
    return {"client": "authlib", "claims": claims}


run(main)

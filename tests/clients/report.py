"""How a script is given its work and says what came of it: one argument, a JSON file; one line of JSON on stdout."""

import json
import sys
import time
import traceback

import requests
from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT


def run(main):
    """Runs `main` with the settings; exit status 1 and the reason on stderr if anything fails."""
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            settings = json.load(file)
        print(json.dumps({"ok": True, **main(settings)}))
    except Exception:
        traceback.print_exc()
        sys.exit(1)


def expect(condition, sentence):
    """Fails with a sentence unless the condition holds."""
    if not condition:
        raise AssertionError(sentence)


def get_json(url):
    """A JSON document."""
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return answer.json()


def discover(issuer):
    """The provider's metadata."""
    metadata = get_json(f"{issuer}/.well-known/openid-configuration")
    expect(metadata["issuer"] == issuer, f"the metadata is of {metadata['issuer']}")
    return metadata


def verify(metadata, token, algorithms=("RS256", "PS256", "ES256", "EdDSA"), aud=None, typ=None):
    """Verifies a JWT with jwcrypto, against the provider's published keys: its header and claims."""
    keys = JWKSet.from_json(json.dumps(get_json(metadata["jwks_uri"])))
    claims = {"iss": metadata["issuer"], "exp": None, "iat": None, "sub": None, "aud": aud}
    jwt = JWT(jwt=token, key=keys, algs=list(algorithms), check_claims=claims)
    header = json.loads(jwt.header)
    expect(typ is None or header.get("typ", "").lower() == typ.lower(), f"the type is {header.get('typ')}, not {typ}")
    return header, json.loads(jwt.claims)


def expect_high(claims, what):
    """What the claims of a sign-in with password and TOTP must say."""
    expect(claims.get("acr") == "high", f"{what}: acr is {claims.get('acr')}")
    expect({"pwd", "otp", "mfa"} <= set(claims.get("amr", [])), f"{what}: amr is {claims.get('amr')}")
    auth_time = claims.get("auth_time")
    expect(isinstance(auth_time, int) and abs(time.time() - auth_time) < 120, f"{what}: auth_time is {auth_time}")

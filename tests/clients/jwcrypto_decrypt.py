"""PyPI's jwcrypto decrypts every given token:
{"tokens": [{"token": "…", "key": {…private JWK…}, "alg": "RSA-OAEP-256", "enc": "A256GCM"}]}"""

import json

from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from report import expect, run


def main(settings):
    """Each token with its key, and no other algorithms than its own."""
    read = 0
    for given in settings["tokens"]:
        token = JWE(algs=[given["alg"], given["enc"]])
        token.deserialize(given["token"], JWK(**given["key"]))
        inside = token.payload.decode()
        if token.jose_header.get("cty") == "JWT":
            expect(inside.count(".") == 2, f"what is inside is {inside}")
        else:
            expect("sub" in json.loads(inside), f"what is inside is {inside}")
        read += 1
    return {"client": "jwcrypto", "read": read}


run(main)

"""PyPI's Authlib: the implicit and hybrid flows, and codes redeemed by clients that authenticate with a key and with an HMAC."""

import os
from urllib.parse import parse_qsl, urlsplit

from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken, HybridIDToken, ImplicitIDToken
from joserfc.jwk import import_key

from pages import Browser, walk
from report import discover, expect, run, verify


def check(kind, metadata, client_id, token, **parameters):
    """Holds an ID token to Authlib's own rules for its flow."""
    header, claims = verify(metadata, token, aud=client_id)
    parameters["client_id"] = client_id
    rules = kind(claims, header, {"iss": {"value": metadata["issuer"]}}, parameters)
    rules.validate(leeway=5)
    return claims


def front(session, metadata, settings, browser, kind):
    """One response type that answers in the fragment, and the code that may be in it."""
    client_id = settings["client_id"]
    nonce, verifier = generate_token(32), generate_token(64)
    further = {"response_type": kind, "nonce": nonce}
    if "code" in kind:
        further |= {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
    address, state = session.create_authorization_url(metadata["authorization_endpoint"], **further)
    callback, _ = walk(address, settings, settings["redirect_uri"], browser)
    answer = session.token_from_fragment(callback, state) if "access_token=" in callback else fragment(callback, state)
    subjects = []
    if "id_token" in kind.split():
        rules = HybridIDToken if "code" in kind else ImplicitIDToken
        given = {name: answer[name] for name in ("access_token", "code") if name in answer}
        claims = check(rules, metadata, client_id, answer["id_token"], nonce=nonce, **given)
        subjects.append(claims["sub"])
        for name in given:
            swapped = {**given, name: "another"}
            try:
                check(rules, metadata, client_id, answer["id_token"], nonce=nonce, **swapped)
            except Exception as error:  # Each library has its own.
                expect("hash" in str(error), f"{kind}: another {name} was refused as {error}")
            else:
                raise AssertionError(f"{kind}: another {name} was believed")
    if "code" in kind:
        tokens = session.fetch_token(metadata["token_endpoint"], code=answer["code"], code_verifier=verifier)
        claims = check(CodeIDToken, metadata, client_id, tokens["id_token"], nonce=nonce, access_token=tokens["access_token"])
        subjects.append(claims["sub"])
    if "access_token" in answer or "code" in kind:
        userinfo = session.get(metadata["userinfo_endpoint"])
        userinfo.raise_for_status()
        subjects.append(userinfo.json()["sub"])
    expect(len(set(subjects)) == 1, f"{kind}: several subjects: {subjects}")


def fragment(callback, state):
    """The parameters of an answer that has no access token."""
    answer = dict(parse_qsl(urlsplit(callback).fragment))
    expect(answer.get("state") == state, f"the answer is {callback}")
    return answer


def assertion(metadata, settings, method, secret):
    """The code flow of a client that authenticates with an assertion; another's is refused."""
    client_id = settings[method]
    signing = {"private_key_jwt": (PrivateKeyJWT, settings["jwk"]["alg"]), "client_secret_jwt": (ClientSecretJWT, "HS256")}
    kind, algorithm = signing[method]

    def session(secret):
        made = OAuth2Session(
            client_id,
            secret,
            scope="openid offline_access",
            redirect_uri=settings["redirect_uri"],
            token_endpoint_auth_method=method,
            code_challenge_method="S256",
        )
        made.register_client_auth_method(kind(metadata["token_endpoint"], alg=algorithm))
        return made

    client, verifier, nonce = session(secret), generate_token(64), generate_token(32)
    address, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    callback, _ = walk(address, settings, settings["redirect_uri"], Browser())
    answer = {"authorization_response": callback, "code_verifier": verifier, "state": state}
    stranger = session(settings["stranger"] if method == "private_key_jwt" else "another-secret-0123456789abcdef-0123456789")
    try:
        stranger.fetch_token(metadata["token_endpoint"], **answer)
    except OAuthError as error:
        expect(error.error == "invalid_client", f"{method}: a stranger was refused as {error.error}")
    else:
        raise AssertionError(f"{method}: a stranger was believed")
    tokens = client.fetch_token(metadata["token_endpoint"], **answer)
    check(CodeIDToken, metadata, client_id, tokens["id_token"], nonce=nonce, access_token=tokens["access_token"])
    renewed = client.refresh_token(metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
    said = client.introspect_token(metadata["introspection_endpoint"], token=renewed["access_token"]).json()
    expect(said["active"] is True and said["client_id"] == client_id, f"{method}: introspection says {said}")


def main(settings):
    """Each flow once."""
    if settings["issuer"].startswith("http:"):
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    metadata, browser, done = discover(settings["issuer"]), Browser(), []
    for kind in ("id_token", "id_token token", "code id_token", "code token", "code id_token token"):
        session = OAuth2Session(
            settings["client_id"],
            settings["client_secret"],
            scope="openid email",
            redirect_uri=settings["redirect_uri"],
            token_endpoint_auth_method="client_secret_post",
        )
        front(session, metadata, settings, browser, kind)
        done.append(kind)
    settings["stranger"] = import_key(settings["stranger"])
    assertion(metadata, settings, "private_key_jwt", import_key(settings["jwk"]))
    assertion(metadata, settings, "client_secret_jwt", settings["client_secret"])
    return {"client": "authlib", "done": done + ["private_key_jwt", "client_secret_jwt"]}


run(main)

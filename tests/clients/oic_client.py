"""PyPI's oic: a client that registers itself, then the code, implicit and hybrid flows without PKCE, userinfo and sign-out, with its
own discovery, registration and verification."""

import logging
import secrets
from urllib.parse import urlencode, urlsplit

from oic.exception import PyoidcError
from oic.oauth2.message import ErrorResponse
from oic.oic import Client
from oic.oic.message import SINGLE_REQUIRED_STRING, AuthnToken, AuthorizationErrorResponse, AuthorizationResponse
from oic.utils.authn.client import CLIENT_AUTHN_METHOD
from oic.utils.keyio import KeyBundle, KeyJar

from pages import Browser, walk
from report import expect, run

TYPES = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"]


def register(settings, method, algorithm):
    """A client that has found the provider and registered itself."""
    client = Client(client_authn_method=CLIENT_AUTHN_METHOD)
    # Below which its request objects would lie; it registers their address as the metadata demands.
    client.base_url = "https://app.example/"
    client.provider_config(settings["issuer"])
    further = {}
    if method == "private_key_jwt":
        keys = KeyBundle([{"kty": "RSA", "use": "sig", **{k: v for k, v in settings["jwk"].items() if k not in ("alg", "use")}}])
        client.keyjar.add_kb("", keys)
        public = KeyJar()
        public.add_kb("", keys)
        further = {"jwks": public.export_jwks(), "token_endpoint_auth_signing_alg": "RS256"}
    registered = client.register(
        client.provider_info["registration_endpoint"],
        client_name=f"Harbour {method} {algorithm}",
        redirect_uris=[settings["redirect_uri"]],
        post_logout_redirect_uris=[settings["out"]],
        application_type="native",
        response_types=TYPES,
        token_endpoint_auth_method=method,
        id_token_signed_response_alg=algorithm,
        userinfo_signed_response_alg=algorithm,
        **further,
    )
    expect(registered["token_endpoint_auth_method"] == method, f"registered as {registered['token_endpoint_auth_method']}")
    expect("implicit" in registered["grant_types"], f"registered for {registered['grant_types']}")
    return client


def ask(client, settings, browser, **further):
    """Sends the person to authorize: what was asked, and what was answered."""
    asked = {
        "client_id": client.client_id,
        "redirect_uri": settings["redirect_uri"],
        "scope": ["openid", "email"],
        "state": secrets.token_urlsafe(16),
        "nonce": secrets.token_urlsafe(16),
        **further,
    }
    request = client.construct_AuthorizationRequest(request_args=asked)
    callback, _ = walk(request.request(client.authorization_endpoint), settings, settings["redirect_uri"], browser)
    parts = urlsplit(callback)
    expect(bool(parts.query) != bool(parts.fragment), f"the answer is {callback}")
    expect(bool(parts.query) == (further["response_type"] == "code"), f"{further['response_type']}: the answer is {callback}")
    answer = client.parse_response(
        AuthorizationResponse, info=parts.query or parts.fragment, sformat="urlencoded", scope="openid email"
    )
    expect(answer["state"] == asked["state"], f"the state is {answer['state']}")
    return asked, answer


def flow(client, settings, browser, kind, method):
    """One response type, as far as it goes; the subject."""
    asked, answer = ask(client, settings, browser, response_type=kind)
    expect(not isinstance(answer, ErrorResponse), f"{kind}: {answer}")
    for word, member in (("code", "code"), ("id_token", "id_token"), ("token", "access_token")):
        expect((word in kind.split()) == (member in answer), f"{kind}: answered with {list(answer.keys())}")
    subjects = []
    if "id_token" in answer:
        client.verify_id_token(answer["id_token"], {"nonce": asked["nonce"], "response_type": kind.split()})
        subjects.append(answer["id_token"]["sub"])
        try:
            client.verify_id_token(answer["id_token"], {"nonce": "another"})
        except PyoidcError:
            pass
        else:
            raise AssertionError(f"{kind}: another nonce was believed")
    if "code" in answer:
        tokens = client.do_access_token_request(
            state=answer["state"],
            request_args={"code": answer["code"], "redirect_uri": settings["redirect_uri"]},
            authn_method=method,
        )
        expect(not isinstance(tokens, ErrorResponse), f"{kind}: {tokens}")
        client.verify_id_token(tokens["id_token"], {"nonce": asked["nonce"], "response_type": kind.split()})
        subjects.append(tokens["id_token"]["sub"])
    if "code" in answer or "access_token" in answer:
        about = client.do_user_info_request(method="GET", state=answer["state"])
        expect(not isinstance(about, ErrorResponse), f"{kind}: {about}")
        expect(about["email"], f"{kind}: userinfo has no e-mail address")
        subjects.append(about["sub"])
    expect(len(set(subjects)) == 1, f"{kind}: several subjects: {subjects}")
    return answer


def main(settings):
    """Registers, and goes through each flow."""
    logging.disable(logging.CRITICAL)
    # An assertion is for one server, which a string names; the library would write a list.
    AuthnToken.c_param["aud"] = SINGLE_REQUIRED_STRING
    done = []
    for method, algorithm in (("client_secret_basic", "RS256"), ("client_secret_post", "ES256"), ("private_key_jwt", "PS256")):
        browser = Browser()
        client = register(settings, method, algorithm)
        for kind in TYPES:
            flow(client, settings, browser, kind, method)
            done.append(f"{method} {kind}")
        _, silent = ask(client, settings, browser, response_type="id_token", prompt="none")
        expect("id_token" in silent, f"while signed in, prompt=none was answered {silent}")
        # Nothing says who sends the browser here: the person is asked.
        leaving = {"client_id": client.client_id, "post_logout_redirect_uri": settings["out"], "state": "x"}
        end = f"{client.provider_info['end_session_endpoint']}?{urlencode(leaving)}"
        back, pages = walk(end, settings, settings["out"], browser)
        expect((back, pages) == (f"{settings['out']}?state=x", ["logout"]), f"the person came to {back} by {pages}")
        _, silent = ask(client, settings, browser, response_type="id_token", prompt="none")
        expect(isinstance(silent, AuthorizationErrorResponse), f"after signing out, prompt=none was answered {silent}")
        expect(silent["error"] == "login_required", f"after signing out, prompt=none was answered {silent}")
    return {"client": "oic", "done": done}


run(main)

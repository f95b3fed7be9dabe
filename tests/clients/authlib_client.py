"""PyPI's Authlib: discovery, code + PKCE with a second factor, userinfo, refresh, introspection, revocation."""

import os

from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken

from pages import walk
from report import discover, expect, expect_high, run, verify


def main(settings):
    """The whole path."""
    if settings["issuer"].startswith("http:"):
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    metadata = discover(settings["issuer"])
    client = OAuth2Session(
        settings["client_id"],
        settings["client_secret"],
        scope="openid profile email offline_access",
        redirect_uri=settings["redirect_uri"],
        token_endpoint_auth_method="client_secret_basic",
        code_challenge_method="S256",
    )
    verifier, nonce = generate_token(64), generate_token(32)
    address, state = client.create_authorization_url(
        metadata["authorization_endpoint"],
        code_verifier=verifier,
        nonce=nonce,
        acr_values=settings["acr_values"],
    )
    callback, pages = walk(address, settings, settings["redirect_uri"])

    tokens = client.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, code_verifier=verifier, state=state
    )
    header, claims = verify(metadata, tokens["id_token"], aud=settings["client_id"])
    # Authlib's own rules for an ID token of the code flow: iss, aud, exp, nonce, azp, at_hash.
    parameters = {"nonce": nonce, "client_id": settings["client_id"], "access_token": tokens["access_token"]}
    CodeIDToken(claims, header, {"iss": {"value": metadata["issuer"]}}, parameters).validate(leeway=5)
    expect_high(claims, "ID token")
    expect_high(verify(metadata, tokens["access_token"], typ="at+jwt")[1], "access token")

    userinfo = client.get(metadata["userinfo_endpoint"])
    userinfo.raise_for_status()
    expect(userinfo.json()["sub"] == claims["sub"], "userinfo: another subject")

    def introspect(token):
        return client.introspect_token(metadata["introspection_endpoint"], token=token).json()

    introspected = introspect(tokens["access_token"])
    expect(introspected["active"] is True, "introspection: the access token is not active")
    expect_high(introspected, "introspection")

    renewed = client.refresh_token(metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
    again = verify(metadata, renewed["id_token"], aud=settings["client_id"])[1]
    expect_high(again, "refreshed ID token")
    expect(again["auth_time"] == claims["auth_time"], "refresh: another auth_time")
    expect(again["sub"] == claims["sub"], "refresh: another subject")

    revoked = client.revoke_token(
        metadata["revocation_endpoint"], token=renewed["refresh_token"], token_type_hint="refresh_token"
    )
    expect(revoked.status_code == 200, f"revocation answered {revoked.status_code}")
    try:
        client.refresh_token(metadata["token_endpoint"], refresh_token=renewed["refresh_token"])
    except OAuthError as error:
        expect(error.error == "invalid_grant", f"expected invalid_grant, got {error.error}")
        expect(error.description, "invalid_grant comes without error_description")
    else:
        raise AssertionError("a revoked refresh token was redeemed")
    expect(introspect(renewed["access_token"]) == {"active": False}, "revoked, but the access token is active")

    return {
        "client": "authlib",
        "pages": pages,
        "claims": claims,
        "userinfo": userinfo.json(),
        "totp_secret": settings.get("totp_secret"),
    }


run(main)

"""PyPI's simple-salesforce: API login, JWT login and client credentials, at the vendor's paths."""

import warnings
from urllib.parse import urlsplit

import requests
from jwcrypto.jwk import JWK
from requests.adapters import HTTPAdapter
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from report import expect, run


class Rewriting(HTTPAdapter):
    """Sends what is meant for the vendor, whose hosts are written into the library, to the server."""

    def __init__(self, issuer):
        super().__init__()
        self.issuer = issuer

    def send(self, request, *args, **kwargs):
        """The same request, elsewhere."""
        request.url = self.issuer + urlsplit(request.url).path
        return super().send(request, *args, **kwargs)


def refused(**arguments):
    """What a login was refused with."""
    try:
        SalesforceLogin(**arguments)
    except SalesforceAuthenticationFailed as error:
        return error.code, error.message
    raise AssertionError("it worked")


def main(settings):
    """Every way to sign in that is not SOAP."""
    session = requests.Session()
    session.mount("https://", Rewriting(settings["issuer"]))
    key, secret = settings["client_id"], settings["client_secret"]
    app = {"session": session, "consumer_key": key, "consumer_secret": secret}
    host = urlsplit(settings["issuer"]).netloc

    person = {"username": settings["username"], "password": settings["password"]}
    token, instance = SalesforceLogin(**app, **person)
    expect(token and instance == host, f"the APIs are said to be at {instance}")
    code, message = refused(**app, **{**person, "password": "wrong"})
    expect(code == "invalid_grant" and message, f"a wrong password was answered {code}")

    service = {**app, "consumer_key": settings["service"]}
    token, instance = SalesforceLogin(domain="example.my", **service)
    expect(token and instance == host, f"the APIs are said to be at {instance}")

    jwt = settings["jwt"]
    pem = JWK(**jwt["jwk"]).export_to_pem(private_key=True, password=None).decode()
    own = {"session": session, "consumer_key": jwt["client_id"], "privatekey": pem}
    token, instance = SalesforceLogin(username=jwt["username"], **own)
    expect(token and instance == host, f"the APIs are said to be at {instance}")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        code, message = refused(username="nobody", **own)
    expect(code == "invalid_grant", f"an unknown person was answered {code}: {message}")
    expect(any("authorize this" in str(warning.message) for warning in told), "its warning about approval did not come")
    return {"client": "simple-salesforce"}


run(main)

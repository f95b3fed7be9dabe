"""The vendors' own SDKs, pointed at a recorder: what they send is what our senders must send.
{"base": "http://127.0.0.1:1", "calls": [{"sdk": "twilio", "does": "message", "arguments": {"to": "…"}}]}"""

from urllib.parse import urlsplit

from telesign.messaging import MessagingClient
from telesign.phoneid import PhoneIdClient
from telesign.voice import VoiceClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from report import run

ACCOUNT, TOKEN = "AC1", "t0ken"
CUSTOMER, KEY = "C1", "a2V5"


class Redirected(TwilioHttpClient):
    """Twilio's client, which asks another host for the same path."""

    def __init__(self, base):
        super().__init__()
        self.base = base

    def request(self, method, url, **kwargs):
        """One request."""
        return super().request(method, self.base + urlsplit(url).path, **kwargs)


def twilio(base, does, arguments):
    """One call of Twilio's SDK."""
    client = Client(ACCOUNT, TOKEN, http_client=Redirected(base))
    if does == "message":
        client.messages.create(**arguments)
    elif does == "call":
        client.calls.create(**arguments)
    else:
        client.lookups.v2.phone_numbers(arguments["number"]).fetch(fields="line_type_intelligence")


def telesign(base, does, arguments):
    """One call of TeleSign's SDK."""
    auth = arguments.pop("auth", None)
    clients = {"message": MessagingClient, "call": VoiceClient, "look up": PhoneIdClient}
    client = clients[does](CUSTOMER, KEY, rest_endpoint=base, auth_method=auth)
    if does == "message":
        client.message(**arguments)
    elif does == "call":
        client.call(**arguments)
    else:
        client.phoneid(arguments["number"])


def main(settings):
    """All calls, in order."""
    for call in settings["calls"]:
        {"twilio": twilio, "telesign": telesign}[call["sdk"]](settings["base"], call["does"], dict(call["arguments"]))
    return {"client": "vendors", "calls": len(settings["calls"])}


run(main)

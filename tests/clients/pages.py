"""A person with a browser that has no JavaScript: walks Countersign's pages by their stable hooks (data-page, field
names) until the browser is sent to the redirect URI."""

import base64
import hashlib
import hmac
import struct
import time
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


def totp(secret, now=None):
    """The TOTP code (RFC 6238) of this moment: HMAC-SHA-1, 30 seconds, 6 digits."""
    text = "".join(secret.upper().split()).rstrip("=")
    key = base64.b32decode(text + "=" * (-len(text) % 8))
    counter = struct.pack(">Q", int(time.time() if now is None else now) // 30)
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    number = struct.unpack_from(">I", digest, digest[19] & 15)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


class Page(HTMLParser):
    """What matters of a page: its name, its forms, the shown TOTP secret, and its text."""

    def __init__(self, answer):
        super().__init__()
        self.url, self.status = answer.url, answer.status_code
        self.name, self.forms, self.secret, self.words = None, [], None, []
        self._in_secret, self._in_form, self._silent = None, False, 0
        self.feed(answer.text)

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        if tag == "body":
            self.name = attrs.get("data-page")
        if tag == "form":
            self.forms.append({**attrs, "controls": []})
            self._in_form = True
        if tag in ("input", "button") and self._in_form:
            self.forms[-1]["controls"].append({"tag": tag, **attrs})
        if attrs.get("id") == "totp-secret":
            self._in_secret, self.secret = tag, ""
        if tag in ("script", "style"):
            self._silent += 1

    def handle_endtag(self, tag):
        if tag == "form":
            self._in_form = False
        if tag == self._in_secret:
            self._in_secret = None
        if tag in ("script", "style"):
            self._silent -= 1

    def handle_data(self, data):
        if self._in_secret:
            self.secret += data
        if not self._silent:
            self.words += data.split()


class Browser:
    """A browser: cookies, one page at a time."""

    def __init__(self):
        self.session = requests.Session()
        self.session.headers.update({"Accept": "text/html", "Accept-Language": "en", "User-Agent": "tests/clients"})

    def open(self, url, stop, **post):
        """Follows redirects: the page they end at, or the address that begins with `stop`."""
        answer = self.session.request("POST" if post else "GET", url, allow_redirects=False, timeout=30, **post)
        for _ in range(20):
            if not answer.is_redirect:
                return Page(answer)
            url = urljoin(url, answer.headers["Location"])
            if url.split("?")[0].split("#")[0] == stop:
                return url
            answer = self.session.get(url, allow_redirects=False, timeout=30)
        raise RuntimeError(f"redirected in a circle at {url}")

    def submit(self, page, form, values, stop):
        """Submits a form of a page."""
        if form.get("method", "get").lower() != "post":
            raise RuntimeError("the form is not posted")
        place = urlsplit(page.url)
        headers = {"Origin": f"{place.scheme}://{place.netloc}"}
        return self.open(urljoin(page.url, form.get("action") or page.url), stop, data=values, headers=headers)


def answer_of(page, form, person):
    """The values of a form: what it holds by itself (all boxes ticked), and what the person fills in."""
    controls = form["controls"]
    values = [
        (control["name"], control.get("value", "on"))
        for control in controls
        if control["tag"] == "input" and control.get("type") in ("hidden", "checkbox") and control.get("name")
    ]
    names = {control.get("name") for control in controls}
    values += [(field, person[field]) for field in ("username", "password") if field in names]
    if "code" in names:
        if page.secret is not None:
            person["totp_secret"] = "".join(page.secret.split())
        if not person.get("totp_secret"):
            raise RuntimeError("a code is asked for, and there is no TOTP secret")
        values.append(("code", totp(person["totp_secret"])))
    values += [("decision", control["value"]) for control in controls if control.get("name") == "decision"][:1]
    values += [(c["name"], c.get("value", "")) for c in controls if c.get("id") == "submit" and c.get("name")]
    return values


def walk(url, person, redirect_uri, browser=None):
    """Signs a person ({username, password, totp_secret}) in, from the client's authorization address until the browser
    is sent to `redirect_uri`. Enrols a TOTP app where that is asked for, and notes its secret in `person`. Answers the
    callback address and the pages that were seen."""
    browser, seen = browser or Browser(), []
    page = browser.open(url, redirect_uri)
    while isinstance(page, Page):
        wanted = {"username", "password", "code", "decision"}
        forms = [form for form in page.forms if wanted & {control.get("name") for control in form["controls"]}]
        if page.status != 200 or not page.name or not forms or page.name in seen:
            place, text = urlsplit(page.url).path, " ".join(page.words)[:400]
            raise RuntimeError(f"stuck after {seen} at {place} ({page.status}, page {page.name}): {text}")
        seen.append(page.name)
        page = browser.submit(page, forms[0], answer_of(page, forms[0], person), redirect_uri)
    return page, seen

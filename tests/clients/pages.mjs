// A person with a browser that has no JavaScript: walks Countersign's pages by their stable hooks (data-page, field
// names) until the browser is sent to the redirect URI.

import { createHmac } from "node:crypto";
import http from "node:http";
import https from "node:https";

/** The TOTP code (RFC 6238) of this moment: HMAC-SHA-1, 30 seconds, 6 digits. */
export function totp(secret, now = Date.now()) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.toUpperCase().replace(/[\s=]/g, "")]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = digest[19] & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const unescape = (text) =>
  text
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&quot;/g, '"').replace(/&apos;/g, "'").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

const textOf = (html) => unescape(html.replace(/<(script|style)[\s\S]*?<\/\1>/g, "").replace(/<[^>]*>/g, " ")).replace(/\s+/g, " ").trim();

/** The attributes of a start tag, as a map; one without a value is the empty text. */
function attributes(tag) {
  const found = {};
  for (const [, name, quoted, single, bare] of tag.matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)) {
    found[name.toLowerCase()] ??= unescape(quoted ?? single ?? bare ?? "");
  }
  return found;
}

/** The forms of a page: where each goes, and its fields and buttons. */
function forms(html) {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, tag, body]) => ({
    ...attributes(tag),
    controls: [...body.matchAll(/<(input|button)\b([^>]*)>/gi)].map(([, kind, rest]) => ({ kind, ...attributes(rest) })),
  }));
}

/** A browser: cookies, one page at a time. */
export class Browser {
  #cookies = new Map();

  /** One request without following redirects. */
  async #request(method, url, { origin, body } = {}) {
    const jar = this.#cookies.get(url.hostname) ?? new Map();
    const headers = { accept: "text/html", "accept-language": "en", "user-agent": "tests/clients" };
    const cookies = [...jar].filter(([, cookie]) => url.pathname.startsWith(cookie.path)).map(([name, { value }]) => `${name}=${value}`);
    if (cookies.length > 0) headers.cookie = cookies.join("; ");
    if (body !== undefined) {
      headers["content-type"] = "application/x-www-form-urlencoded";
      headers["content-length"] = Buffer.byteLength(body);
      headers.origin = origin;
    }
    const module = url.protocol === "https:" ? https : http;
    const answer = await new Promise((resolve, reject) => {
      module.request(url, { method, headers }, resolve).on("error", reject).end(body);
    });
    let text = "";
    for await (const chunk of answer.setEncoding("utf8")) text += chunk;
    for (const line of answer.headers["set-cookie"] ?? []) this.#keep(url, jar, line);
    return { status: answer.statusCode, location: answer.headers.location, text, url };
  }

  #keep(url, jar, line) {
    const [pair, ...rest] = line.split(";").map((part) => part.trim());
    const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    const options = Object.fromEntries(rest.map((part) => [part.split("=")[0].toLowerCase(), part.split("=").slice(1).join("=")]));
    if ("secure" in options && url.protocol !== "https:") throw new Error(`the cookie ${name} is Secure on ${url.protocol}`);
    if (options["max-age"] === "0" || Date.parse(options.expires) < Date.now()) jar.delete(name);
    else jar.set(name, { value, path: options.path ?? "/" });
    this.#cookies.set(url.hostname, jar);
  }

  /** Opens an address and follows redirects: the page it ends at, or the address that begins with `stop`. */
  async open(address, stop, method = "GET", options = {}) {
    let url = new URL(address);
    let answer = await this.#request(method, url, options);
    for (let hops = 0; answer.status >= 300 && answer.status < 400; hops += 1) {
      if (hops > 20) throw new Error(`redirected in a circle at ${url}`);
      if (method === "POST" && answer.status !== 303 && answer.status !== 302) throw new Error(`a POST was answered ${answer.status}`);
      url = new URL(answer.location, url);
      if (url.origin + url.pathname === stop) return { callback: url };
      answer = await this.#request("GET", url);
    }
    return answer;
  }

  /** Submits a form of a page. */
  submit(page, form, values, stop) {
    if ((form.method ?? "get").toLowerCase() !== "post") throw new Error("the form is not posted");
    const target = new URL(form.action || page.url.href, page.url);
    return this.open(target, stop, "POST", { origin: page.url.origin, body: new URLSearchParams(values).toString() });
  }
}

/** What the form holds by itself: hidden fields, and boxes (all of them ticked). */
const given = (form) =>
  form.controls
    .filter(({ kind, type, name }) => kind.toLowerCase() === "input" && name && (type === "hidden" || type === "checkbox"))
    .map(({ name, value }) => [name, value ?? "on"]);

function answerOf(page, form, person) {
  const values = given(form);
  const has = (name) => form.controls.some((control) => control.name === name);
  if (has("username")) values.push(["username", person.username]);
  if (has("user_code")) values.push(["user_code", person.user_code]);
  if (has("password")) values.push(["password", person.password]);
  if (has("code")) {
    if (/id="?totp-secret/.test(page.text)) {
      const [, shown] = page.text.match(/<[^>]*id="?totp-secret"?[^>]*>([\s\S]*?)<\//);
      person.totp_secret = textOf(shown).replace(/\s/g, "");
    }
    if (!person.totp_secret) throw new Error("a code is asked for, and there is no TOTP secret");
    values.push(["code", totp(person.totp_secret)]);
  }
  const yes = form.controls.find(({ name }) => name === "decision");
  if (yes) values.push(["decision", yes.value]);
  const button = form.controls.find(({ id, name }) => id === "submit" && name);
  if (button) values.push([button.name, button.value ?? ""]);
  return values;
}

/**
 * Signs `person` ({username, password, totp_secret}) in, starting at the client's authorization address, until the
 * browser is sent to `redirectUri`. Enrols a TOTP app where that is asked for, and notes its secret in `person`.
 * Types `person.user_code` where the code of a device is asked for, and then stops at the notice that ends the errand.
 * Answers the callback address, if there is one, and the pages that were seen.
 */
export async function walk(address, person, redirectUri, browser = new Browser()) {
  const seen = [];
  let page = await browser.open(address, redirectUri);
  while (!page.callback) {
    let name = page.text.match(/<body\b[^>]*\bdata-page="?([\w-]+)/)?.[1];
    if (name === "notice" && person.user_code) break;
    const form = forms(page.text).find(({ controls }) => controls.some((control) => ["username", "password", "code", "user_code", "decision"].includes(control.name)));
    if (form?.controls.some((control) => control.name === "user_code")) name = "user_code";
    if (page.status !== 200 || !name || !form || seen.includes(name)) {
      throw new Error(`stuck after [${seen}] at ${page.url.pathname} (${page.status}, page ${name}): ${textOf(page.text).slice(0, 400)}`);
    }
    seen.push(name);
    page = await browser.submit(page, form, answerOf(page, form, person), redirectUri);
  }
  return { callback: page.callback, pages: seen };
}

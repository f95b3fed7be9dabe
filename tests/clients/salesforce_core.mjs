// npm's @salesforce/core, the engine of the sf command line: web login with its own PKCE, refresh, JWT login. It runs on the Node.js of
// npm's package `node`. What is asked of the vendor's data API is answered here; everything else goes to the server.

import { createPrivateKey } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { walk } from "./pages.mjs";
import { expect, run } from "./report.mjs";

// It writes into the home folder, and asks the machine's keychain.
const home = mkdtempSync(join(tmpdir(), "sf-"));
Object.assign(process.env, {
  HOME: home, SF_USE_GENERIC_UNIX_KEYCHAIN: "true", SF_DISABLE_LOG_FILE: "true", SF_DISABLE_DNS_CHECK: "true", SF_DISABLE_TELEMETRY: "true",
});
process.chdir(home);
const { AuthInfo } = (await import("@salesforce/core")).default;
const { OAuth2 } = (await import("@jsforce/jsforce-node")).default;

/** A front of the server that has the vendor's data API too, and names itself as the place of the APIs. */
async function instance(settings) {
  const seen = [];
  const answer = async (request, response) => {
    const body = [];
    for await (const chunk of request) body.push(chunk);
    seen.push(`${request.method} ${request.url.split("?")[0]}`);
    const json = (status, value) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (request.url.includes("/sobjects/User/")) return json(200, { Username: settings.username });
    if (request.url.startsWith("/services/data/")) return json(404, [{ errorCode: "NOT_FOUND", message: "there is none" }]);
    const headers = Object.fromEntries(["authorization", "content-type"].filter((name) => request.headers[name]).map((name) => [name, request.headers[name]]));
    const told = await fetch(settings.issuer + request.url, { method: request.method, headers, body: body.length ? Buffer.concat(body) : undefined });
    const text = (await told.text()).replaceAll(`"instance_url":"${settings.issuer}"`, `"instance_url":"${url}"`);
    return response.writeHead(told.status, { "content-type": told.headers.get("content-type") ?? "text/plain" }).end(text);
  };
  const server = http.createServer((request, response) => answer(request, response).catch((error) => response.destroy(error)));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, seen, close: () => server.close() };
}

await run(async (settings) => {
  const apis = await instance(settings);
  try {
    const options = { loginUrl: apis.url, clientId: settings.client_id, redirectUri: settings.redirect_uri, useVerifier: true };
    const oauth2 = new OAuth2(options);
    const address = AuthInfo.getAuthorizationUrl(options, oauth2).replace(apis.url, settings.issuer);
    expect(address.includes("prompt=login") && !address.includes("code_challenge_method"), `the request is ${address}`);
    const { callback, pages } = await walk(address, settings, settings.redirect_uri);
    options.authCode = callback.searchParams.get("code");
    const web = (await AuthInfo.create({ oauth2Options: options, oauth2 })).getFields(true);
    expect(web.username === settings.username, `the login is of ${web.username}`);
    expect(web.orgId?.length === 18 && web.instanceUrl === apis.url && web.refreshToken, `the login is ${JSON.stringify(web)}`);

    const again = { loginUrl: apis.url, clientId: settings.client_id, refreshToken: web.refreshToken };
    for (let turn = 0; turn < 2; turn += 1) {
      const refreshed = (await AuthInfo.create({ oauth2Options: { ...again } })).getFields(true);
      expect(refreshed.username === settings.username && refreshed.orgId === web.orgId, "a refresh is of somebody else");
    }

    const key = join(home, "key.pem");
    writeFileSync(key, createPrivateKey({ key: settings.jwt.jwk, format: "jwk" }).export({ type: "pkcs8", format: "pem" }));
    // Its own account is known by now, so it is asked for by another name.
    const jwt = await AuthInfo.create({
      username: settings.jwt.username,
      oauth2Options: { loginUrl: apis.url, clientId: settings.jwt.client_id, privateKeyFile: key },
    });
    expect(jwt.getFields(true).orgId === web.orgId, "a JWT login is at another organisation");
    return { client: "@salesforce/core", pages, seen: apis.seen };
  } finally {
    apis.close();
  }
});

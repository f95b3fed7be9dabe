// npm's @modelcontextprotocol/sdk, as AI tools use it: from an API alone to a token for it. Protected resource metadata, the issuer's
// metadata, registration (or an identifier that is the address of its metadata), code + PKCE, resource indicator, refresh.

import { auth, discoverAuthorizationServerMetadata, extractWWWAuthenticateParams } from "@modelcontextprotocol/sdk/client/auth.js";
import { walk } from "./pages.mjs";
import { expect, run, verify } from "./report.mjs";

/** What the SDK asks its host to remember. */
class Host {
  constructor(settings) {
    this.settings = settings;
    this.client = settings.client_id ? { client_id: settings.client_id } : undefined;
  }
  get redirectUrl() { return this.settings.redirect_uri; }
  get clientMetadata() {
    return {
      client_name: "Atlas Notes",
      redirect_uris: [this.settings.redirect_uri],
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      scope: this.settings.scope,
    };
  }
  state() { return "0123456789abcdef"; }
  clientInformation() { return this.client; }
  saveClientInformation(client) { this.client = client; }
  tokens() { return this.kept; }
  saveTokens(tokens) { this.kept = tokens; }
  redirectToAuthorization(address) { this.address = address; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
}

await run(async (settings) => {
  const refused = await fetch(settings.api);
  const { resourceMetadataUrl } = extractWWWAuthenticateParams(refused);
  expect(refused.status === 401 && resourceMetadataUrl, "the API does not say where its metadata is");

  const host = new Host(settings);
  const options = { serverUrl: settings.api, resourceMetadataUrl };
  expect((await auth(host, options)) === "REDIRECT", "nobody was to be asked");
  expect(host.client?.client_id, "no client was registered");
  const asked = new URL(host.address);
  expect(asked.searchParams.get("resource") === settings.api, `the token is to be for ${asked.searchParams.get("resource")}`);

  const { callback, pages } = await walk(host.address, settings, settings.redirect_uri);
  const metadata = await discoverAuthorizationServerMetadata(settings.issuer);
  expect(callback.searchParams.has("code"), `nobody agreed: ${callback.search}`);
  // RFC 9207 §2.4
  expect(metadata.authorization_response_iss_parameter_supported === true, "the metadata does not promise iss");
  expect(callback.searchParams.get("iss") === metadata.issuer, `iss is ${callback.searchParams.get("iss")}`);
  expect(callback.searchParams.get("state") === host.state(), "another state");
  expect((await auth(host, { ...options, authorizationCode: callback.searchParams.get("code") })) === "AUTHORIZED", "no token");

  const claims = await verify(metadata, host.kept.access_token, { typ: "at+jwt", audience: settings.api });
  expect(claims.client_id === host.client.client_id, `the token is for ${claims.client_id}`);
  const served = await fetch(settings.api, { headers: { authorization: `Bearer ${host.kept.access_token}` } });
  expect(served.status === 200, `the API answered ${served.status}: ${await served.text()}`);

  const before = host.kept;
  expect((await auth(host, options)) === "AUTHORIZED", "the token was not refreshed");
  expect(host.kept.access_token !== before.access_token, "the same token again");
  await verify(metadata, host.kept.access_token, { typ: "at+jwt", audience: settings.api });
  return { client: "@modelcontextprotocol/sdk", pages, client_id: host.client.client_id };
});

// npm's openid-client: a client that registers itself, is used with each way to authenticate, and signs its person out.

import * as client from "openid-client";
import { Browser, walk } from "./pages.mjs";
import { expect, expectRefused, run, verify } from "./report.mjs";

await run(async (settings) => {
  const { issuer, redirect_uri } = settings;
  const insecure = issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
  const out = new URL("/out", redirect_uri).href;
  const browser = new Browser();
  const done = [];
  for (const [method, authentication] of [
    ["client_secret_basic", client.ClientSecretBasic()],
    ["client_secret_post", client.ClientSecretPost()],
    ["client_secret_jwt", client.ClientSecretJwt()],
    ["none", client.None()],
  ]) {
    const metadata = {
      client_name: `Harbour ${method}`,
      redirect_uris: [redirect_uri],
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: method,
      post_logout_redirect_uris: [out],
    };
    const config = await client.dynamicClientRegistration(new URL(issuer), metadata, authentication, { execute: insecure });
    const registered = config.clientMetadata();
    expect(registered.token_endpoint_auth_method === method, `${method}: registered as ${registered.token_endpoint_auth_method}`);
    expect((registered.client_secret !== undefined) === (method !== "none"), `${method}: the secret is not as it should be`);

    const verifier = client.randomPKCECodeVerifier();
    const expected = { pkceCodeVerifier: verifier, expectedNonce: client.randomNonce(), expectedState: client.randomState() };
    const parameters = {
      redirect_uri,
      scope: "openid email offline_access",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      nonce: expected.expectedNonce,
      state: expected.expectedState,
    };
    const { callback } = await walk(client.buildAuthorizationUrl(config, parameters), settings, redirect_uri, browser);
    const tokens = await client.authorizationCodeGrant(config, callback, { ...expected, idTokenExpected: true });
    const claims = await verify(config.serverMetadata(), tokens.id_token, { audience: registered.client_id });
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
    await client.fetchUserInfo(config, renewed.access_token, claims.sub);

    const state = client.randomState();
    const end = client.buildEndSessionUrl(config, { post_logout_redirect_uri: out, id_token_hint: tokens.id_token, state });
    const { callback: back } = await walk(end, settings, out, browser);
    expect(back.searchParams.get("state") === state, `${method}: the person came back with ${back.search}`);
    const again = client.buildAuthorizationUrl(config, { ...parameters, prompt: "none" });
    const { callback: silent } = await walk(again, settings, redirect_uri, browser);
    await expectRefused(client.authorizationCodeGrant(config, silent, expected), "login_required");
    done.push(method);
  }
  return { client: "openid-client", done };
});

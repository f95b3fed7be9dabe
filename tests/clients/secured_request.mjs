// openid-client sends its request signed (RFC 9101), pushed (RFC 9126) and both, and takes signed responses (JARM).

import { importJWK } from "jose";
import * as client from "openid-client";
import { Browser, walk } from "./pages.mjs";
import { expect, run, verify } from "./report.mjs";

await run(async (settings) => {
  const { issuer, key, redirect_uri } = settings;
  const insecure = issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
  const signing = { key: await importJWK(key.jwk, key.jwk.alg), kid: key.jwk.kid };
  const configure = async (...further) =>
    client.discovery(
      new URL(issuer),
      key.client_id,
      { authorization_signed_response_alg: key.jwk.alg },
      client.PrivateKeyJwt(signing),
      { execute: [...insecure, ...further] },
    );
  const [plain, jarm] = [await configure(), await configure(client.useJwtResponseMode)];
  const metadata = plain.serverMetadata();
  expect(metadata.request_object_signing_alg_values_supported?.includes(key.jwk.alg), `the metadata does not offer ${key.jwk.alg}`);
  expect(metadata.authorization_signing_alg_values_supported?.includes(key.jwk.alg), `the metadata does not sign with ${key.jwk.alg}`);
  expect(metadata.pushed_authorization_request_endpoint, "the metadata has no place to push to");

  const signed = (config, parameters) => client.buildAuthorizationUrlWithJAR(config, parameters, signing);
  const pushed = (config, parameters) => client.buildAuthorizationUrlWithPAR(config, parameters);
  const both = async (config, parameters) => pushed(config, (await signed(config, parameters)).searchParams);
  const browser = new Browser();
  const done = [];
  for (const [config, mode] of [[plain, "query"], [jarm, "jwt"]]) {
    for (const [name, build] of Object.entries({ signed, pushed, both })) {
      const verifier = client.randomPKCECodeVerifier();
      const expected = { pkceCodeVerifier: verifier, expectedNonce: client.randomNonce(), expectedState: client.randomState() };
      const address = await build(config, {
        redirect_uri,
        scope: "openid",
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        nonce: expected.expectedNonce,
        state: expected.expectedState,
        ...(mode === "jwt" ? { response_mode: "jwt" } : {}),
      });
      expect(!address.searchParams.has("nonce"), `${name}: the request lies open`);
      const { callback } = await walk(address, settings, redirect_uri, browser);
      expect(callback.searchParams.has("response") === (mode === "jwt"), `${name}, ${mode}: ${callback}`);
      const tokens = await client.authorizationCodeGrant(config, callback, { ...expected, idTokenExpected: true });
      await verify(metadata, tokens.id_token, { audience: key.client_id });
      done.push(`${name} ${mode}`);
    }
  }
  return { client: "openid-client", done };
});

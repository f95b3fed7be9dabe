// npm's oauth4webapi: requests that are signed (RFC 9101), pushed (RFC 9126) and both, answers as JWTs (JARM), and introspection in
// JWTs (RFC 9701). The client authenticates with its key.

import { importJWK } from "jose";
import * as oauth from "oauth4webapi";
import { addressOf, discover, prepare, redeem } from "./oauth4webapi_steps.mjs";
import { Browser, walk } from "./pages.mjs";
import { expect, run, verify } from "./report.mjs";

await run(async (settings) => {
  const { as, options } = await discover(settings);
  const { client_id, jwk } = settings.key;
  const client = { client_id, authorization_signed_response_alg: jwk.alg, introspection_signed_response_alg: jwk.alg };
  const signing = { key: await importJWK(jwk, jwk.alg), kid: jwk.kid };
  const auth = oauth.PrivateKeyJwt(signing);

  const sign = async (parameters) => ({ client_id, request: await oauth.issueRequestObject(as, client, parameters, signing) });
  const push = async (parameters) => {
    const response = await oauth.pushedAuthorizationRequest(as, client, auth, parameters, options);
    const { request_uri, expires_in } = await oauth.processPushedAuthorizationResponse(as, client, response);
    expect(expires_in > 0, `a pushed request lives for ${expires_in} s`);
    return { client_id, request_uri };
  };
  const ways = { signed: sign, pushed: push, both: async (parameters) => push(await sign(parameters)) };

  const browser = new Browser();
  const done = [];
  let tokens;
  for (const mode of ["query", "jwt", "query.jwt", "fragment.jwt"]) {
    for (const [name, send] of Object.entries(ways)) {
      const asked = await prepare(client, settings, mode === "query" ? {} : { response_mode: mode });
      const { callback } = await walk(addressOf(as, await send(asked.parameters)), settings, settings.redirect_uri, browser);
      let parameters;
      if (mode === "query") {
        parameters = oauth.validateAuthResponse(as, client, callback, asked.state);
      } else {
        const given = new URLSearchParams(mode.startsWith("fragment") ? callback.hash.slice(1) : callback.search);
        expect([...given.keys()].join() === "response", `${mode}: the answer holds ${[...given.keys()]}`);
        parameters = await oauth.validateJwtAuthResponse(as, client, given, asked.state, options);
      }
      tokens = await redeem({ as, options }, client, auth, settings, parameters, asked);
      await verify(as, tokens.id_token, { audience: client_id });
      done.push(`${name} ${mode}`);
    }
  }

  // Who signs with another key is refused.
  const { privateKey } = await oauth.generateKeyPair(jwk.alg === "EdDSA" ? "Ed25519" : jwk.alg);
  const stranger = oauth.PrivateKeyJwt({ key: privateKey, kid: jwk.kid });
  const { parameters } = await prepare(client, settings);
  const response = await oauth.pushedAuthorizationRequest(as, client, stranger, parameters, options);
  expect(response.status === 401, `a request that somebody else pushed was answered ${response.status}`);
  const refused = await oauth.processPushedAuthorizationResponse(as, client, response).catch((error) => error);
  expect(refused instanceof oauth.WWWAuthenticateChallengeError, `a request that somebody else pushed: ${refused}`);

  const introspect = async (token) => {
    const response = await oauth.introspectionRequest(as, client, auth, token, { ...options, requestJwtResponse: true });
    const type = response.headers.get("content-type");
    expect(type === "application/token-introspection+jwt", `introspection answered ${type}`);
    const said = await oauth.processIntrospectionResponse(as, client, response);
    await oauth.validateApplicationLevelSignature(as, response, options);
    return said;
  };
  const introspected = await introspect(tokens.access_token);
  expect(introspected.active === true && introspected.client_id === client_id, `introspection says ${JSON.stringify(introspected)}`);
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, tokens.access_token, options));
  const ended = await introspect(tokens.access_token);
  expect(ended.active === false && Object.keys(ended).length === 1, `revoked, but introspection says ${JSON.stringify(ended)}`);
  return { client: "oauth4webapi", done };
});

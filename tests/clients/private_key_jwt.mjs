// openid-client authenticates with a key (private_key_jwt, RFC 7523 §2.2) and gets a token for itself.

import { decodeProtectedHeader, importJWK } from "jose";
import * as client from "openid-client";
import { expect, run, verify } from "./report.mjs";

await run(async ({ issuer, key }) => {
  const insecure = issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
  const signing = { key: await importJWK(key.jwk, key.jwk.alg), kid: key.jwk.kid };
  const config = await client.discovery(new URL(issuer), key.client_id, {}, client.PrivateKeyJwt(signing), { execute: insecure });
  const metadata = config.serverMetadata();
  expect(metadata.token_endpoint_auth_methods_supported?.includes("private_key_jwt"), "the metadata does not offer private_key_jwt");
  expect(metadata.token_endpoint_auth_signing_alg_values_supported?.includes(key.jwk.alg), `the metadata does not offer ${key.jwk.alg}`);

  const asked = {};
  if (key.scope) asked.scope = key.scope;
  if (key.resource) asked.resource = key.resource;
  const tokens = await client.clientCredentialsGrant(config, asked);
  expect(tokens.id_token === undefined && tokens.refresh_token === undefined, "a client by itself got tokens about a person");
  const claims = await verify(metadata, tokens.access_token, { typ: "at+jwt", audience: key.resource });
  // RFC 9068 §2.2: the subject is the client; a token without a user says nothing of how one authenticated.
  expect(claims.sub === key.client_id && claims.client_id === key.client_id, `the token is about ${claims.sub}`);
  expect(claims.acr === undefined && claims.auth_time === undefined && claims.amr === undefined, "the token speaks of an authentication");
  const introspected = await client.tokenIntrospection(config, tokens.access_token);
  expect(introspected.active === true && introspected.client_id === key.client_id, "introspection does not know the token");

  return { client: "openid-client", alg: decodeProtectedHeader(tokens.access_token).alg, claims };
});

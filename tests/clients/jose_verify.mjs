// npm's jose verifies every published key and every given token:
// {"issuer": "…", "tokens": [{"token": "…", "alg": "RS256", "aud": "…", "typ": "at+jwt"}]}

import { calculateJwkThumbprint, createLocalJWKSet, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { expect, run } from "./report.mjs";

async function getJson(url) {
  const answer = await fetch(url);
  expect(answer.ok, `${url} answered ${answer.status}`);
  return answer.json();
}

async function checkKey(jwk) {
  expect(jwk.kid === (await calculateJwkThumbprint(jwk)), `the kid ${jwk.kid} is not the key's thumbprint (RFC 7638)`);
  expect(jwk.use === "sig" && jwk.alg, `the key ${jwk.kid} does not say what it is for`);
  for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) expect(!(secret in jwk), `the key ${jwk.kid} publishes ${secret}`);
  const { type, algorithm } = await importJWK(jwk, jwk.alg);
  expect(type === "public", `the key ${jwk.kid} is ${type}`);
  expect(!algorithm?.modulusLength || algorithm.modulusLength >= 2048, `the key ${jwk.kid} is short`);
}

await run(async ({ issuer, tokens }) => {
  const metadata = await getJson(`${issuer}/.well-known/openid-configuration`);
  expect(metadata.issuer === issuer, `the metadata is of ${metadata.issuer}`);
  const jwks = await getJson(metadata.jwks_uri);
  for (const jwk of jwks.keys) await checkKey(jwk);
  const keys = createLocalJWKSet(jwks);
  const verified = [];
  for (const { token, alg, aud, typ } of tokens) {
    const header = decodeProtectedHeader(token);
    expect(!typ || header.typ?.toLowerCase() === typ.toLowerCase(), `the type is ${header.typ}, not ${typ}`);
    const { payload } = await jwtVerify(token, keys, { issuer, audience: aud ?? undefined, algorithms: [alg] });
    verified.push({ alg: header.alg, kid: header.kid, claims: payload });
  }
  return { client: "jose", keys: jwks.keys.map(({ kty, alg, kid }) => ({ kty, alg, kid })), verified };
});

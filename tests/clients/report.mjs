// How a script is given its work and says what came of it: one argument, a JSON file; one line of JSON on stdout.

import { readFileSync } from "node:fs";
import { createRemoteJWKSet, jwtVerify } from "jose";

/** Runs `main` with the settings; exit status 1 and one line on stderr if anything fails. */
export async function run(main) {
  try {
    const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
    console.log(JSON.stringify({ ok: true, ...(await main(settings)) }));
  } catch (error) {
    const cause = error.cause ? ` (${JSON.stringify(error.cause.parameters ? Object.fromEntries(error.cause.parameters) : error.cause, null, 0)})` : "";
    const detail = error.error ? ` ${error.error}: ${error.error_description}` : "";
    console.error(`${error.stack ?? error}${detail}${cause}`);
    process.exitCode = 1;
  }
}

/** Fails with a sentence unless the condition holds. */
export function expect(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

/** Demands that a promise is refused with this OAuth error code. */
export async function expectRefused(promise, code) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    const refused = error.error ?? error.code;
    expect(refused === code, `expected ${code}, got ${refused}: ${error.message}`);
    expect(error.error_description, `${code} comes without error_description`);
    return;
  }
  throw new Error(`expected ${code}, but it worked: ${JSON.stringify(answer)}`);
}

/** Demands that a promise is refused with status 401, however the library names it. */
export async function expectUnauthorized(promise) {
  const status = await promise.then(() => 200, (error) => error.status);
  expect(status === 401, `expected 401, got ${status}`);
}

/** Verifies a JWT with jose, against the provider's published keys. */
export async function verify(metadata, token, options) {
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
  const { payload } = await jwtVerify(token, keys, { issuer: metadata.issuer, requiredClaims: ["exp", "iat", "sub", "aud"], ...options });
  return payload;
}

/** What the claims of a sign-in with password and TOTP must say. */
export function expectHigh(claims, what) {
  expect(claims.acr === "high", `${what}: acr is ${claims.acr}`);
  for (const method of ["pwd", "otp", "mfa"]) expect(claims.amr?.includes(method), `${what}: amr ${claims.amr} lacks ${method}`);
  expect(Number.isInteger(claims.auth_time), `${what}: auth_time is ${claims.auth_time}`);
  expect(Math.abs(Date.now() / 1000 - claims.auth_time) < 120, `${what}: auth_time ${claims.auth_time} is not of just now`);
}

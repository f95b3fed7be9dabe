// npm's oauth4webapi: the hybrid flow, its ID token as OpenID Connect and as FAPI 1.0 (a detached signature) look at it.

import * as oauth from "oauth4webapi";
import { addressOf, discover, prepare, redeem } from "./oauth4webapi_steps.mjs";
import { Browser, walk } from "./pages.mjs";
import { expect, run, verify } from "./report.mjs";

/** Demands that the library finds fault with an answer. */
async function expectFault(promise, what) {
  const fault = await promise.then(() => undefined, (error) => error);
  expect(fault instanceof oauth.OperationProcessingError, `${what} was believed`);
}

await run(async (settings) => {
  const { as, options } = await discover(settings);
  const client = { client_id: settings.client_id };
  const auth = oauth.ClientSecretPost(settings.client_secret);
  expect(as.response_types_supported?.includes("code id_token"), "the metadata does not offer the hybrid flow");
  const browser = new Browser();
  const done = [];
  for (const [name, validate, withState] of [
    ["code id_token", oauth.validateCodeIdTokenResponse, true],
    ["detached signature", oauth.validateDetachedSignatureResponse, false],
  ]) {
    const further = { response_type: "code id_token", scope: "openid email", max_age: "600", ...(withState ? {} : { state: undefined }) };
    const asked = await prepare(client, settings, further);
    const { callback } = await walk(addressOf(as, asked.parameters), settings, settings.redirect_uri, browser);
    expect(callback.search === "", `${name}: the answer lies in the query`);
    const state = withState ? asked.state : oauth.expectNoState;
    const check = (answer, nonce) => validate(as, client, answer, nonce, state, 600, options);
    await expectFault(check(callback, "another"), `${name}: an answer to another request`);
    const swapped = new URL(callback);
    const fragment = new URLSearchParams(swapped.hash.slice(1));
    fragment.set("code", `${fragment.get("code")}A`);
    swapped.hash = fragment.toString();
    await expectFault(check(swapped, asked.nonce), `${name}: a code that the ID token does not name`);
    const parameters = await check(callback, asked.nonce);
    const front = await verify(as, fragment.get("id_token"), { audience: client.client_id });
    const tokens = await redeem({ as, options }, client, auth, settings, parameters, asked);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    // OpenID Connect Core §3.3.3.6: the two are about the same person.
    for (const claim of ["iss", "sub", "aud", "auth_time", "acr", "sid"]) {
      expect(front[claim] === claims[claim], `${name}: ${claim} is ${front[claim]} in front, ${claims[claim]} behind`);
    }
    const answered = await oauth.userInfoRequest(as, client, tokens.access_token, options);
    const userinfo = await oauth.processUserInfoResponse(as, client, claims.sub, answered);
    expect(userinfo.email, `${name}: userinfo has no e-mail address`);
    done.push(name);
  }
  return { client: "oauth4webapi", done };
});

// npm's oauth4webapi: tokens bound to a key by DPoP proofs (RFC 9449), where the server demands nonces in them.

import * as oauth from "oauth4webapi";
import { addressOf, discover, prepare } from "./oauth4webapi_steps.mjs";
import { Browser, walk } from "./pages.mjs";
import { expect, expectRefused, run, verify } from "./report.mjs";

/** Asks, and asks again with the nonce that the first answer brought; whether a second time was needed. */
async function insisting(request) {
  try {
    return [await request(), false];
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return [await request(), true];
  }
}

await run(async (settings) => {
  const { as, options: plain } = await discover(settings);
  const client = { client_id: settings.client_id };
  const auth = oauth.None();
  const done = [];
  for (const algorithm of as.dpop_signing_alg_values_supported.filter((name) => name !== "EdDSA")) {
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(algorithm));
    const options = { ...plain, DPoP };
    const asked = await prepare(client, settings, { scope: "openid offline_access" });
    const [pushed, first] = await insisting(async () =>
      oauth.processPushedAuthorizationResponse(as, client, await oauth.pushedAuthorizationRequest(as, client, auth, asked.parameters, options)));
    expect(first, `${algorithm}: no nonce was demanded`);
    const address = addressOf(as, { client_id: client.client_id, request_uri: pushed.request_uri });
    const { callback } = await walk(address, settings, settings.redirect_uri, new Browser());
    const parameters = oauth.validateAuthResponse(as, client, callback, asked.state);
    // RFC 9449 §10: the code is of use to nobody without the key.
    const redeem = async (options) => {
      const response = await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, settings.redirect_uri, asked.verifier, options);
      return oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: asked.nonce, requireIdToken: true });
    };
    const [tokens] = await insisting(() => redeem(options));
    expect(tokens.token_type === "dpop", `${algorithm}: token_type is ${tokens.token_type}`);
    const claims = await verify(as, tokens.access_token, { typ: "at+jwt" });
    expect(claims.cnf?.jkt === (await DPoP.calculateThumbprint()), `${algorithm}: cnf is ${JSON.stringify(claims.cnf)}`);

    const ask = async (options) =>
      oauth.processUserInfoResponse(as, client, claims.sub, await oauth.userInfoRequest(as, client, tokens.access_token, options));
    const [info] = await insisting(() => ask(options));
    expect(info.sub === claims.sub, `${algorithm}: userinfo is about ${info.sub}`);
    const bare = await oauth.userInfoRequest(as, client, tokens.access_token, plain);
    expect(bare.status === 401, `${algorithm}: as a bearer token it was answered ${bare.status}`);

    const refresh = async (options) =>
      oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, options));
    await expectRefused(refresh(plain), "invalid_grant");
    const other = { ...plain, DPoP: oauth.DPoP(client, await oauth.generateKeyPair(algorithm)) };
    await expectRefused(insisting(() => refresh(other)), "invalid_grant");
    const [fresh] = await insisting(() => refresh(options));
    expect(fresh.token_type === "dpop", `${algorithm}: the refreshed token_type is ${fresh.token_type}`);
    done.push(algorithm);
  }
  return { client: "oauth4webapi", done };
});

// npm's openid-client: the hybrid flow, and ID tokens alone (the implicit flow).

import * as client from "openid-client";
import { Browser, walk } from "./pages.mjs";
import { expect, run, verify } from "./report.mjs";

await run(async (settings) => {
  const { issuer, redirect_uri, client_id, client_secret } = settings;
  const insecure = issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
  const configure = (...further) =>
    client.discovery(new URL(issuer), client_id, {}, client.ClientSecretPost(client_secret), { execute: [...insecure, ...further] });
  const browser = new Browser();
  const ask = async (config, further = {}) => {
    const nonce = client.randomNonce();
    const address = client.buildAuthorizationUrl(config, { redirect_uri, scope: "openid email", nonce, ...further });
    const { callback, pages } = await walk(address, settings, redirect_uri, browser);
    expect(callback.search === "", "the answer lies in the query");
    return { callback, nonce, pages };
  };
  const done = [];
  for (const [name, withState, execute] of [
    ["code id_token", true, [client.useCodeIdTokenResponseType]],
    ["detached signature", false, [client.useCodeIdTokenResponseType, client.enableDetachedSignatureResponseChecks]],
  ]) {
    const config = await configure(...execute, client.enableNonRepudiationChecks);
    const verifier = client.randomPKCECodeVerifier();
    const state = withState ? client.randomState() : undefined;
    const { callback, nonce } = await ask(config, {
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...(withState ? { state } : {}),
    });
    const expected = { pkceCodeVerifier: verifier, expectedNonce: nonce, ...(withState ? { expectedState: state } : {}) };
    const tokens = await client.authorizationCodeGrant(config, callback, { ...expected, idTokenExpected: true });
    const claims = await verify(config.serverMetadata(), tokens.id_token, { audience: client_id });
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    expect(userinfo.email, `${name}: userinfo has no e-mail address`);
    done.push(name);
  }
  const config = await configure(client.useIdTokenResponseType);
  const state = client.randomState();
  const { callback, nonce } = await ask(config, { state });
  const claims = await client.implicitAuthentication(config, callback, nonce, { expectedState: state });
  // OpenID Connect Core §5.4: there is no access token to ask userinfo with.
  expect(claims.email, "the ID token has no e-mail address");
  const refused = await client.implicitAuthentication(config, callback, "another", { expectedState: state }).then(() => "believed", (error) => error.code);
  expect(refused === "OAUTH_JWT_CLAIM_COMPARISON_FAILED", `another nonce was ${refused}`);
  done.push("id_token");
  return { client: "openid-client", done };
});

// openid-client has its tokens bound to a key by DPoP proofs (RFC 9449), and is asked for nonces where the server wants them.

import * as client from "openid-client";
import { Browser, walk } from "./pages.mjs";
import { expect, expectRefused, run, verify } from "./report.mjs";

await run(async (settings) => {
  const { issuer, redirect_uri, client_id } = settings;
  const insecure = issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
  const config = await client.discovery(new URL(issuer), client_id, {}, client.None(), { execute: insecure });
  const metadata = config.serverMetadata();
  const done = [];
  for (const algorithm of metadata.dpop_signing_alg_values_supported.filter((name) => name !== "EdDSA")) {
    const keys = await client.randomDPoPKeyPair(algorithm);
    const DPoP = client.getDPoPHandle(config, keys);
    const verifier = client.randomPKCECodeVerifier();
    const expected = { pkceCodeVerifier: verifier, expectedState: client.randomState() };
    const parameters = {
      redirect_uri,
      scope: "openid offline_access",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state: expected.expectedState,
      nonce: (expected.expectedNonce = client.randomNonce()),
    };
    const address = await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
    const { callback } = await walk(address, settings, redirect_uri, new Browser());
    const tokens = await client.authorizationCodeGrant(config, callback, { ...expected, idTokenExpected: true }, {}, { DPoP });
    expect(tokens.token_type === "dpop", `${algorithm}: token_type is ${tokens.token_type}`);
    const claims = await verify(metadata, tokens.access_token, { audience: issuer });
    expect(claims.cnf?.jkt === (await DPoP.calculateThumbprint()), `${algorithm}: cnf is ${JSON.stringify(claims.cnf)}`);
    const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP });
    expect(info.sub === claims.sub, `${algorithm}: userinfo is about ${info.sub}`);
    await expectRefused(client.refreshTokenGrant(config, tokens.refresh_token), "invalid_grant");
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token, {}, { DPoP });
    expect(fresh.token_type === "dpop", `${algorithm}: the refreshed token_type is ${fresh.token_type}`);
    done.push(algorithm);
  }
  return { client: "openid-client", done };
});

// npm's openid-client: discovery, code + PKCE with a second factor, userinfo, refresh, introspection, revocation.

import * as client from "openid-client";
import { walk } from "./pages.mjs";
import { expect, expectHigh, expectRefused, run, verify } from "./report.mjs";

await run(async (settings) => {
  const insecure = settings.issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
  const config = await client.discovery(
    new URL(settings.issuer),
    settings.client_id,
    {},
    client.ClientSecretBasic(settings.client_secret),
    // Verify signatures although the tokens come straight from the token endpoint.
    { execute: [...insecure, client.enableNonRepudiationChecks] },
  );
  const metadata = config.serverMetadata();

  const verifier = client.randomPKCECodeVerifier();
  const expected = { pkceCodeVerifier: verifier, expectedNonce: client.randomNonce(), expectedState: client.randomState() };
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: settings.redirect_uri,
    scope: "openid profile email offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    nonce: expected.expectedNonce,
    state: expected.expectedState,
    acr_values: settings.acr_values,
  });
  const { callback, pages } = await walk(address, settings, settings.redirect_uri);

  const tokens = await client.authorizationCodeGrant(config, callback, { ...expected, idTokenExpected: true });
  const claims = await verify(metadata, tokens.id_token, { audience: settings.client_id });
  expectHigh(claims, "ID token");
  expect(claims.nonce === expected.expectedNonce, "ID token: another nonce");
  expectHigh(await verify(metadata, tokens.access_token, { typ: "at+jwt" }), "access token");

  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const introspected = await client.tokenIntrospection(config, tokens.access_token);
  expect(introspected.active === true, "introspection: the access token is not active");
  expectHigh(introspected, "introspection");

  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
  const again = await verify(metadata, renewed.id_token, { audience: settings.client_id });
  expectHigh(again, "refreshed ID token");
  expect(again.auth_time === claims.auth_time, "refresh: another auth_time");
  expect(again.sub === claims.sub, "refresh: another subject");
  expect(renewed.refresh_token && renewed.refresh_token !== tokens.refresh_token, "refresh: the refresh token was not replaced");

  await client.tokenRevocation(config, renewed.refresh_token);
  await expectRefused(client.refreshTokenGrant(config, renewed.refresh_token), "invalid_grant");
  const ended = await client.tokenIntrospection(config, renewed.access_token);
  expect(ended.active === false && Object.keys(ended).length === 1, `revoked, but introspection says ${JSON.stringify(ended)}`);

  return { client: "openid-client", pages, claims, userinfo, totp_secret: settings.totp_secret };
});

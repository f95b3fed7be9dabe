// npm's oauth4webapi: the same path, each protocol step by hand.

import * as oauth from "oauth4webapi";
import { walk } from "./pages.mjs";
import { expect, expectHigh, expectRefused, run, verify } from "./report.mjs";

await run(async (settings) => {
  const options = { [oauth.allowInsecureRequests]: settings.issuer.startsWith("http:") };
  const issuer = new URL(settings.issuer);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oidc", ...options }));
  // The same metadata at RFC 8414's place.
  const oauth2 = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...options }));
  expect(oauth2.token_endpoint === as.token_endpoint, "the two metadata documents differ");

  const client = { client_id: settings.client_id };
  const auth = oauth.ClientSecretBasic(settings.client_secret);
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = oauth.generateRandomNonce();
  const state = oauth.generateRandomState();
  const address = new URL(as.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: settings.redirect_uri,
    response_type: "code",
    scope: "openid profile email offline_access",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    nonce,
    state,
    acr_values: settings.acr_values,
  });
  const { callback, pages } = await walk(address, settings, settings.redirect_uri);

  // Checks `state`, and `iss` as RFC 9207 demands where the metadata promises it.
  expect(as.authorization_response_iss_parameter_supported === true, "the metadata does not promise iss in responses");
  const parameters = oauth.validateAuthResponse(as, client, callback, state);
  const response = await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, settings.redirect_uri, verifier, options);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(as, response, options);
  const claims = await verify(as, tokens.id_token, { audience: client.client_id });
  expectHigh(claims, "ID token");
  expectHigh(await verify(as, tokens.access_token, { typ: "at+jwt" }), "access token");

  const answered = await oauth.userInfoRequest(as, client, tokens.access_token, options);
  const userinfo = await oauth.processUserInfoResponse(as, client, claims.sub, answered);

  const introspect = async (token) =>
    oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, token, options));
  const introspected = await introspect(tokens.access_token);
  expect(introspected.active === true, "introspection: the access token is not active");
  expectHigh(introspected, "introspection");

  const refresh = async (token) =>
    oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, auth, token, options));
  const renewed = await refresh(tokens.refresh_token);
  const again = await verify(as, renewed.id_token, { audience: client.client_id });
  expectHigh(again, "refreshed ID token");
  expect(again.auth_time === claims.auth_time, "refresh: another auth_time");

  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, renewed.refresh_token, options));
  await expectRefused(refresh(renewed.refresh_token), "invalid_grant");
  expect((await introspect(renewed.access_token)).active === false, "revoked, but the access token is active");

  return { client: "oauth4webapi", pages, claims, userinfo, totp_secret: settings.totp_secret };
});

// npm's oauth4webapi: the device authorization grant (RFC 8628), each question to the token endpoint by hand.

import { setTimeout as pause } from "node:timers/promises";
import * as oauth from "oauth4webapi";
import { discover } from "./oauth4webapi_steps.mjs";
import { walk } from "./pages.mjs";
import { expect, expectHigh, expectRefused, run, verify } from "./report.mjs";

await run(async (settings) => {
  const { as, options } = await discover(settings);
  const client = { client_id: settings.client_id };
  const auth = oauth.None();
  const start = async () => {
    const response = await oauth.deviceAuthorizationRequest(as, client, auth, { scope: "openid offline_access" }, options);
    return oauth.processDeviceAuthorizationResponse(as, client, response);
  };
  const ask = async ({ device_code }) => {
    const response = await oauth.deviceCodeGrantRequest(as, client, auth, device_code, options);
    const tokens = await oauth.processDeviceCodeResponse(as, client, response);
    await oauth.validateApplicationLevelSignature(as, response, options);
    return tokens;
  };

  const device = await start();
  await expectRefused(ask(device), "authorization_pending");
  await expectRefused(ask(device), "slow_down");
  const person = { ...settings, user_code: device.user_code };
  const { pages } = await walk(device.verification_uri, person);
  // RFC 8628 §3.5: 5 seconds more after slow_down
  await pause((device.interval + 5) * 1000);
  const tokens = await ask(device);
  const claims = await verify(as, tokens.id_token, { audience: client.client_id });
  expectHigh(claims, "ID token");
  expectHigh(await verify(as, tokens.access_token, { typ: "at+jwt" }), "access token");

  const refresh = async (token) =>
    oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, auth, token, options));
  const renewed = await refresh(tokens.refresh_token);
  expect(renewed.refresh_token !== tokens.refresh_token, "the refresh token was not replaced");
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, renewed.refresh_token, options));
  await expectRefused(refresh(renewed.refresh_token), "invalid_grant");
  await expectRefused(ask(device), "invalid_grant");
  return { client: "oauth4webapi", pages };
});

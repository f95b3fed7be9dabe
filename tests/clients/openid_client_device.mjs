// npm's openid-client: the device authorization grant, approved by a person with a second factor.

import * as client from "openid-client";
import { walk } from "./pages.mjs";
import { expect, expectHigh, expectRefused, run, verify } from "./report.mjs";

await run(async (settings) => {
  const insecure = settings.issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
  const config = await client.discovery(new URL(settings.issuer), settings.client_id, {}, client.None(), {
    execute: [...insecure, client.enableNonRepudiationChecks],
  });
  const scope = "openid offline_access";
  const device = await client.initiateDeviceAuthorization(config, { scope });
  expect(device.verification_uri_complete.startsWith(device.verification_uri), "the two addresses differ");
  const polling = client.pollDeviceAuthorizationGrant(config, device);
  const person = { ...settings, user_code: device.user_code };
  const { pages } = await walk(device.verification_uri, person);
  const tokens = await polling;
  const claims = await verify(config.serverMetadata(), tokens.id_token, { audience: settings.client_id });
  expectHigh(claims, "ID token");
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
  expectHigh(await verify(config.serverMetadata(), renewed.access_token, { typ: "at+jwt" }), "access token");
  await expectRefused(client.pollDeviceAuthorizationGrant(config, device), "invalid_grant");
  return { client: "openid-client", pages };
});

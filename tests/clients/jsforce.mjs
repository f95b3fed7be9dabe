// npm's jsforce: code with its own PKCE, identity, refreshes with one and the same token, API login, revocation. At the vendor's paths.

import jsforce from "jsforce";
import { walk } from "./pages.mjs";
import { expect, run } from "./report.mjs";

const { Connection, OAuth2 } = jsforce;

/** What a promise was refused with. */
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it worked");
}

await run(async (settings) => {
  const oauth2 = new OAuth2({
    loginUrl: settings.issuer,
    clientId: settings.client_id,
    clientSecret: settings.client_secret,
    redirectUri: settings.redirect_uri,
    useVerifier: true,
  });
  const address = oauth2.getAuthorizationUrl({ scope: "api refresh_token", state: "0123456789ab", prompt: "login" });
  const { callback, pages } = await walk(address, settings, settings.redirect_uri);
  expect(callback.searchParams.get("state") === "0123456789ab", "another state");

  const connection = new Connection({ oauth2 });
  const user = await connection.authorize(callback.searchParams.get("code"));
  expect(connection.instanceUrl === settings.issuer, `the APIs are said to be at ${connection.instanceUrl}`);
  const identity = await connection.identity();
  expect(identity.user_id === user.id && identity.organization_id === user.organizationId, "another identity");
  expect(identity.username === settings.username, `the identity is of ${identity.username}`);

  // It never looks at the refresh token of an answer.
  const { refreshToken } = connection;
  for (let turn = 0; turn < 3; turn += 1) {
    const answer = await oauth2.refreshToken(refreshToken);
    expect(answer.access_token && answer.id.endsWith(`/${user.organizationId}/${user.id}`), "a refresh names somebody else");
  }
  // A token that is no good is refreshed by itself, once.
  let refreshes = 0;
  connection.on("refresh", () => (refreshes += 1));
  connection.accessToken = "cs_at_gone";
  const userinfo = await connection.request(`${settings.issuer}/services/oauth2/userinfo`);
  expect(userinfo.user_id === user.id, "another person after a refresh");
  expect(refreshes === 1, `${refreshes} refreshes`);

  const login = new Connection({ oauth2 });
  expect((await login.login(settings.username, settings.password)).id === user.id, "an API login of somebody else");
  expect((await refusal(login.login(settings.username, "wrong"))).name === "invalid_grant", "a wrong password");
  await login.logout();

  await oauth2.revokeToken(refreshToken);
  expect((await refusal(oauth2.refreshToken(refreshToken))).name === "invalid_grant", "a revoked token was refreshed");
  const foreign = await refusal(oauth2.revokeToken(""));
  expect(foreign.name === "invalid_request", `revoking nothing was answered ${foreign.name}: ${foreign.message}`);
  return { client: "jsforce", pages, user: user.id };
});

// npm's oauth4webapi: a client registers itself (RFC 7591), reads what it is (RFC 7592), is used, and signs its person out
// (RP-Initiated Logout).

import * as oauth from "oauth4webapi";
import { addressOf, discover, prepare, redeem } from "./oauth4webapi_steps.mjs";
import { Browser, walk } from "./pages.mjs";
import { expect, run, verify } from "./report.mjs";

await run(async (settings) => {
  const { as, options } = await discover(settings);
  const out = new URL("/out", settings.redirect_uri).href;
  const metadata = {
    client_name: "Harbour",
    redirect_uris: [settings.redirect_uri],
    application_type: "native",
    response_types: ["code"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "client_secret_basic",
    id_token_signed_response_alg: "ES256",
    post_logout_redirect_uris: [out],
    scope: "openid email",
  };
  const register = async (metadata) =>
    oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(as, metadata, options));
  const refused = await register({ ...metadata, redirect_uris: ["http://app.example/#fragment"] }).then(() => undefined, (error) => error);
  expect(refused?.error === "invalid_redirect_uri", `a redirect URI with a fragment was answered ${refused}`);
  const client = await register(metadata);
  for (const [name, value] of Object.entries(metadata).filter(([name]) => name !== "scope")) {
    expect(JSON.stringify(client[name]) === JSON.stringify(value), `${name} is ${JSON.stringify(client[name])}`);
  }
  const read = await oauth.protectedResourceRequest(client.registration_access_token, "GET", new URL(client.registration_client_uri), undefined, null, options);
  const known = await read.json();
  expect(read.status === 200 && known.client_id === client.client_id, `it was read with ${read.status} as ${known.client_id}`);

  const auth = oauth.ClientSecretBasic(client.client_secret);
  const browser = new Browser();
  const ask = async (further) => {
    const asked = await prepare(client, settings, further);
    const { callback, pages } = await walk(addressOf(as, asked.parameters), settings, settings.redirect_uri, browser);
    return { asked, pages, callback };
  };
  const signIn = async () => {
    const { asked, pages, callback } = await ask({ scope: "openid email" });
    const parameters = oauth.validateAuthResponse(as, client, callback, asked.state);
    const tokens = await redeem({ as, options }, client, auth, settings, parameters, asked);
    await verify(as, tokens.id_token, { audience: client.client_id, algorithms: ["ES256"] });
    return { tokens, pages };
  };
  const expectSignedOut = async (how) => {
    const { asked, callback } = await ask({ prompt: "none" });
    let refused;
    try {
      oauth.validateAuthResponse(as, client, callback, asked.state);
    } catch (error) {
      refused = error.error;
    }
    expect(refused === "login_required", `${how}: prompt=none was answered ${refused}`);
  };
  const logOut = async (parameters) => {
    const state = oauth.generateRandomState();
    const address = new URL(as.end_session_endpoint);
    address.search = new URLSearchParams({ post_logout_redirect_uri: out, state, ...parameters });
    const { callback, pages } = await walk(address, settings, out, browser);
    expect(callback.searchParams.get("state") === state, `the person came back with ${callback.search}`);
    return pages;
  };

  const { tokens, pages } = await signIn();
  expect((await logOut({ id_token_hint: tokens.id_token })).length === 0, "a client that knows the session was not believed");
  await expectSignedOut("by a hint");
  await signIn();
  const asked = await logOut({ client_id: client.client_id });
  expect(asked.join() === "logout", `without a hint the pages were ${asked}`);
  await expectSignedOut("by a click");

  const gone = await oauth.protectedResourceRequest(client.registration_access_token, "DELETE", new URL(client.registration_client_uri), undefined, null, options);
  expect(gone.status === 204, `removal was answered ${gone.status}`);
  return { client: "oauth4webapi", pages };
});

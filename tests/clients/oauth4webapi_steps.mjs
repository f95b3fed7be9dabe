// What the programs on npm's oauth4webapi have in common: the first steps of each.

import * as oauth from "oauth4webapi";
import { expect } from "./report.mjs";

/** The provider's metadata, and the options that requests to it need. */
export async function discover(settings) {
  const options = { [oauth.allowInsecureRequests]: settings.issuer.startsWith("http:") };
  const issuer = new URL(settings.issuer);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oidc", ...options }));
  // RFC 9207
  expect(as.authorization_response_iss_parameter_supported === true, "the metadata does not promise iss in responses");
  return { as, options };
}

/** A request for a code, and what its answer must fit to. */
export async function prepare(client, settings, further = {}) {
  const [verifier, nonce, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomNonce(), oauth.generateRandomState()];
  const parameters = {
    client_id: client.client_id,
    redirect_uri: settings.redirect_uri,
    response_type: "code",
    scope: "openid",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    nonce,
    state,
    ...further,
  };
  return { verifier, nonce, state, parameters };
}

/** Where a request in plain parameters goes. */
export function addressOf(as, parameters) {
  const address = new URL(as.authorization_endpoint);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) address.searchParams.set(name, value);
  return address;
}

/** Redeems the code of an answer that was validated; the answer's signature is checked too. */
export async function redeem({ as, options }, client, auth, settings, callback, { verifier, nonce }) {
  const response = await oauth.authorizationCodeGrantRequest(as, client, auth, callback, settings.redirect_uri, verifier, options);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(as, response, options);
  return tokens;
}

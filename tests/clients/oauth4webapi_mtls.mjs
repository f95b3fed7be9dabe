// oauth4webapi authenticates by a TLS certificate and gets a token that is bound to it (RFC 8705).

import { decodeJwt } from "jose";
import * as oauth from "oauth4webapi";
import { expect, expectUnauthorized, run } from "./report.mjs";
import { tlsFetch } from "./tls_fetch.mjs";

await run(async ({ issuer, client_id, ca, cert, key, thumbprint }) => {
  const plain = { [oauth.customFetch]: tlsFetch({ ca }) };
  const shown = { [oauth.customFetch]: tlsFetch({ ca, cert, key }) };
  const address = new URL(issuer);
  const as = await oauth.processDiscoveryResponse(address, await oauth.discoveryRequest(address, plain));
  expect(as.tls_client_certificate_bound_access_tokens === true, "the metadata does not promise bound tokens");
  expect(as.token_endpoint_auth_methods_supported.includes("tls_client_auth"), "the metadata does not offer tls_client_auth");
  expect(new URL(as.mtls_endpoint_aliases.token_endpoint).origin !== address.origin, "the alias is where people sign in");

  const [client, auth] = [{ client_id, use_mtls_endpoint_aliases: true }, oauth.TlsClientAuth()];
  const ask = async (options, as_client = client) => {
    const answer = await oauth.clientCredentialsGrantRequest(as, as_client, auth, {}, options);
    return oauth.processClientCredentialsResponse(as, as_client, answer);
  };
  const tokens = await ask(shown);
  const claims = decodeJwt(tokens.access_token);
  expect(claims.cnf?.["x5t#S256"] === thumbprint, `the token is bound to ${JSON.stringify(claims.cnf)}`);
  await expectUnauthorized(ask(plain));
  // Nobody asks for certificates where people sign in.
  await expectUnauthorized(ask(shown, { client_id }));

  const answer = await oauth.introspectionRequest(as, client, auth, tokens.access_token, shown);
  const said = await oauth.processIntrospectionResponse(as, client, answer);
  expect(said.active && said.cnf?.["x5t#S256"] === thumbprint, "introspection does not say what the token is bound to");
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, tokens.access_token, shown));
  return { client: "oauth4webapi", claims };
});

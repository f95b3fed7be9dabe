// openid-client authenticates by a TLS certificate and gets a token that is bound to it (RFC 8705).

import { decodeJwt } from "jose";
import * as client from "openid-client";
import { expect, expectUnauthorized, run } from "./report.mjs";
import { tlsFetch } from "./tls_fetch.mjs";

await run(async ({ issuer, client_id, ca, cert, key, thumbprint }) => {
  const config = async (shown) => {
    const fetching = { [client.customFetch]: tlsFetch(shown) };
    return client.discovery(new URL(issuer), client_id, { use_mtls_endpoint_aliases: true }, client.TlsClientAuth(), fetching);
  };
  const own = await config({ ca, cert, key });
  const tokens = await client.clientCredentialsGrant(own, {});
  const claims = decodeJwt(tokens.access_token);
  expect(claims.cnf?.["x5t#S256"] === thumbprint, `the token is bound to ${JSON.stringify(claims.cnf)}`);
  const said = await client.tokenIntrospection(own, tokens.access_token);
  expect(said.active && said.cnf?.["x5t#S256"] === thumbprint, "introspection does not say what the token is bound to");
  await expectUnauthorized(client.clientCredentialsGrant(await config({ ca }), {}));
  return { client: "openid-client", claims };
});

// npm's oidc-provider: the provider that people of Countersign sign in at. Unlike the other programs it goes on until its
// input ends: it prints where it is and what time it is, and knows one client, whose pages it makes itself.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: settings.client_id,
        client_secret: settings.client_secret,
        redirect_uris: [`${settings.issuer}/oauth2/callback`],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: settings.token_endpoint_auth_method,
        id_token_signed_response_alg: "RS256",
      },
    ],
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  });
  server.on("request", provider.callback());
  console.log(JSON.stringify({ issuer, now: Math.floor(Date.now() / 1000) }));
});
process.stdin.on("end", () => process.exit(0)).resume();

// A fetch that trusts one authority and shows a client's certificate: the one of Node.js can do neither for one request.

import { request } from "node:https";

/** `ca`, `cert` and `key` are PEM; without `cert` nothing is shown. */
export function tlsFetch(shown) {
  return (address, { method = "GET", headers, body }) =>
    new Promise((resolve, reject) => {
      const asked = request(address, { method, headers: Object.fromEntries(new Headers(headers)), ...shown }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const pairs = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(", ")]);
          resolve(new Response(Buffer.concat(parts), { status: answer.statusCode, headers: pairs }));
        });
      });
      asked.on("error", reject);
      asked.end(body === undefined || body === null ? undefined : String(body));
    });
}

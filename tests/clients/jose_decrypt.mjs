// npm's jose decrypts every given token:
// {"tokens": [{"token": "…", "key": {…private JWK…}, "alg": "RSA-OAEP-256", "enc": "A256GCM"}]}

import { compactDecrypt, importJWK } from "jose";
import { expect, run } from "./report.mjs";

await run(async ({ tokens }) => {
  let read = 0;
  for (const { token, key, alg, enc } of tokens) {
    const { use, ...members } = key;
    const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] };
    const { plaintext, protectedHeader } = await compactDecrypt(token, await importJWK(members, alg), options);
    const inside = new TextDecoder().decode(plaintext);
    const fits = protectedHeader.cty === "JWT" ? inside.split(".").length === 3 : JSON.parse(inside).sub;
    expect(fits, `what is inside is ${inside}`);
    read += 1;
  }
  return { client: "jose", read };
});

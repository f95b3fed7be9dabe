// The user-agent flow (OpenID Connect Core §3.2): ask, read the fragment, verify, use.
// The authorization code flow with PKCE does the same without tokens in the address; prefer it for anything new.

const { issuer, clientId, redirectUri, scope } = document.body.dataset;

console.warn("This application uses the implicit flow. For a new one use the authorization code flow with PKCE (RFC 9700 §2.1.2).");

const show = (id, value) => {
  document.getElementById(id).textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
};

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const jsonOf = (text) => JSON.parse(new TextDecoder().decode(bytesOf(text)));

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function getJson(url, options = {}) {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}

async function discover() {
  const metadata = await getJson(`${issuer}/.well-known/openid-configuration`);
  // Discovery §4.3: it must be the metadata of the very issuer that was asked.
  if (metadata.issuer !== issuer) throw new Error("the metadata is of another issuer");
  return metadata;
}

// Sends the person to the provider. `state` ties the answer to this tab, `nonce` ties the ID token to this request.
async function signIn() {
  const metadata = await discover();
  const state = random();
  const nonce = random();
  sessionStorage.setItem("pending", JSON.stringify({ state, nonce }));
  const request = new URL(metadata.authorization_endpoint);
  request.search = new URLSearchParams({
    response_type: "id_token token",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
  });
  location.assign(request);
}

// Signature algorithms as the Web Cryptography API names them.
const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  PS256: { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
};

// OpenID Connect Core §3.2.2.11: the ID token came through the browser, so its signature must be verified here.
async function verifyIdToken(idToken, accessToken, nonce, metadata) {
  const [head, body, signature] = idToken.split(".");
  const { alg, kid } = jsonOf(head);
  const algorithm = ALGORITHMS[alg];
  if (!algorithm) throw new Error(`the algorithm ${alg} is not accepted here`);
  const { keys } = await getJson(metadata.jwks_uri);
  const jwk = keys.find((key) => key.kid === kid && (key.alg ?? alg) === alg);
  if (!jwk) throw new Error("the ID token's key is not one of the provider's");
  const { kty, n, e, crv, x, y } = jwk;
  const key = await crypto.subtle.importKey("jwk", { kty, n, e, crv, x, y }, algorithm, false, ["verify"]);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  if (!(await crypto.subtle.verify(algorithm, key, bytesOf(signature), signed))) {
    throw new Error("the ID token's signature is wrong");
  }
  const claims = jsonOf(body);
  const now = Date.now() / 1000;
  const audience = [].concat(claims.aud);
  if (claims.iss !== issuer) throw new Error("the ID token is by another issuer");
  if (!audience.includes(clientId)) throw new Error("the ID token is for another application");
  if ((audience.length > 1 || claims.azp) && claims.azp !== clientId) throw new Error("the ID token is for another party");
  if (!(claims.exp > now - 5)) throw new Error("the ID token expired");
  if (claims.nonce !== nonce) throw new Error("the ID token answers another request");
  // §3.2.2.9: the access token is the one that the ID token vouches for.
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(accessToken));
  if (claims.at_hash !== base64url(digest.slice(0, 16))) throw new Error("the access token does not match the ID token");
  return claims;
}

// Reads the provider's answer, and takes it out of the address and the history at once.
async function receive(fragment) {
  const answer = new URLSearchParams(fragment);
  history.replaceState(null, "", "/");
  const pending = JSON.parse(sessionStorage.getItem("pending") ?? "null");
  sessionStorage.removeItem("pending");
  if (!pending || answer.get("state") !== pending.state) throw new Error("this tab did not ask for this answer");
  // RFC 9207 §2.4: not an answer of another provider.
  if (answer.get("iss") !== issuer) throw new Error("this answer comes from another provider");
  if (answer.has("error")) throw new Error(`${answer.get("error")}: ${answer.get("error_description") ?? ""}`);
  const accessToken = answer.get("access_token");
  const metadata = await discover();
  const claims = await verifyIdToken(answer.get("id_token"), accessToken, pending.nonce, metadata);
  show("claims", claims);
  const userinfo = await getJson(metadata.userinfo_endpoint, { headers: { Authorization: `Bearer ${accessToken}` } });
  // §5.3.2: claims about somebody else must not be used.
  if (userinfo.sub !== claims.sub) throw new Error("the userinfo is about somebody else");
  show("userinfo", userinfo);
}

const fail = (error) => show("error", error.message);
document.getElementById("sign-in").addEventListener("click", () => signIn().catch(fail));
if (location.hash.length > 1) receive(location.hash.slice(1)).catch(fail);

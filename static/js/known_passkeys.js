// Tells the browser which passkeys are accepted here, so that it offers no others (WebAuthn Level 3 §5.1.10).
"use strict";
(function () {
  const known = document.querySelector("[data-known-passkeys]");
  const signal = window.PublicKeyCredential && PublicKeyCredential.signalAllAcceptedCredentials;
  if (known && signal) {
    signal.call(PublicKeyCredential, JSON.parse(known.dataset.knownPasskeys)).catch(function () {});
  }
})();

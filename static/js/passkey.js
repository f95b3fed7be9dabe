// Answers with a passkey: fetches options for the browser, and posts what it says. Without it the form stays hidden.
"use strict";
(function () {
  const form = document.querySelector("form[data-passkey]");
  if (!form || !window.PublicKeyCredential || !navigator.credentials) {
    return;
  }
  const status = form.querySelector("[data-passkey-status]");
  let waiting = null;

  function bytes(text) {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(padded), function (character) {
      return character.charCodeAt(0);
    });
  }

  function text(buffer) {
    const binary = Array.from(new Uint8Array(buffer), function (byte) {
      return String.fromCharCode(byte);
    });
    return btoa(binary.join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  }

  function readable(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) {
      options.user.id = bytes(options.user.id);
    }
    for (const known of options.allowCredentials || options.excludeCredentials || []) {
      known.id = bytes(known.id);
    }
    return options;
  }

  function told(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) {
        response[name] = text(credential.response[name]);
      }
    }
    if (credential.response.getTransports) {
      response.transports = credential.response.getTransports();
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      extensions: {},
      response: response,
    });
  }

  async function options() {
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      body: new URLSearchParams({ csrf: form.elements.csrf.value }),
    });
    if (!answer.ok) {
      // The errand's own address says what became of it.
      window.location.assign(form.getAttribute("action").replace(/\/passkey$/, ""));
      return new Promise(function () {});
    }
    return readable((await answer.json()).publicKey);
  }

  async function ask(mediation) {
    if (waiting) {
      waiting.abort();
    }
    const asked = new AbortController();
    waiting = asked;
    const request = { publicKey: await options(), signal: asked.signal };
    if (mediation) {
      request.mediation = mediation;
    }
    if (asked.signal.aborted) {
      return;
    }
    const credential = await navigator.credentials[form.dataset.passkey](request);
    form.elements.credential.value = told(credential);
    HTMLFormElement.prototype.submit.call(form);
  }

  function reason(error) {
    if (error.name === "InvalidStateError" && form.dataset.passkey === "create") {
      return status.dataset.known;
    }
    return error.name === "NotAllowedError" ? status.dataset.declined : status.dataset.failed;
  }

  async function offer() {
    if (!("autofill" in form.dataset) || !PublicKeyCredential.isConditionalMediationAvailable) {
      return;
    }
    try {
      // A person who types a name instead leaves this unanswered.
      if (await PublicKeyCredential.isConditionalMediationAvailable()) {
        await ask("conditional");
      }
    } catch (error) {
      // The button says what became of it.
    }
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    event.stopPropagation();
    status.textContent = "";
    ask().catch(function (error) {
      if (error.name !== "AbortError") {
        status.textContent = reason(error);
        // The button took the place of the offer in the field.
        offer();
      }
    });
  });
  form.hidden = false;
  const missing = document.querySelector("[data-passkey-missing]");
  if (missing) {
    missing.hidden = true;
  }

  if (form.dataset.unknown && PublicKeyCredential.signalUnknownCredential) {
    const unknown = { rpId: window.location.hostname, credentialId: form.dataset.unknown };
    PublicKeyCredential.signalUnknownCredential(unknown).catch(function () {});
  }

  offer();
})();

// Sends each form once, and a form that only carries an answer back to an app at once. Pages work without it.
"use strict";
(function () {
  const PAUSE = 8000;

  function release(form) {
    form.removeAttribute("aria-busy");
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    // A stopped or lost request leaves the page in place: the form becomes usable again.
    window.setTimeout(release, PAUSE, form);
  });

  // A page brought back by the browser's Back button is as it was before it was sent.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[aria-busy]").forEach(release);
  });

  const answer = document.querySelector("form[data-send-at-once]");
  if (answer) {
    // Through the prototype: a field named "submit" would hide the form's own method.
    HTMLFormElement.prototype.submit.call(answer);
  }
})();

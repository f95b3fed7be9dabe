// Answers the frames of apps: whether the session that they were told of is still this browser's (OpenID Connect Session
// Management 1.0, section 3.2). Old browsers run it too; and none needs to be secure, so that SHA-256 is here.
"use strict";
(function () {
  var COOKIE = document.getElementById("check").getAttribute("data-cookie");
  var LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  function firstPrimes(count) {
    var primes = [];
    for (var number = 2; primes.length < count; number += 1) {
      var prime = true;
      for (var at = 0; at < primes.length; at += 1) {
        if (number % primes[at] === 0) {
          prime = false;
        }
      }
      if (prime) {
        primes.push(number);
      }
    }
    return primes;
  }

  // The first 32 bits of the fraction.
  function fraction(number) {
    return ((number - Math.floor(number)) * 4294967296) | 0;
  }

  var primes = firstPrimes(64);
  var INITIAL = [];
  var ROUNDS = [];
  for (var index = 0; index < 64; index += 1) {
    ROUNDS.push(fraction(Math.pow(primes[index], 1 / 3)));
    if (index < 8) {
      INITIAL.push(fraction(Math.sqrt(primes[index])));
    }
  }

  function bytesOf(text) {
    var encoded = unescape(encodeURIComponent(text));
    var bytes = [];
    for (var at = 0; at < encoded.length; at += 1) {
      bytes.push(encoded.charCodeAt(at));
    }
    return bytes;
  }

  function turn(word, by) {
    return (word >>> by) | (word << (32 - by));
  }

  function block(hash, words) {
    var at;
    for (at = 16; at < 64; at += 1) {
      var before = words[at - 15];
      var last = words[at - 2];
      var small = turn(before, 7) ^ turn(before, 18) ^ (before >>> 3);
      var great = turn(last, 17) ^ turn(last, 19) ^ (last >>> 10);
      words[at] = (words[at - 16] + small + words[at - 7] + great) | 0;
    }
    var v = hash.slice(0);
    for (at = 0; at < 64; at += 1) {
      var sum = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25);
      var choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
      var first = (v[7] + sum + choice + ROUNDS[at] + words[at]) | 0;
      var other = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22);
      var majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
      v = [(first + other + majority) | 0, v[0], v[1], v[2], (v[3] + first) | 0, v[4], v[5], v[6]];
    }
    for (at = 0; at < 8; at += 1) {
      hash[at] = (hash[at] + v[at]) | 0;
    }
  }

  function sha256(text) {
    var bytes = bytesOf(text);
    var bits = bytes.length * 8;
    bytes.push(128);
    while (bytes.length % 64 !== 56) {
      bytes.push(0);
    }
    bytes.push(0, 0, 0, 0, (bits >>> 24) & 255, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255);
    var hash = INITIAL.slice(0);
    var at;
    for (var start = 0; start < bytes.length; start += 64) {
      var words = [];
      for (at = 0; at < 16; at += 1) {
        var from = start + at * 4;
        words.push((bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3]);
      }
      block(hash, words);
    }
    var digest = [];
    for (at = 0; at < 32; at += 1) {
      digest.push((hash[at >> 2] >>> (24 - 8 * (at % 4))) & 255);
    }
    return digest;
  }

  function base64url(bytes) {
    var text = "";
    var held = 0;
    var bits = 0;
    for (var at = 0; at < bytes.length; at += 1) {
      held = ((held << 8) | bytes[at]) & 65535;
      bits += 8;
      while (bits >= 6) {
        bits -= 6;
        text += LETTERS.charAt((held >> bits) & 63);
      }
    }
    return bits ? text + LETTERS.charAt((held << (6 - bits)) & 63) : text;
  }

  // Null where there is none, or this browser keeps cookies from frames of other sites.
  function browserState() {
    var pairs = [];
    try {
      pairs = document.cookie.split("; ");
    } catch (_) {
      return null;
    }
    for (var at = 0; at < pairs.length; at += 1) {
      if (pairs[at].indexOf(COOKIE + "=") === 0) {
        return pairs[at].slice(COOKIE.length + 1) || null;
      }
    }
    return null;
  }

  function answer(message, origin) {
    if (typeof message !== "string" || message.length > 2048) {
      return "error";
    }
    var space = message.lastIndexOf(" ");
    var dot = message.lastIndexOf(".");
    if (space < 1 || dot < space + 2 || dot === message.length - 1) {
      return "error";
    }
    var state = browserState();
    if (!state) {
      // Not "changed": the app would ask again and again for a session that it cannot watch.
      return "error";
    }
    var salt = message.slice(dot + 1);
    var hash = base64url(sha256(message.slice(0, space) + " " + origin + " " + state + " " + salt));
    return hash === message.slice(space + 1, dot) ? "unchanged" : "changed";
  }

  window.addEventListener("message", function (event) {
    // The origin is part of what is hashed: no site learns of another's state.
    if (event.source && event.origin && event.origin !== "null") {
      event.source.postMessage(answer(event.data, event.origin), event.origin);
    }
  });
})();

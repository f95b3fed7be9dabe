# The pages of an errand: signing in, confirming, setting up, agreeing.

sign-in = Sign in
sign-in-to = to continue to

challenge = Confirm it is you
    .submit = Confirm
    .others = Other ways to confirm

enrol = Set up a second proof
    .with-passkey = With a passkey
    .about-passkey = Your device keeps it behind your fingerprint, face or screen lock. It is the strongest proof, and the quickest to give.
    .with-app = Or with an authenticator app
enrol-app = Set up your authenticator app
    .scan = Scan this with the app, or <a href="{ $uri }">open the app on this device</a>.
    .key = If you cannot scan, type this key instead.
    .type = Type the code that the app now shows.
    .submit = Turn on
enrol-passkey = Create a passkey
    .about = Your device keeps it behind your fingerprint, face or screen lock, and shows it to nobody but us.

consent = Allow this app to use your account?
    .title = Allow { $client }
    .able = It would be able to
    .nothing = It would know you again, and learn nothing else about you.
    .places = It would act for you at
    .allow = Allow
    .deny = Not now
    .back = You go back to { $host } either way.
    .described = This app is described by { $host } and nobody here has checked it. Allow it only if you know that address.
    .registered = This app registered itself. Nobody here has checked it, so allow it only if you came from it just now.
    .local = It runs on your own device. Go on only if you started it yourself.
app-policy = How the app uses data
app-terms = Its terms

scope-openid = Know who you are
scope-profile = See your name and profile
scope-email = See your e-mail address
scope-address = See your postal address
scope-phone = See your telephone number
scope-offline-access = Keep access while you are away

login-denied = That username and password do not belong together. Check both and try again.
code-used = { $seconds ->
    [one] That code was used. A new one appears in { $seconds } second.
   *[other] That code was used. A new one appears in { $seconds } seconds.
}
code-uncheckable = Codes of these keys cannot be checked right now, and nothing was counted against you. Try again in a minute, or prove yourself another way.
code-denied = That code is not right. Wait for the next one in your app and type it.
passkey-denied = That passkey was not accepted. Try it again, or use another way.

# "asker" is the name of an app, or "Your account".
your-account = Your account
needs-proof = { $asker } needs a second proof. It counts until { $until }.
needs-fresh-proof = { $asker } needs to know that it is you now. One new code is enough.
needs-enrolment = { $asker } needs a second proof, and you have none yet. Setting one up takes a minute.
enrols-another = This adds another way to show that it is you.
needs-activation = You have not signed in with this browser before. One code shows that it is you; then we remember it.

# Signing in at another provider; "provider" is its name.
upstream-continue = Continue with { $provider }
upstream-ways = Sign in elsewhere
upstream-only = You sign in through your organisation.
upstream-leaving = Going on to { $provider }
    .sentence = You sign in there, and come back here.
upstream-declined = You were not signed in there. Try again, or sign in another way.
upstream-unavailable = That sign-in does not work right now. Try again in a minute, or sign in another way.
upstream-refused = That sign-in was not accepted. Try again, or sign in another way.
upstream-stale = You signed in there too long ago for this. Sign out there and try again, or sign in another way.
upstream-unknown = Nobody here is connected with that account. Sign in another way, then connect it on the page of your account.
upstream-taken = That account is connected with somebody else here.
upstream-too-many = You have as many connections as you can have. Remove one first.

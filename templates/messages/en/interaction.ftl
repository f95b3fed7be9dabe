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
    .allow = Allow
    .deny = Not now
    .back = Either way you go back to { $host }.
    .policy = How the app uses data
    .terms = Its terms

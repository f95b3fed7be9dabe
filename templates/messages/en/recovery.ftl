# Other factors than apps and passkeys, and ways back in.

code-denied-token = That code is not right. Press the token’s button and type the next one.
code-hint-token = The digits that your token shows when you press its button.

enrol-token = Set up your hardware token
    .scan = Scan this with what programs the token, or <a href="{ $uri }">open an app that counts on this device</a>.
    .type = Press the token’s button, and type the code that it shows.
enrol-others = Other ways to set up
    .passkey = Create a passkey instead
    .app = Set up an authenticator app instead
    .token = Set up a hardware token instead
    .any = Set up another way instead

mail-by-administrator = By:    an administrator

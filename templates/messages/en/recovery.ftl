# Other factors than apps and passkeys, and ways back in.

code-denied-token = That code is not right. Press the token’s button and type the next one.
code-hint-yubikey = Touch the key; it types the code.
code-hint-token = The digits that your token shows when you press its button.

enrol-token = Set up your hardware token
    .scan = Scan this with what programs the token, or <a href="{ $uri }">open an app that counts on this device</a>.
    .type = Press the token’s button, and type the code that it shows.
enrol-yubikey = Set up your YubiKey
    .type = Put the YubiKey in, put the cursor in the field, and touch the key: it types a long code and sends it.
enrol-others = Other ways to set up
    .passkey = Create a passkey instead
    .app = Set up an authenticator app instead
    .token = Set up a hardware token instead
    .yubikey = Set up a YubiKey instead
    .any = Set up another way instead

mail-by-administrator = By:    an administrator

code-denied-yubikey = That was not accepted. Touch the key again, or use another way.
code-denied-recovery = That code is not right, or was used. Check it, or type another one.
code-hint-recovery = One of the codes that you keep, or the one that your administrator gave you. Then you set up a new way.

mail-recovery-code-used = A recovery code of your { $organisation } account was used
    .what =
        a recovery code was used to get into your { $organisation } account.
        Codes left: { $left }. Make new ones in your account before they run out.
    .temporary =
        the temporary code that an administrator gave you was used to get into your
        { $organisation } account.
    .advice =
        If this was you, there is nothing to do.
        If it was not, someone else knows your password and a code: change your
        password, and tell { $organisation }'s administrator at once.

error-link-gone = This link works no more
    .sentence = It was used, or its time is over. Ask for a new one where you sign in.

forgotten = Forgot your password?
    .help = Help with signing in
    .sentence = Type your username or your mail address. We send a link to the address on record, where you choose a new password.
    .login = Username or mail address
    .submit = Send the link
    .sent = Look at your mail
    .sent-sentence = If there is an account of that name or address, a link is on its way to the mail address on its record. It works once.
    .back = Back to the sign-in

reset = Choose a new password
    .sentence = It replaces the old one, and every sign-in made with that ends. The link that brought you works once.
    .rescue = It replaces the old one. Your other proofs are removed, and you set up new ones when you next sign in. The link that brought you works once.
    .submit = Set the password
    .done = Your password was replaced
    .done-sentence = Go back to the app and sign in with it. If your account asks for a second proof, it still does.

mail-password-link = Choose a new password for your { $organisation } account
    .what =
        somebody, most likely you, forgot the password of the { $organisation } account
        "{ $username }". Choose a new one here within { $minutes } minutes:
    .advice =
        The link works once. If it was not you, there is nothing to do: without the
        link nothing changes.

mail-password-reset = The password of your { $organisation } account was replaced
    .what =
        a one-time link was used to replace the password of your { $organisation }
        account. Every sign-in made with the old one has ended.
    .advice =
        If this was you, there is nothing to do.
        If it was not, someone else reads your mail: tell { $organisation }'s
        administrator at once.

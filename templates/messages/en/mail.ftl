# Mails. Lines are broken by hand at 78 characters, for readers that do not.

mail-greeting = Hello { $user },
mail-never-ask = We never ask for a password or a code by e-mail.
mail-never-ask-token = We never ask for a password, a token or a code by e-mail.
mail-when = When:  { $when }
mail-from = From:  { $ip }
mail-with = With:  { $browser }

mail-factor-added = A new way to sign in was added to your { $organisation } account
    .what = "{ $factor }" now confirms sign-ins to your { $organisation } account.
    .advice =
        If this was you, there is nothing to do.
        If it was not, someone else is using your account: tell { $organisation }'s
        administrator at once, and change your password.

mail-factor-disabled = A way to sign in to your { $organisation } account was disabled
    .what =
        "{ $factor }" does not confirm sign-ins to your { $organisation } account any
        more: too many wrong codes were typed in a row.
    .advice =
        Whoever typed them knew your password. If it was not you, tell
        { $organisation }'s administrator at once, who can give you a new one.
        If it was you, the administrator can let you use it again.

mail-passkey-copied = A passkey of your { $organisation } account may have been copied
    .what =
        a passkey or security key of your { $organisation } account was not accepted:
        it counts how often it was used, and this time it counted less than before.
        A copy of it would do that.
    .advice =
        If you did not try to sign in then, tell { $organisation }'s administrator at
        once. If it was you, use another way to sign in, and replace the key.

mail-unknown-device = A new browser signed in to your { $organisation } account
    .what =
        somebody signed in to your { $organisation } account with a browser that we do
        not know.
    .advice =
        If this was you, there is nothing to do.
        If it was not, someone else knows your password: change it, and tell
        { $organisation }'s administrator at once.

mail-api-login-token = Your new { $organisation } security token
    .what = this is the security token for programs that sign in to your { $organisation } account:
    .how =
        Programs that ask for a name and a password, and run outside your organisation's
        network, need it appended to the password, without a space between. The token
        you had before works no longer; nor does this one once you change your password.
    .advice =
        If you neither asked for it nor changed your password, tell { $organisation }'s
        administrator at once, and change your password.

mail-factor-removed = A way to sign in was removed from your { $organisation } account
    .what = "{ $factor }" does not confirm sign-ins to your { $organisation } account any more.

mail-password-changed = The password of your { $organisation } account was changed
    .what =
        the password of your { $organisation } account was changed. Sessions in other
        browsers have ended.
    .advice =
        If this was you, there is nothing to do.
        If it was not, someone else is using your account: tell { $organisation }'s
        administrator at once.

mail-address-link = Confirm this address for your { $organisation } account
    .what =
        somebody who is signed in to your { $organisation } account gave this address as
        theirs. If that was you, open this link in the same browser. It can be used once,
        for { $minutes ->
            [one] one minute
           *[other] { $minutes } minutes
        }.
    .advice = If it was not you, there is nothing to do: without the link nothing changes.

mail-address-changed = The e-mail address of your { $organisation } account was changed
    .what =
        your { $organisation } account has another e-mail address now. This is the last
        mail to this one.

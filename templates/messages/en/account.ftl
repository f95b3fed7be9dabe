# The pages on which people look after their own account.

account-profile = Your account
    .email = E-mail address
    .phone = Telephone number
    .level = This session shows
    .name = The name you go by
    .language = Language of pages and mails
    .language-of-browser = As my browser asks
account-security = Sign-in and security
    .factors = Ways to show that it is you
    .no-factors = You sign in with your password alone. Another way beside it keeps others out who learn it.
    .add = Add another way
    .add-one = Add: { $factor }
    .added = Added { $when }
    .used = last used { $when }
    .disabled = Switched off after too many wrong codes. Your administrator can switch it on again.
    .change = Name or remove
    .name = Name
    .password-is-set = You have a password.
    .no-password = You have no password here.
    .change-password = Change your password
    .set-password = Set a password
    .api-token = Security token
    .about-api-token = Programs that sign in with your name and password from outside the network need it appended to the password.
    .reset-api-token = Send me a new security token
account-sessions = Sessions and browsers
    .live = Where you are signed in
    .here = this one
    .seen = Last used { $when }, from { $ip }
    .began = Began { $when }
    .end = End this session
    .end-others = End all others
account-applications = Applications
    .none = No application may use your account.
    .places = It acts for you at
    .since = Since { $when }
    .agreed = Not connected now. It need not ask you again; you agreed { $when }.
    .withdraw = Take it back
    .open = Open it
    .described = It is described by { $host } and nobody here has checked it.
    .registered = It registered itself. Nobody here has checked it.
account-activity = Recent activity
    .about = If something here was not you, change your password and tell your administrator.
    .at = { $when }

account-credential = Its name
    .hint = So that you know which it is: the colour of the key, the phone it is on.
    .remove = Remove it
    .on-record = It is on your record here, so it stays until the record changes.
    .other-address = Use another address
account-remove = Remove this: { $factor }?
    .effect = It will confirm no sign-in any more, and what you proved with it counts no longer. We tell you by e-mail.
    .confirm = Remove
    .cancel = Keep it
account-password = Choose a password
    .effect = Your other sessions end, and programs that use the old password stop.
    .submit = Change password
account-token = Send a new security token?
    .effect = The one you have stops working at once. The new one comes by e-mail; it is never shown here.
    .confirm = Send it
    .cancel = Not now
account-devices = Browsers we know
    .about = A browser becomes known when you prove a second factor in it.
    .none = None yet.
    .used = Last signed in with { $when }, known from { $ip }
    .forget = Forget it

account-places = Your account
account-sign-out = Sign out
account-save = Save

done-profile = Saved.
done-named = Saved.
done-added = Added. It confirms your sign-ins from now on.
done-removed = Removed.
done-password = Your password is changed, and your other sessions have ended.
done-token = A new security token is on its way to your e-mail address.
done-session = That session has ended.
done-others = All your other sessions have ended.
done-device = That browser is not known any more.
done-withdrawn = Taken back. The application has to ask you again.

refused-last = This is the only way you have to show that it is you, and your sign-ins need one. Add another first.
refused-too-many = You have as many of these as you can have. Remove one first.
refused-change = That was not accepted. Check it and try again.
refused-token = You cannot have a security token. Your administrator can tell you why.

browser-on = { $browser } on { $system }
browser-unknown = A browser we cannot name

activity-login-allow = You signed in
activity-login-deny = Somebody tried to sign in and failed
activity-challenge-passed = You confirmed that it was you
activity-challenge-failed = A wrong answer was given for your second proof
activity-factor-enrolled = Added: { $factor }
activity-factor-removed = Removed: { $factor }
activity-factor-disabled = Switched off after too many wrong codes: { $factor }
activity-device-activated = A browser became known
activity-device-revoked = A browser was forgotten
activity-api-token-reset = A new security token was ordered
activity-lockout-set = Sign-in was paused after too many failures
activity-lockout-cleared = Your administrator allowed sign-in again
activity-authorization-allowed = { $client } was given access
activity-consent-given = You agreed to what { $client } asked for
activity-consent-withdrawn = You took back what { $client } might do
activity-password-changed = You changed your password
activity-session-ended = A session ended

account-recovery = Recovery codes
    .about = Each of ten codes gets you in once, on the day you have lost your other ways. Making new ones voids those you had.
    .none = You have none yet.
    .left = { $left ->
        [one] You have one code left.
       *[other] You have { $left } codes left.
    }
    .make = Make new codes
    .keep = Print these or write them down now. They are not shown again, and each works once.
    .kept = I have kept them
    .open = Look after recovery codes

account-email = Your e-mail address
    .about = We send a link to the new address. The address changes when you open it; then we tell the old one.
    .new = New e-mail address
    .submit = Send the link
    .change = Change it
    .confirm = Use this address from now on?
    .confirm-submit = Use it
    .gone = This link was used, has expired, or is not for your account. Ask for another.

done-ordered = We have sent a link to that address. Open it in this browser.
done-email = That is your address from now on.
refused-email = That is no address we can write to, or it is the one you have. Check it and try again.

account-connections = Other accounts that sign you in here
    .none = None yet.
    .add = Connect another account
    .add-one = Connect: { $provider }
    .remove = Remove
account-connect = Connect your account at { $provider }?
    .effect = You sign in at { $provider } now. From then on you can sign in here with that account.
    .cancel = Not now
done-connected = Connected. You can sign in with that account from now on.

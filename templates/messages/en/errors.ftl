# Error pages: what happened, and what is safe and what to do.

error-invalid-redirect-uri = We cannot send you back to this app
    .sentence = It asked for an address that it has not registered. Nothing was shared. Go back to the app, and tell its makers if this happens again.
error-unknown-client = We do not know this app
    .sentence = The app that sent you here is not registered. Nothing was shared. Check that you started from the right place.
error-undescribed = We cannot read this app’s description now
    .sentence = The app that sent you here describes itself at an address of its own, and what is there now is nothing we can use. Nothing was shared. Try again later, and tell the app’s makers if it stays so.
error-expired-interaction = This sign-in took too long
    .sentence = Nothing was shared. Start again from the app.
    .again = Nothing was shared. You can begin the same sign-in again from here.
error-invalid-request = We cannot read this app’s request
    .sentence = Something in it is missing or contradicts itself. Nothing was shared. Go back to the app and try again.
error-cross-site = This form did not come from our page
    .sentence = Nothing was changed. Go back to the app and start again in this window.
error-unread-form = We could not read what you sent
    .sentence = It was too large, or did not come whole and in time. Nothing was changed. Go back and try again.
error-not-found = There is nothing here
    .sentence = Check the address, or go back to where you came from.
error-server-error = Something failed on our side
    .sentence = This step was not recorded. Try again in a minute. If it fails again, give your administrator the reference.
error-access-denied = Your account cannot use this app
    .sentence = Nothing was shared. Your administrator can tell you why.
error-account-closed = This page is closed to you
    .sentence = Your account may not be used here, or not now. Your administrator can tell you why.
error-step-not-due = This page is not the next step
    .sentence = That happens after Back, a reload, or in a second tab. Nothing is lost: go on where you left off.
error-rate-limited = Too many tries from here
    .sentence = Your account is safe. Wait a while, then try again.
    .minutes = { $minutes ->
        [one] Your account is safe. Wait a minute, then try again.
       *[other] Your account is safe. Wait { $minutes } minutes, then try again.
    }
    .hours = { $hours ->
        [one] Your account is safe. Wait an hour, then try again.
       *[other] Your account is safe. Wait { $hours } hours, then try again.
    }
error-cookies-disabled = Your browser did not keep our cookie
    .sentence = Signing in needs one. Allow cookies for this site, then go back to the app and start again.

error-detail = For whoever looks after the app: { $detail }
error-reference = Reference <code>{ $reference }</code>
error-go-on = Go on
error-start-again = Start again

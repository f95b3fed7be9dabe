# Steps of a login flow: what the server says beside what the organisation wrote.

flow-continue = Continue
flow-agree = I agree
flow-link = Read them in full
flow-denied = You cannot sign in now
    .sentence = The sign-in was refused, and nothing was shared. Your administrator can tell you why.
    .back = Go back
flow-waits = One moment
    .sentence = We are checking something. This page goes on by itself.
flow-password = Choose a new password
    .sentence = It takes the place of the one you have now, everywhere you use this account.
    .submit = Change password
flow-rejected-text = Fill in the field { $label }.
flow-rejected-code = A code has digits alone. Type the one you were sent.
flow-rejected-phone = { $label }: write the number with its country code, like +49 151 12345678.
flow-rejected-email = { $label }: write an e-mail address, like name@example.com.
flow-rejected-number = { $label }: write a whole number.
flow-rejected-checkbox = Tick the box to go on.

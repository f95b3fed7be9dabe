# Codes that are sent: the messages that carry them, and what pages say of them.

sms-code = { $organisation }: { $code } is your code. It counts for { $minutes } minutes. Give it to nobody.
    .unsigned = { $code } is your code. It counts for { $minutes } minutes. Give it to nobody.
    .short = { $code } is your code.
call-code = Your { $organisation } code is { $code }. Give it to nobody.
mail-code = Your { $organisation } code
    .what = this is your code for { $organisation }:
    .advice =
        It counts for { $minutes } minutes, on the page that asked for it.

        Give it to nobody, whoever asks. If you did not ask for it, someone else knows
        your password: change it, and tell { $organisation }'s administrator.

sending-sms = We are sending a text message to { $to }.
sending-voice = We are calling { $to }.
sending-email = We are sending an e-mail to { $to }.
sent-sms = We sent a text message to { $to }.
sent-voice = We called { $to }.
sent-email = We sent an e-mail to { $to }.
unknown-call = We cannot tell whether the call to { $to } went through. If it did not, ask for another one.
unknown-message = We cannot tell whether the message to { $to } went out. If it does not come, ask for another one.
not-sent-sms = We could not send the text message.
not-sent-voice = We could not call you.
not-sent-email = We could not send the e-mail.
not-sent-again = { $what } Try again, or use another way.
sent-instead = { $failed } { $status }
code-over = The code that we sent does not count any more. Ask for another one.

send-sms = Send a text message
    .again = Send another text message
send-voice = Call me
    .again = Call me again
send-email = Send an e-mail
    .again = Send another e-mail

code-hint-sms = Six digits from the text message.
code-hint-voice = Six digits that the call tells you, twice.
code-hint-email = Six digits from the e-mail.

code-wrong = That code is not right, and counts no more. Type the one that we send you now.
code-wrong-or-over = That code is not right, or counts no more. Ask for another one.
codes-exhausted = Too many codes were sent. Wait a while, or use another way.
codes-unreachable = We cannot send a code there. Use another way.
codes-too-soon = A code was sent just now. You can ask for another one in { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
}.
codes-blocked = Too many codes were wrong. To protect your account none is sent or taken until { $until }.

enrol-phone = Add your telephone
    .number = Telephone number
    .hint = With its country, as in +44 20 7946 0123.
    .wrong = That is no telephone number. Write it with its country, as in +44 20 7946 0123.
    .on-record = Your record has the number that ends in { $end }. A code shows that it is yours.
enrol-email = Add your e-mail address
    .address = E-mail address
    .wrong = That is no e-mail address. Check it and try again.
enrol-code = Add
enrol-by-sms = Get codes by text message
enrol-by-voice = Get codes by phone call
enrol-by-email = Get codes by e-mail

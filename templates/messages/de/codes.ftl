# Codes, die gesendet werden: die Nachrichten damit, und was Seiten darüber sagen.

sms-code = { $organisation }: { $code } ist Ihr Code. Er gilt { $minutes } Minuten. Geben Sie ihn niemandem.
    .unsigned = { $code } ist Ihr Code. Er gilt { $minutes } Minuten. Geben Sie ihn niemandem.
    .short = { $code } ist Ihr Code.
call-code = Ihr Code für { $organisation } ist { $code }. Geben Sie ihn niemandem.
mail-code = Ihr Code für { $organisation }
    .what = das ist Ihr Code für { $organisation }:
    .advice =
        Er gilt { $minutes } Minuten, auf der Seite, die danach gefragt hat.

        Geben Sie ihn niemandem, wer immer danach fragt. Wenn Sie ihn nicht angefordert
        haben, kennt jemand anderes Ihr Passwort: ändern Sie es, und sagen Sie der
        Verwaltung von { $organisation } Bescheid.

sending-sms = Wir senden eine SMS an { $to }.
sending-voice = Wir rufen { $to } an.
sending-email = Wir senden eine E-Mail an { $to }.
sent-sms = Wir haben eine SMS an { $to } gesendet.
sent-voice = Wir haben { $to } angerufen.
sent-email = Wir haben eine E-Mail an { $to } gesendet.
unknown-call = Wir wissen nicht, ob der Anruf bei { $to } durchkam. Wenn nicht, fordern Sie noch einen an.
unknown-message = Wir wissen nicht, ob die Nachricht an { $to } hinausging. Wenn sie nicht kommt, fordern Sie noch eine an.
not-sent-sms = Wir konnten die SMS nicht senden.
not-sent-voice = Wir konnten Sie nicht anrufen.
not-sent-email = Wir konnten die E-Mail nicht senden.
not-sent-again = { $what } Versuchen Sie es noch einmal, oder nehmen Sie einen anderen Weg.
sent-instead = { $failed } { $status }
code-over = Der gesendete Code gilt nicht mehr. Fordern Sie einen neuen an.

send-sms = SMS senden
    .again = Noch eine SMS senden
send-voice = Anrufen lassen
    .again = Noch einmal anrufen lassen
send-email = E-Mail senden
    .again = Noch eine E-Mail senden

code-hint-sms = Sechs Ziffern aus der SMS.
code-hint-voice = Sechs Ziffern, die der Anruf zweimal ansagt.
code-hint-email = Sechs Ziffern aus der E-Mail.

code-wrong = Dieser Code stimmt nicht und gilt nicht mehr. Geben Sie den ein, den wir Ihnen jetzt senden.
code-wrong-or-over = Dieser Code stimmt nicht oder gilt nicht mehr. Fordern Sie einen neuen an.
codes-exhausted = Es wurden zu viele Codes gesendet. Warten Sie eine Weile, oder nehmen Sie einen anderen Weg.
codes-unreachable = Dorthin können wir keinen Code senden. Nehmen Sie einen anderen Weg.
codes-too-soon = Eben wurde ein Code gesendet. In { $seconds ->
    [one] { $seconds } Sekunde
   *[other] { $seconds } Sekunden
} können Sie einen neuen anfordern.
codes-blocked = Zu viele Codes waren falsch. Zum Schutz Ihres Kontos wird bis { $until } keiner gesendet oder angenommen.

enrol-phone = Telefon hinzufügen
    .number = Telefonnummer
    .hint = Mit Landesvorwahl, wie +49 30 123456.
    .wrong = Das ist keine Telefonnummer. Schreiben Sie sie mit Landesvorwahl, wie +49 30 123456.
    .on-record = Für Sie ist die Nummer eingetragen, die auf { $end } endet. Ein Code zeigt, dass es Ihre ist.
enrol-email = E-Mail-Adresse hinzufügen
    .address = E-Mail-Adresse
    .wrong = Das ist keine E-Mail-Adresse. Prüfen Sie sie, und versuchen Sie es noch einmal.
enrol-code = Hinzufügen
enrol-by-sms = Codes als SMS bekommen
enrol-by-voice = Codes per Anruf bekommen
enrol-by-email = Codes per E-Mail bekommen

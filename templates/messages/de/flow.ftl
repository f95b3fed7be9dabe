# Schritte eines Anmeldeablaufs: was der Server neben den Worten der Organisation sagt.

flow-continue = Weiter
flow-agree = Ich stimme zu
flow-link = Vollständig lesen
flow-denied = Sie können sich jetzt nicht anmelden
    .sentence = Die Anmeldung wurde abgelehnt, und nichts wurde weitergegeben. Ihre Administration kann Ihnen sagen, warum.
    .back = Zurück
flow-waits = Einen Moment
    .sentence = Wir prüfen etwas. Diese Seite geht von selbst weiter.
flow-password = Neues Passwort wählen
    .sentence = Es ersetzt Ihr bisheriges, überall wo Sie dieses Konto verwenden.
    .submit = Passwort ändern
flow-rejected-text = Füllen Sie das Feld { $label } aus.
flow-rejected-code = Ein Code besteht nur aus Ziffern. Tippen Sie den ein, der Ihnen geschickt wurde.
flow-rejected-phone = { $label }: Schreiben Sie die Nummer mit Ländervorwahl, etwa +49 151 12345678.
flow-rejected-email = { $label }: Schreiben Sie eine E-Mail-Adresse, etwa name@example.com.
flow-rejected-number = { $label }: Schreiben Sie eine ganze Zahl.
flow-rejected-checkbox = Setzen Sie das Häkchen, um weiterzugehen.

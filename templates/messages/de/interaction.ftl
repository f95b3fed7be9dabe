# Die Seiten eines Vorgangs: anmelden, bestätigen, einrichten, zustimmen.

sign-in = Anmelden
sign-in-to = weiter zu

challenge = Bestätigen Sie, dass Sie es sind
    .submit = Bestätigen
    .others = Andere Wege zur Bestätigung

enrol = Zweiten Nachweis einrichten
    .with-passkey = Mit einem Passkey
    .about-passkey = Ihr Gerät schützt ihn durch Fingerabdruck, Gesicht oder Bildschirmsperre. Er ist der stärkste Nachweis und am schnellsten erbracht.
    .with-app = Oder mit einer Authenticator-App
enrol-app = Authenticator-App einrichten
    .scan = Scannen Sie dies mit der App, oder <a href="{ $uri }">öffnen Sie die App auf diesem Gerät</a>.
    .key = Wenn Sie nicht scannen können, tippen Sie stattdessen diesen Schlüssel ein.
    .type = Tippen Sie den Code ein, den die App jetzt zeigt.
    .submit = Einschalten
enrol-passkey = Passkey erstellen
    .about = Ihr Gerät schützt ihn durch Fingerabdruck, Gesicht oder Bildschirmsperre und zeigt ihn niemandem außer uns.

consent = Darf diese App Ihr Konto verwenden?
    .title = { $client } erlauben
    .able = Sie könnte
    .allow = Erlauben
    .deny = Jetzt nicht
    .back = In beiden Fällen geht es zurück zu { $host }.
    .policy = Wie die App Daten verwendet
    .terms = Ihre Bedingungen

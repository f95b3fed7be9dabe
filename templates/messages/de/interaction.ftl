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
    .able = Sie könnte dann
    .nothing = Sie würde Sie wiedererkennen und sonst nichts über Sie erfahren.
    .places = Sie würde in Ihrem Namen handeln bei
    .allow = Erlauben
    .deny = Jetzt nicht
    .back = Zurück zu { $host } geht es in beiden Fällen.
    .described = Diese App wird von { $host } beschrieben. Hier hat sie niemand geprüft; erlauben Sie sie nur, wenn Sie diese Adresse kennen.
    .registered = Diese App hat sich selbst angemeldet. Hier hat sie niemand geprüft; erlauben Sie sie nur, wenn Sie gerade von ihr kommen.
    .local = Sie läuft auf Ihrem eigenen Gerät. Machen Sie nur weiter, wenn Sie sie selbst gestartet haben.
app-policy = Wie die App Daten verwendet
app-terms = Ihre Bedingungen

scope-openid = Wissen, wer Sie sind
scope-profile = Ihren Namen und Ihr Profil sehen
scope-email = Ihre E-Mail-Adresse sehen
scope-address = Ihre Postanschrift sehen
scope-phone = Ihre Telefonnummer sehen
scope-offline-access = Zugriff behalten, während Sie nicht da sind

login-denied = Dieser Benutzername und dieses Passwort gehören nicht zusammen. Prüfen Sie beides und versuchen Sie es noch einmal.
code-used = { $seconds ->
    [one] Dieser Code wurde schon verwendet. In { $seconds } Sekunde erscheint ein neuer.
   *[other] Dieser Code wurde schon verwendet. In { $seconds } Sekunden erscheint ein neuer.
}
code-uncheckable = Codes dieser Schlüssel lassen sich gerade nicht prüfen; gezählt wurde der Versuch nicht. Versuchen Sie es gleich noch einmal oder weisen Sie sich anders aus.
code-denied = Dieser Code stimmt nicht. Warten Sie in Ihrer App auf den nächsten und tippen Sie ihn ein.
passkey-denied = Dieser Passkey wurde nicht angenommen. Versuchen Sie es noch einmal, oder verwenden Sie einen anderen Weg.

# „asker“ ist der Name einer App, oder „Ihr Konto“.
your-account = Ihr Konto
needs-proof = { $asker } braucht einen zweiten Nachweis. Er gilt bis { $until }.
needs-fresh-proof = { $asker } muss wissen, dass Sie es jetzt sind. Ein neuer Code genügt.
needs-enrolment = { $asker } braucht einen zweiten Nachweis, und Sie haben noch keinen. Einen einzurichten dauert eine Minute.
enrols-another = Dies fügt einen weiteren Weg hinzu, mit dem Sie zeigen, dass Sie es sind.
needs-activation = Mit diesem Browser haben Sie sich noch nie angemeldet. Ein Code zeigt, dass Sie es sind; danach merken wir ihn uns.

# Anmelden bei einem anderen Anbieter; "provider" ist sein Name.
upstream-continue = Weiter mit { $provider }
upstream-ways = Woanders anmelden
upstream-only = Sie melden sich über Ihre Organisation an.
upstream-leaving = Weiter zu { $provider }
    .sentence = Sie melden sich dort an und kommen hierher zurück.
upstream-declined = Sie wurden dort nicht angemeldet. Versuchen Sie es noch einmal, oder melden Sie sich anders an.
upstream-unavailable = Diese Anmeldung geht gerade nicht. Versuchen Sie es in einer Minute noch einmal, oder melden Sie sich anders an.
upstream-refused = Diese Anmeldung wurde nicht angenommen. Versuchen Sie es noch einmal, oder melden Sie sich anders an.
upstream-stale = Ihre Anmeldung dort ist dafür zu lange her. Melden Sie sich dort ab und versuchen Sie es noch einmal, oder melden Sie sich anders an.
upstream-unknown = Mit diesem Konto ist hier niemand verbunden. Melden Sie sich anders an und verbinden Sie es dann auf der Seite Ihres Kontos.
upstream-taken = Dieses Konto ist hier mit jemand anderem verbunden.
upstream-too-many = Sie haben so viele Verbindungen, wie möglich sind. Entfernen Sie zuerst eine.

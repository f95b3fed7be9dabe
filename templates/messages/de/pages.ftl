# Seiten, die für sich stehen.

home = Anmeldedienst
    .heading = Dies ist der Anmeldedienst von { $organisation }
    .sentence = Apps leiten Sie hierher, wenn sie wissen müssen, dass Sie es sind. Auf dieser Seite gibt es nichts zu tun.

logout = Abmelden?
    .asked = Diese App möchte Ihre Sitzung beenden:
    .confirm = Abmelden
    .cancel = Angemeldet bleiben

signed-out = Sie sind abgemeldet
    .sentence = Ihre Sitzung hier ist beendet. Apps, die Sie verwendet haben, können ihre eigene behalten, bis Sie sich dort abmelden.

form-post = Zurück zur App
    .sentence = Ihre Antwort geht an { $host }. Wenn nichts geschieht, verwenden Sie die Schaltfläche.

bridge = Weiter als { $user }
    .heading = Weiter als { $user }?
    .sentence = <strong>{ $client }</strong> hat diese Person angemeldet und bringt den Nachweis mit. Wenn Sie das nicht sind, schließen Sie diese Seite.

welcome = Erstes Administrationskonto anlegen
    .sentence = Dieses Konto kann hier alles ändern. Der Link, der Sie hergeführt hat, gilt einmal.
    .hint = Lang ist besser als ausgefallen: einige Wörter zusammen genügen.
    .again = Passwort noch einmal
    .submit = Konto anlegen
    .differ = Die beiden Passwörter sind verschieden. Tippen Sie zweimal dasselbe ein.
    .short = Ein Passwort hat mindestens { $shortest } Zeichen.
    .username = Dieser Benutzername ist vergeben oder kann keiner sein. Wählen Sie einen anderen.

welcome-done = Fertig
    .sentence = <strong>{ $user }</strong> ist das erste Administrationskonto. Der einmalige Link gilt nicht mehr.
    .next = Nennen Sie dem Server als Nächstes Ihre Apps und Personen:

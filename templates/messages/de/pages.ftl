# Seiten, die für sich stehen.

home = Anmeldedienst
    .heading = Dies ist der Anmeldedienst von { $organisation }
    .sentence = Apps leiten Sie hierher, wenn sie wissen müssen, dass Sie es sind. Auf dieser Seite gibt es nichts zu tun.

logout = Abmelden?
    .asked = Diese App möchte Ihre Sitzung beenden:
    .confirm = Abmelden
    .cancel = Angemeldet bleiben

signed-out = Sie sind abgemeldet
    .next = Weiter
    .sentence = Ihre Sitzung hier ist beendet. Apps, die Sie verwendet haben, können ihre eigene behalten, bis Sie sich dort abmelden.

form-post = Zurück zur App
    .sentence = An { $host } geht jetzt Ihre Antwort. Wenn nichts geschieht, verwenden Sie die Schaltfläche.

bridge = Weiter als { $user }
    .heading = Weiter als { $user }?
    .sentence = <strong><bdi>{ $client }</bdi></strong> hat diese Person angemeldet und bringt den Nachweis mit. Wenn Sie das nicht sind, schließen Sie diese Seite.

welcome = Erstes Administrationskonto anlegen
    .sentence = Dieses Konto kann hier alles ändern. Der Link, der Sie hergeführt hat, gilt einmal.
    .submit = Konto anlegen
    .username = Dieser Benutzername ist vergeben oder kann keiner sein. Wählen Sie einen anderen.

new-password = Neues Passwort
    .again = Neues Passwort noch einmal
    .hint = { $shortest ->
        [one] Mindestens ein Zeichen. Lang ist besser als schlau: einige Wörter hintereinander genügen.
       *[other] Mindestens { $shortest } Zeichen. Lang ist besser als schlau: einige Wörter hintereinander genügen.
    }
    .differ = Die beiden Passwörter sind verschieden. Tippen Sie zweimal dasselbe ein.
    .short = { $shortest ->
        [one] Ein Passwort hat mindestens ein Zeichen.
       *[other] Ein Passwort hat mindestens { $shortest } Zeichen.
    }
    .long = Dieses Passwort ist zu lang. Einige hundert Zeichen genügen.
    .guessable = Dieses Passwort ist leicht zu erraten. Wählen Sie ein anderes.
    .same = Das ist Ihr bisheriges Passwort. Wählen Sie ein anderes.

welcome-done = Fertig
    .sentence = <strong><bdi>{ $user }</bdi></strong> ist das erste Administrationskonto. Der einmalige Link gilt nicht mehr.
    .next = Nennen Sie dem Server als Nächstes Ihre Apps und Personen:

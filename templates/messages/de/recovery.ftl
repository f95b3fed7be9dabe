# Andere Faktoren als Apps und Passkeys, und Wege zurück ins Konto.

code-denied-token = Dieser Code stimmt nicht. Drücken Sie den Knopf des Tokens und tippen Sie den nächsten ein.
code-hint-yubikey = Berühren Sie den Schlüssel; er tippt den Code.
code-hint-token = Die Ziffern, die Ihr Token zeigt, wenn Sie seinen Knopf drücken.

enrol-token = Hardware-Token einrichten
    .scan = Scannen Sie dies mit dem Programm, das den Token einrichtet, oder <a href="{ $uri }">öffnen Sie eine zählende App auf diesem Gerät</a>.
    .type = Drücken Sie den Knopf des Tokens und tippen Sie den Code ein, den er zeigt.
enrol-yubikey = YubiKey einrichten
    .type = Stecken Sie den YubiKey ein, setzen Sie den Cursor in das Feld und berühren Sie den Schlüssel: Er tippt einen langen Code und sendet ihn ab.
enrol-others = Andere Wege zum Einrichten
    .passkey = Stattdessen einen Passkey erstellen
    .app = Stattdessen eine Authenticator-App einrichten
    .token = Stattdessen einen Hardware-Token einrichten
    .yubikey = Stattdessen einen YubiKey einrichten
    .any = Stattdessen einen anderen Weg einrichten

mail-by-administrator = Durch: die Administration

code-denied-yubikey = Das wurde nicht angenommen. Berühren Sie den Schlüssel noch einmal oder verwenden Sie einen anderen Weg.
code-denied-recovery = Dieser Code stimmt nicht oder wurde schon verwendet. Prüfen Sie ihn oder tippen Sie einen anderen ein.
code-hint-recovery = Einer der Codes, die Sie aufbewahren, oder der Code Ihrer Administration. Danach richten Sie einen neuen Weg ein.

mail-recovery-code-used = Ein Wiederherstellungscode Ihres Kontos bei { $organisation } wurde verwendet
    .what =
        mit einem Wiederherstellungscode ist jemand in Ihr Konto bei { $organisation }
        gelangt. Übrige Codes: { $left }. Erstellen Sie in Ihrem Konto neue, bevor sie
        zu Ende gehen.
    .temporary =
        mit dem vorübergehenden Code, den die Administration Ihnen gab, ist jemand in
        Ihr Konto bei { $organisation } gelangt.
    .advice =
        Wenn Sie das waren, ist nichts zu tun.
        Wenn nicht, kennt jemand anderes Ihr Passwort und einen Code: Ändern Sie Ihr
        Passwort und sagen Sie es sofort der Administration von { $organisation }.

error-link-gone = Dieser Link gilt nicht mehr
    .sentence = Er wurde verwendet, oder seine Zeit ist um. Fordern Sie bei der Anmeldung einen neuen an.

forgotten = Passwort vergessen?
    .help = Hilfe beim Anmelden
    .sentence = Tippen Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein. Wir senden einen Link an die hinterlegte Adresse; dort wählen Sie ein neues Passwort.
    .login = Benutzername oder E-Mail-Adresse
    .submit = Link senden
    .sent = Sehen Sie in Ihre E-Mails
    .sent-sentence = Wenn es ein Konto mit diesem Namen oder dieser Adresse gibt, ist ein Link an die hinterlegte E-Mail-Adresse unterwegs. Er gilt einmal.
    .back = Zurück zur Anmeldung

reset = Neues Passwort wählen
    .sentence = Es ersetzt das alte, und jede Anmeldung mit dem alten endet. Der Link, der Sie hergeführt hat, gilt einmal.
    .rescue = Es ersetzt das alte. Ihre anderen Nachweise werden entfernt; neue richten Sie bei der nächsten Anmeldung ein. Der Link, der Sie hergeführt hat, gilt einmal.
    .submit = Passwort setzen
    .done = Ihr Passwort wurde ersetzt
    .done-sentence = Gehen Sie zurück zur App und melden Sie sich damit an. Wenn Ihr Konto einen zweiten Nachweis verlangt, tut es das weiterhin.

mail-password-link = Wählen Sie ein neues Passwort für Ihr Konto bei { $organisation }
    .what =
        jemand, vermutlich Sie, hat das Passwort des Kontos „{ $username }“ bei
        { $organisation } vergessen. Wählen Sie hier innerhalb von { $minutes } Minuten ein
        neues:
    .advice =
        Der Link gilt einmal. Wenn Sie es nicht waren, ist nichts zu tun: Ohne den Link
        ändert sich nichts.

mail-password-reset = Das Passwort Ihres Kontos bei { $organisation } wurde ersetzt
    .what =
        mit einem einmaligen Link wurde das Passwort Ihres Kontos bei { $organisation }
        ersetzt. Jede Anmeldung mit dem alten ist beendet.
    .advice =
        Wenn Sie das waren, ist nichts zu tun.
        Wenn nicht, liest jemand anderes Ihre E-Mails: Sagen Sie es sofort der
        Administration von { $organisation }.

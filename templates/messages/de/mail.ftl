# Mails. Zeilen sind von Hand bei 78 Zeichen umbrochen, für Programme, die es nicht tun.

mail-greeting = Guten Tag, { $user },
mail-never-ask = Wir fragen nie per E-Mail nach einem Passwort oder einem Code.
mail-never-ask-token = Wir fragen nie per E-Mail nach einem Passwort, einem Token oder einem Code.
mail-when = Wann:  { $when }
mail-from = Woher: { $ip }
mail-with = Womit: { $browser }

mail-factor-added = Ein neuer Anmeldeweg wurde Ihrem Konto bei { $organisation } hinzugefügt
    .what = „{ $factor }“ bestätigt ab jetzt Anmeldungen bei Ihrem Konto bei { $organisation }.
    .advice =
        Wenn Sie das waren, ist nichts zu tun.
        Wenn nicht, verwendet jemand anderes Ihr Konto: Sagen Sie es sofort der
        Administration von { $organisation } und ändern Sie Ihr Passwort.

mail-factor-disabled = Ein Anmeldeweg für Ihr Konto bei { $organisation } wurde gesperrt
    .what =
        „{ $factor }“ bestätigt keine Anmeldungen bei Ihrem Konto bei
        { $organisation } mehr: Es wurden zu oft hintereinander falsche Codes
        eingetippt.
    .advice =
        Wer sie eintippte, kannte Ihr Passwort. Wenn Sie es nicht waren, sagen Sie es
        sofort der Administration von { $organisation }, die Ihnen ein neues geben kann.
        Wenn Sie es waren, kann die Administration den Weg wieder freigeben.

mail-passkey-copied = Ein Passkey Ihres Kontos bei { $organisation } wurde vielleicht kopiert
    .what =
        ein Passkey oder Sicherheitsschlüssel Ihres Kontos bei { $organisation } wurde
        nicht angenommen: Er zählt, wie oft er verwendet wurde, und diesmal zählte er
        weniger als zuvor. Eine Kopie von ihm täte das.
    .advice =
        Wenn Sie sich da nicht anmelden wollten, sagen Sie es sofort der Administration
        von { $organisation }. Wenn Sie es waren, melden Sie sich auf einem anderen Weg
        an und ersetzen Sie den Schlüssel.

mail-unknown-device = Anmeldung bei Ihrem Konto bei { $organisation } mit einem neuen Browser
    .what =
        jemand hat sich bei Ihrem Konto bei { $organisation } mit einem Browser angemeldet,
        den wir nicht kennen.
    .advice =
        Wenn Sie das waren, ist nichts zu tun.
        Wenn nicht, kennt jemand anderes Ihr Passwort: Ändern Sie es und sagen Sie es
        sofort der Administration von { $organisation }.

mail-api-login-token = Ihr neues Sicherheitstoken bei { $organisation }
    .what = dies ist das Sicherheitstoken für Programme, die sich bei Ihrem Konto bei { $organisation } anmelden:
    .how =
        Programme, die nach Namen und Passwort fragen und außerhalb des Netzes Ihrer
        Organisation laufen, brauchen es ohne Leerzeichen hinter dem Passwort. Das
        bisherige Token gilt nicht mehr; auch dieses gilt nicht mehr, sobald Sie Ihr
        Passwort ändern.
    .advice =
        Wenn Sie es weder angefordert noch Ihr Passwort geändert haben, sagen Sie es
        sofort der Administration von { $organisation } und ändern Sie Ihr Passwort.

mail-factor-removed = Ein Anmeldeweg wurde aus Ihrem Konto bei { $organisation } entfernt
    .what = „{ $factor }“ bestätigt keine Anmeldungen mehr bei Ihrem Konto bei { $organisation }.

mail-password-changed = Das Passwort Ihres Kontos bei { $organisation } wurde geändert
    .what =
        das Passwort Ihres Kontos bei { $organisation } wurde geändert. Sitzungen in
        anderen Browsern sind beendet.
    .advice =
        Wenn Sie das waren, ist nichts zu tun.
        Wenn nicht, verwendet jemand anderes Ihr Konto: Sagen Sie es sofort der
        Administration von { $organisation }.

mail-address-link = Bestätigen Sie diese Adresse für Ihr Konto bei { $organisation }
    .what =
        jemand, der bei Ihrem Konto bei { $organisation } angemeldet ist, hat diese Adresse
        als seine angegeben. Wenn Sie das waren, öffnen Sie diesen Link im selben Browser.
        Er gilt einmal, für { $minutes ->
            [one] eine Minute
           *[other] { $minutes } Minuten
        }.
    .advice = Wenn nicht, ist nichts zu tun: Ohne den Link ändert sich nichts.

mail-address-changed = Die E-Mail-Adresse Ihres Kontos bei { $organisation } wurde geändert
    .what =
        Ihr Konto bei { $organisation } hat jetzt eine andere E-Mail-Adresse. Dies ist die
        letzte Nachricht an diese.

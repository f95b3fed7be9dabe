# Die Seiten, auf denen man sich um das eigene Konto kümmert.

account-profile = Ihr Konto
    .email = E-Mail-Adresse
    .phone = Telefonnummer
    .level = Diese Sitzung zeigt
    .name = Der Name, unter dem man Sie kennt
    .language = Sprache der Seiten und E-Mails
    .language-of-browser = Wie mein Browser es wünscht
account-security = Anmeldung und Sicherheit
    .factors = Wege, sich auszuweisen
    .no-factors = Sie melden sich nur mit Ihrem Passwort an. Ein weiterer Weg hält die fern, die es erfahren.
    .add = Einen weiteren Weg hinzufügen
    .add-one = Hinzufügen: { $factor }
    .added = Hinzugefügt { $when }
    .used = zuletzt verwendet { $when }
    .disabled = Nach zu vielen falschen Codes abgeschaltet. Ihre Administration kann dies wieder einschalten.
    .change = Benennen oder entfernen
    .name = Benennen
    .password-is-set = Sie haben ein Passwort.
    .no-password = Sie haben hier kein Passwort.
    .change-password = Passwort ändern
    .set-password = Passwort festlegen
    .api-token = Sicherheitstoken
    .about-api-token = Programme, die sich von außerhalb des Netzes mit Ihrem Namen und Passwort anmelden, brauchen es am Ende des Passworts.
    .reset-api-token = Neues Sicherheitstoken zusenden
account-sessions = Sitzungen und Browser
    .live = Wo Sie angemeldet sind
    .here = diese hier
    .seen = Zuletzt verwendet { $when }, von { $ip }
    .began = Begonnen { $when }
    .end = Diese Sitzung beenden
    .end-others = Alle anderen beenden
account-applications = Anwendungen
    .none = Keine Anwendung darf Ihr Konto verwenden.
    .places = Sie handelt in Ihrem Namen bei
    .since = Seit { $when }
    .agreed = Derzeit nicht verbunden. Sie muss Sie nicht erneut fragen; Sie haben { $when } zugestimmt.
    .withdraw = Zurücknehmen
    .open = Öffnen
    .described = Sie wird von { $host } beschrieben. Hier hat sie niemand geprüft.
    .registered = Sie hat sich selbst angemeldet. Hier hat sie niemand geprüft.
account-activity = Letzte Ereignisse
    .about = Wenn etwas davon nicht von Ihnen war, ändern Sie Ihr Passwort und sagen Sie es Ihrer Administration.
    .at = am { $when }

account-credential = Sein Name
    .hint = Damit Sie wissen, welcher es ist: die Farbe des Schlüssels, das Telefon, auf dem er liegt.
    .remove = Entfernen
    .on-record = Dies steht hier in Ihren Stammdaten und bleibt, bis diese sich ändern.
    .other-address = Eine andere Adresse verwenden
account-remove = Dies entfernen: { $factor }?
    .effect = Damit wird keine Anmeldung mehr bestätigt, und was Sie damit gezeigt haben, zählt nicht mehr. Wir schreiben Ihnen eine E-Mail.
    .confirm = Entfernen
    .cancel = Behalten
account-password = Passwort wählen
    .effect = Ihre anderen Sitzungen enden, und Programme mit dem alten Passwort kommen nicht mehr herein.
    .submit = Passwort ändern
account-token = Neues Sicherheitstoken zusenden?
    .effect = Das bisherige gilt sofort nicht mehr. Das neue kommt per E-Mail; hier wird es nie gezeigt.
    .confirm = Zusenden
    .cancel = Jetzt nicht
account-devices = Bekannte Browser
    .about = Ein Browser wird bekannt, wenn Sie sich darin mit einem zweiten Nachweis ausweisen.
    .none = Noch keine.
    .used = Zuletzt angemeldet { $when }, bekannt seit der Adresse { $ip }
    .forget = Vergessen

account-places = Ihr Konto
account-sign-out = Abmelden
account-save = Speichern

done-profile = Gespeichert.
done-named = Gespeichert.
done-added = Hinzugefügt. Damit bestätigen Sie von jetzt an Ihre Anmeldungen.
done-removed = Entfernt.
done-password = Ihr Passwort ist geändert, und Ihre anderen Sitzungen sind beendet.
done-token = Ein neues Sicherheitstoken ist unterwegs an Ihre E-Mail-Adresse.
done-session = Diese Sitzung ist beendet.
done-others = Alle Ihre anderen Sitzungen sind beendet.
done-device = Dieser Browser ist nicht mehr bekannt.
done-withdrawn = Zurückgenommen. Die Anwendung muss Sie wieder fragen.

refused-last = Das ist Ihr einziger Weg, sich auszuweisen, und Ihre Anmeldungen brauchen einen. Fügen Sie zuerst einen anderen hinzu.
refused-too-many = Mehr davon können Sie nicht haben. Entfernen Sie zuerst einen.
refused-change = Das wurde nicht angenommen. Prüfen Sie es und versuchen Sie es noch einmal.
refused-token = Sie können kein Sicherheitstoken haben. Ihre Administration kann Ihnen sagen, warum.

browser-on = { $browser } unter { $system }
browser-unknown = Ein Browser, den wir nicht benennen können

activity-login-allow = Sie haben sich angemeldet
activity-login-deny = Jemand wollte sich anmelden und scheiterte
activity-challenge-passed = Sie haben bestätigt, dass Sie es sind
activity-challenge-failed = Für Ihren zweiten Nachweis kam eine falsche Antwort
activity-factor-enrolled = Hinzugefügt: { $factor }
activity-factor-removed = Entfernt: { $factor }
activity-factor-disabled = Nach zu vielen falschen Codes abgeschaltet: { $factor }
activity-device-activated = Ein Browser wurde bekannt
activity-device-revoked = Ein Browser wurde vergessen
activity-api-token-reset = Ein neues Sicherheitstoken wurde bestellt
activity-lockout-set = Die Anmeldung pausierte nach zu vielen Fehlversuchen
activity-lockout-cleared = Ihre Administration hat die Anmeldung wieder erlaubt
activity-authorization-allowed = { $client } bekam Zugriff
activity-consent-given = Sie haben zugestimmt, was { $client } wollte
activity-consent-withdrawn = Sie haben zurückgenommen, was { $client } durfte
activity-password-changed = Sie haben Ihr Passwort geändert
activity-session-ended = Eine Sitzung endete

account-recovery = Wiederherstellungscodes
    .about = Jeder von zehn Codes lässt Sie einmal herein, wenn Sie Ihre anderen Wege verloren haben. Neue Codes machen die bisherigen ungültig.
    .none = Sie haben noch keine.
    .left = { $left ->
        [one] Sie haben noch einen Code.
       *[other] Sie haben noch { $left } Codes.
    }
    .make = Neue Codes erstellen
    .keep = Drucken Sie diese aus oder schreiben Sie sie jetzt auf. Sie werden nicht noch einmal gezeigt, und jeder gilt einmal.
    .kept = Ich habe sie aufbewahrt
    .open = Wiederherstellungscodes verwalten

account-email = Ihre E-Mail-Adresse
    .about = Wir senden einen Link an die neue Adresse. Sie gilt, sobald Sie ihn öffnen; dann schreiben wir an die alte.
    .new = Neue E-Mail-Adresse
    .submit = Link senden
    .change = Ändern
    .confirm = Diese Adresse von jetzt an verwenden?
    .confirm-submit = Verwenden
    .gone = Dieser Link wurde schon verwendet, ist abgelaufen oder gehört nicht zu Ihrem Konto. Fordern Sie einen neuen an.

done-ordered = Wir haben einen Link an diese Adresse gesandt. Öffnen Sie ihn in diesem Browser.
done-email = Das ist von jetzt an Ihre Adresse.
refused-email = An diese Adresse können wir nicht schreiben, oder Sie haben sie schon. Prüfen Sie sie und versuchen Sie es noch einmal.

account-connections = Andere Konten, die Sie hier anmelden
    .none = Noch keine.
    .add = Ein anderes Konto verbinden
    .add-one = Verbinden: { $provider }
    .remove = Entfernen
account-connect = Ihr Konto bei { $provider } verbinden?
    .effect = Sie melden sich jetzt bei { $provider } an. Danach können Sie sich hier mit jenem Konto anmelden.
    .cancel = Jetzt nicht
done-connected = Verbunden. Sie können sich ab jetzt mit jenem Konto anmelden.

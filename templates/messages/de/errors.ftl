# Fehlerseiten: was geschehen ist, was sicher ist und was zu tun ist.

error-invalid-redirect-uri = Wir können Sie nicht zu dieser App zurückleiten
    .sentence = Sie hat eine Adresse angegeben, die bei uns nicht hinterlegt ist. Es wurde nichts weitergegeben. Gehen Sie zurück zur App und melden Sie es deren Betreiber, wenn es wieder geschieht.
error-unknown-client = Wir kennen diese App nicht
    .sentence = Die App, die Sie hierher geleitet hat, ist nicht registriert. Es wurde nichts weitergegeben. Prüfen Sie, ob Sie an der richtigen Stelle begonnen haben.
error-undescribed = Wir können die Beschreibung dieser App gerade nicht lesen
    .sentence = Die App, die Sie hierher geleitet hat, beschreibt sich unter einer eigenen Adresse, und von dort kommt gerade nichts, womit wir etwas anfangen können. Es wurde nichts weitergegeben. Versuchen Sie es später noch einmal, und melden Sie es den Betreibern der App, wenn es so bleibt.
error-expired-interaction = Diese Anmeldung hat zu lange gedauert
    .sentence = Es wurde nichts weitergegeben. Beginnen Sie in der App noch einmal.
    .again = Es wurde nichts weitergegeben. Sie können dieselbe Anmeldung von hier aus neu beginnen.
error-invalid-request = Wir können die Anfrage dieser App nicht lesen
    .sentence = Etwas darin fehlt oder widerspricht sich. Es wurde nichts weitergegeben. Gehen Sie zurück zur App und versuchen Sie es noch einmal.
error-cross-site = Dieses Formular kam nicht von unserer Seite
    .sentence = Es wurde nichts geändert. Gehen Sie zurück zur App und beginnen Sie in diesem Fenster noch einmal.
error-unread-form = Wir konnten nicht lesen, was Sie gesendet haben
    .sentence = Es war zu groß oder kam nicht vollständig und rechtzeitig an. Es wurde nichts geändert. Gehen Sie zurück und versuchen Sie es noch einmal.
error-not-found = Hier ist nichts
    .sentence = Prüfen Sie die Adresse, oder gehen Sie dorthin zurück, woher Sie kamen.
error-server-error = Bei uns ist etwas fehlgeschlagen
    .sentence = Dieser Schritt wurde nicht gespeichert. Versuchen Sie es in einer Minute noch einmal. Wenn es wieder fehlschlägt, nennen Sie Ihrer Administration die Referenz.
error-access-denied = Ihr Konto kann diese App nicht verwenden
    .sentence = Es wurde nichts weitergegeben. Ihre Administration kann Ihnen sagen, warum.
error-account-closed = Diese Seite ist für Sie geschlossen
    .sentence = Ihr Konto darf hier nicht verwendet werden, oder jetzt nicht. Ihre Administration kann Ihnen sagen, warum.
error-step-not-due = Diese Seite ist nicht der nächste Schritt
    .sentence = Das geschieht nach „Zurück“, nach einem Neuladen oder in einem zweiten Tab. Es ist nichts verloren: Machen Sie dort weiter, wo Sie aufgehört haben.
error-rate-limited = Zu viele Versuche von hier
    .sentence = Ihr Konto ist sicher. Warten Sie eine Weile und versuchen Sie es dann noch einmal.
    .minutes = { $minutes ->
        [one] Ihr Konto ist sicher. Warten Sie eine Minute und versuchen Sie es dann noch einmal.
       *[other] Ihr Konto ist sicher. Warten Sie { $minutes } Minuten und versuchen Sie es dann noch einmal.
    }
    .hours = { $hours ->
        [one] Ihr Konto ist sicher. Warten Sie eine Stunde und versuchen Sie es dann noch einmal.
       *[other] Ihr Konto ist sicher. Warten Sie { $hours } Stunden und versuchen Sie es dann noch einmal.
    }
error-cookies-disabled = Ihr Browser hat unser Cookie nicht behalten
    .sentence = Zum Anmelden ist eines nötig. Erlauben Sie Cookies für diese Seite, gehen Sie zurück zur App und beginnen Sie noch einmal.

error-detail = Für alle, die die App betreuen: { $detail }
error-reference = Referenz <code>{ $reference }</code>
error-go-on = Weitermachen
error-start-again = Neu beginnen

# Ein Gerät zulassen, das keinen eigenen Browser hat.

device = Gerät verbinden
    .sentence = Tippen Sie den Code ein, den Ihr Gerät zeigt.
    .brought = Der Link hat diesen Code mitgebracht. Gehen Sie nur weiter, wenn das Gerät vor Ihnen denselben zeigt.
    .code = Code des Geräts
    .hint = Acht Buchstaben. Großschreibung und Bindestriche sind gleichgültig.
device-unknown = Kein Gerät wartet mit diesem Code. Vergleichen Sie ihn mit dem Gerät; stimmt er, beginnen Sie dort von vorn.

device-compare = Zeigt Ihr Gerät diesen Code?
    .sentence = Diese App auf dem Gerät möchte Ihr Konto verwenden.
    .described = Diese App wird von { $host } beschrieben. Hier hat sie niemand geprüft; machen Sie nur weiter, wenn Sie diese Adresse kennen.
    .registered = Diese App hat sich selbst angemeldet. Hier hat sie niemand geprüft; machen Sie nur weiter, wenn Sie sie gerade auf Ihrem Gerät gestartet haben.
    .elsewhere = Das ist nicht das Netz, in dem Sie jetzt sind.
    .warning = Hat Ihnen jemand den Code oder einen Link damit geschickt, gehört das Gerät nicht Ihnen: Wählen Sie „Nicht mein Gerät“.
    .same = Mein Gerät zeigt ihn
    .other = Nicht mein Gerät
device-asked = Das Gerät hat angefragt: { $at }.
device-from = Es hat die Adresse <code>{ $ip }</code>.

device-allowed = Ihr Gerät ist verbunden
    .sentence = Machen Sie am Gerät weiter. Sie können dieses Fenster schließen.
device-denied = Nichts wurde weitergegeben
    .sentence = Das Gerät bekommt nichts. Sie können dieses Fenster schließen.

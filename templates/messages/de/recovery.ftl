# Andere Faktoren als Apps und Passkeys, und Wege zurück ins Konto.

code-denied-token = Dieser Code stimmt nicht. Drücken Sie den Knopf des Tokens und tippen Sie den nächsten ein.
code-hint-token = Die Ziffern, die Ihr Token zeigt, wenn Sie seinen Knopf drücken.

enrol-token = Hardware-Token einrichten
    .scan = Scannen Sie dies mit dem Programm, das den Token einrichtet, oder <a href="{ $uri }">öffnen Sie eine zählende App auf diesem Gerät</a>.
    .type = Drücken Sie den Knopf des Tokens und tippen Sie den Code ein, den er zeigt.
enrol-others = Andere Wege zum Einrichten
    .passkey = Stattdessen einen Passkey erstellen
    .app = Stattdessen eine Authenticator-App einrichten
    .token = Stattdessen einen Hardware-Token einrichten
    .any = Stattdessen einen anderen Weg einrichten

mail-by-administrator = Durch: die Administration

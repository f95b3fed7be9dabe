# Was jede Seite umgibt, die Stufen, und wie Zeiten geschrieben werden.

service-of = { $organisation } betreibt diesen Anmeldedienst.

level-none = Keine
level-low = Niedrig
level-standard = Standard
level-high = Hoch
level-phr = Phishing-resistent
level-label = { $word }, { $strokes } von 4

level-needed = Nötig
level-needed-here = Hier nötig
level-have = Sie haben

signed-in-as = Sie sind angemeldet als <strong><bdi>{ $user }</bdi></strong>.
username = Benutzername
password = Passwort
continue = Weiter

time-today = { $clock } Uhr UTC
time-another-day = { $day }. { $month }, { $clock } Uhr UTC
time-dated = { $day }. { $month } { $year }, { $clock } Uhr UTC
time-month = { $number ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}

# What surrounds every page, the levels, and how times are written.

service-of = { $organisation } runs this sign-in service.

level-none = None
level-low = Low
level-standard = Standard
level-high = High
level-phr = Phishing-resistant
level-label = { $word }, { $strokes } of 4

level-needed = Needed
level-needed-here = Needed here
level-have = You have

signed-in-as = You are signed in as <strong><bdi>{ $user }</bdi></strong>.
username = Username
password = Password
continue = Continue

# A message may say "on" before a date, so each form is a whole one.
time-today = { $clock } UTC
time-another-day = { $clock } UTC on { $day } { $month }
time-dated = { $day } { $month } { $year }, { $clock } UTC
time-month = { $number ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}

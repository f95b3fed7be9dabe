# Pages that stand alone.

home = Sign-in service
    .heading = This is the sign-in service of { $organisation }
    .sentence = Apps send you here when they need to know that it is you. There is nothing to do on this page.

logout = Sign out?
    .asked = This app asks to end your session:
    .confirm = Sign out
    .cancel = Stay signed in

signed-out = You are signed out
    .next = Go on
    .sentence = Your session here has ended. Apps you used may keep their own until you leave them.

form-post = Back to the app
    .sentence = Your answer goes to { $host } now. If nothing happens, use the button.

bridge = Continue as { $user }
    .heading = Continue as { $user }?
    .sentence = <strong><bdi>{ $client }</bdi></strong> has signed this person in and brings the proof along. If that is not you, close this page.

welcome = Create the first administrator
    .sentence = This account can change everything here. The link that brought you works once.
    .submit = Create administrator
    .username = This username is taken or cannot be one. Choose another.

new-password = New password
    .again = New password again
    .hint = { $shortest ->
        [one] At least one character. Long beats clever: a few words together work well.
       *[other] At least { $shortest } characters. Long beats clever: a few words together work well.
    }
    .differ = The two passwords differ. Type the same one twice.
    .short = { $shortest ->
        [one] A password has at least one character.
       *[other] A password has at least { $shortest } characters.
    }
    .long = That password is too long. A few hundred characters are enough.
    .guessable = That password is easy to guess. Choose another one.
    .same = That is the password you have. Choose another one.

welcome-done = Ready
    .sentence = <strong><bdi>{ $user }</bdi></strong> is the first administrator. The one-time link no longer works.
    .next = Next, tell the server about your apps and people:

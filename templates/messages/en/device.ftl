# Letting a device in that has no browser of its own.

device = Connect a device
    .sentence = Type the code that your device shows.
    .brought = The link brought this code along. Go on only if the device in front of you shows the same one.
    .code = Code
    .hint = Eight letters. Capitals and dashes do not matter.
device-unknown = No device is waiting with this code. Check it on the device; if it is right, begin anew there.

device-compare = Does your device show this code?
    .sentence = This app on the device asks to use your account.
    .described = This app is described by { $host } and nobody here has checked it. Go on only if you know that address.
    .registered = This app registered itself. Nobody here has checked it, so go on only if you started it on your device just now.
    .elsewhere = That is not the network that you are in now.
    .warning = If somebody sent you the code or a link with it, the device is theirs: choose “Not my device”.
    .same = My device shows it
    .other = Not my device
device-asked = The device asked at { $at }.
device-from = It has the address <code>{ $ip }</code>.

device-allowed = Your device is connected
    .sentence = Go on at the device. You can close this window.
device-denied = Nothing was shared
    .sentence = The device gets nothing. You can close this window.

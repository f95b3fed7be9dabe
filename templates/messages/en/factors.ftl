# Ways to prove who one is: what each is called, and the link that leads to it.

factor-password = Password
factor-passkey = Passkey
factor-totp = Authenticator app
factor-hotp = Hardware token
factor-yubikey-otp = YubiKey
factor-sms = Text message
factor-voice = Phone call
factor-email = E-mail code
factor-recovery-code = Recovery code
factor-upstream = Your organisation's sign-in

use-factor-password = Use your password
use-factor-passkey = Use your passkey
use-factor-totp = Use your authenticator app
use-factor-hotp = Use your hardware token
use-factor-yubikey-otp = Use your YubiKey
use-factor-sms = Get a text message
use-factor-voice = Get a phone call
use-factor-email = Get an e-mail
use-factor-recovery-code = Use a recovery code
use-factor-upstream = Sign in with your organisation

passkey-sign-in = Sign in with a passkey
passkey-prove = Use your passkey
passkey-register = Create a passkey
passkey-declined = Nothing was sent. Try again when you are ready.
passkey-failed = This browser could not use a passkey here.
passkey-known = This device holds a passkey for your account already. Use another device, or a security key.
passkey-missing = A passkey needs JavaScript and a browser that knows passkeys.
passkey-missing-others = A passkey needs JavaScript and a browser that knows passkeys. Use another way below.

code = Code
code-hint-app = Six digits from your authenticator app.

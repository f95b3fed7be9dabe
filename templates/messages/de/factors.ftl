# Womit man zeigt, wer man ist: wie es heißt, und der Link dorthin.

factor-password = Passwort
factor-passkey = Passkey
factor-totp = Authenticator-App
factor-hotp = Hardware-Token
factor-yubikey-otp = YubiKey
factor-sms = SMS
factor-voice = Anruf
factor-email = E-Mail-Code
factor-recovery-code = Wiederherstellungscode
factor-upstream = Anmeldung Ihrer Organisation

use-factor-password = Passwort verwenden
use-factor-passkey = Passkey verwenden
use-factor-totp = Authenticator-App verwenden
use-factor-hotp = Hardware-Token verwenden
use-factor-yubikey-otp = YubiKey verwenden
use-factor-sms = SMS anfordern
use-factor-voice = Anruf anfordern
use-factor-email = E-Mail anfordern
use-factor-recovery-code = Wiederherstellungscode verwenden
use-factor-upstream = Bei Ihrer Organisation anmelden

passkey-sign-in = Mit Passkey anmelden
passkey-prove = Passkey verwenden
passkey-register = Passkey erstellen
passkey-declined = Es wurde nichts gesendet. Versuchen Sie es noch einmal, wenn Sie so weit sind.
passkey-failed = Dieser Browser konnte hier keinen Passkey verwenden.
passkey-known = Dieses Gerät hat schon einen Passkey für Ihr Konto. Verwenden Sie ein anderes Gerät oder einen Sicherheitsschlüssel.
passkey-missing = Ein Passkey braucht JavaScript und einen Browser, der Passkeys kennt.
passkey-missing-others = Ein Passkey braucht JavaScript und einen Browser, der Passkeys kennt. Verwenden Sie unten einen anderen Weg.

code = Code
code-hint-app = Sechs Ziffern aus Ihrer Authenticator-App.

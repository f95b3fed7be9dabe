//! The certificate of the listener, and those of clients.

use url::Url;

use super::findings::Findings;
use crate::config::Settings;
use crate::model::time::Timestamp;
use crate::server::{ClientAuthorities, Tls};

const SUBJECT: &str = "certificate";
const CLIENTS: &str = "certificates of clients";
/// Seconds before its end in which a certificate should have been renewed.
const SOON: i64 = 14 * 86_400;

/// Whether the authorities that vouch for clients can be read, without which the server does not begin.
pub(super) fn look_for_clients(settings: &Settings, findings: &mut Findings) -> bool {
    match ClientAuthorities::open(&settings.mtls) {
        Ok(Some(_)) => findings.ok(
            CLIENTS,
            "clients are known by those that mtls.client_ca_file vouches for".to_owned(),
        ),
        Ok(None) if settings.mtls.is_on() => {
            findings.ok(CLIENTS, "clients are known by the keys that they registered".to_owned());
        }
        Ok(None) => {}
        Err(error) => {
            let remedy = "the server needs the certificates of the authorities in PEM";
            findings.error(CLIENTS, error.to_string(), remedy);
            return false;
        }
    }
    true
}

/// Whether certificate and key can be read and fit together, whom the certificate is for, and until when.
pub(super) fn look(settings: &Settings, now: Timestamp, findings: &mut Findings) {
    let tls = match Tls::open(&settings.server) {
        Ok(Some(tls)) => tls,
        Ok(None) if settings.is_https() => {
            return findings.ok(SUBJECT, "none is set; a proxy in front has it".to_owned());
        }
        Ok(None) => return,
        Err(error) => {
            let remedy = "the server needs both files in PEM, unencrypted, and may have to be allowed to read them";
            return findings.error(SUBJECT, error.to_string(), remedy);
        }
    };
    let described = tls.described();
    let (from, until) = (described.not_before, described.not_after);
    let names = match described.names.as_slice() {
        [] => "no host".to_owned(),
        names => names.join(", "),
    };
    let renew = "renew it, then send the server HUP";
    if now > until {
        findings.error(SUBJECT, format!("for {names}, was valid until {until}"), renew);
    } else if now < from {
        let told = format!("for {names}, valid from {from} only");
        findings.error(SUBJECT, told, "look whether the clock is right");
    } else if until.seconds_since(now) <= SOON {
        findings.warning(SUBJECT, format!("for {names}, valid until {until}"), renew);
    } else {
        findings.ok(SUBJECT, format!("for {names}, valid until {until}"));
    }
    let addresses = [
        (
            Some(&settings.server.issuer),
            "browsers refuse it; get one that names the host of server.issuer",
        ),
        (
            settings.mtls.base.as_ref(),
            "clients refuse it; get one that names the host of mtls.base too",
        ),
    ];
    for (address, remedy) in addresses {
        let address = address.and_then(|address| Url::parse(address).ok());
        if let Some(host) = address
            .as_ref()
            .and_then(Url::host_str)
            .filter(|host| !tls.is_for(host))
        {
            findings.warning(SUBJECT, format!("it does not name {host}"), remedy);
        }
    }
}

//! From where people come: proxies that are not trusted, and what happens on unknown devices.

use std::net::IpAddr;

use super::findings::Findings;
use crate::config::Settings;
use crate::error::{Fault, Result};
use crate::manage::audit::{self, Filter};
use crate::model::assurance::DeviceActivation;
use crate::model::audit::{Entry, Event};
use crate::work::View;

/// A proxy that is not trusted was seen to forward requests: then everybody seems to come from it.
pub(super) fn proxies(view: &mut View<'_>, findings: &mut Findings) -> Result<()> {
    let filter = Filter {
        event: Some(Event::ForwardingUntrusted.as_str().to_owned()),
        ..Filter::default()
    };
    let trusted = &view.shared.settings.server.trusted_proxies;
    if let Some(seen) = audit::list(view, &filter, 1)?.first() {
        let entry: Entry =
            serde_json::from_str(&seen.body).map_err(|error| Fault::from_error("read an audit entry", error))?;
        let peer: Option<IpAddr> = entry.ip.as_deref().and_then(|ip| ip.parse().ok());
        if let Some(peer) = peer.filter(|peer| !trusted.iter().any(|net| net.contains(peer))) {
            findings.warning(
                "proxies",
                format!("{peer} sent forwarded addresses at {} and is not trusted", seen.at),
                "add it to server.trusted_proxies if it is your proxy; until then its requests are in no trusted range",
            );
            return Ok(());
        }
    }
    let trusted: Vec<String> = trusted.iter().map(ToString::to_string).collect();
    let told = if trusted.is_empty() {
        "none is trusted".to_owned()
    } else {
        trusted.join(", ")
    };
    findings.ok("proxies", told);
    Ok(())
}

/// What happens on unknown devices.
pub(super) fn devices(settings: &Settings, findings: &mut Findings) {
    let told = match settings.device_activation() {
        DeviceActivation::Verify => "a second factor is asked for in browsers that are not known",
        DeviceActivation::Notify => "users are told of logins in browsers that are not known",
        DeviceActivation::Off => "nothing happens in browsers that are not known",
    };
    let why = match settings.assurance.device_activation {
        Some(_) => "",
        None if settings.messages.reach_people() => ", as messages reach people",
        None => ", as no mail sender is configured",
    };
    findings.ok("device activation", format!("{told}{why}"));
}

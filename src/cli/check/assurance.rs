//! How much proof is asked for: settings in force, and what of the directory has no effect or cannot be met.

use super::findings::Findings;
use crate::cli::context::OPERATOR;
use crate::config::Settings;
use crate::error::Result;
use crate::manage::directory::{self, Notice};
use crate::model::assurance::DeviceActivation;
use crate::model::evidence::{Acr, FactorKind};
use crate::work::View;

pub(super) fn look(view: &mut View<'_>, findings: &mut Findings) -> Result<()> {
    device_activation(view.shared.settings.device_activation(), findings);
    restricted_factors(&view.shared.settings, findings);
    let notices = directory::review(view, &OPERATOR)?;
    if !notices.iter().any(|notice| matches!(notice, Notice::Invalid(_))) {
        findings.ok("directory", "everything that is required can be reached".into());
    }
    for notice in notices {
        match notice {
            Notice::Invalid(told) => findings.error("directory", told, "correct it with `countersign apply`"),
            Notice::LoneMfaApi(users) => findings.warning(
                "mfa_api",
                format!("has no effect without mfa_ui on {}", users.join(", ")),
                "give these users mfa_ui too, or take mfa_api away",
            ),
            Notice::ReportOnly(objects) => findings.warning(
                "report mode",
                format!("stops nobody: {}", objects.join(", ")),
                "set enforcement = \"enforced\" once nobody is short of it",
            ),
            Notice::Restricted(objects) => findings.warning(
                "restricted factors",
                format!("accepted by {}", objects.join(", ")),
                "SMS and voice can be intercepted (SP 800-63B-4 §3.1.3): prefer totp or passkey",
            ),
        }
    }
    Ok(())
}

fn device_activation(in_force: DeviceActivation, findings: &mut Findings) {
    let told = match in_force {
        DeviceActivation::Verify => "verify: whoever comes from an unknown device proves a factor first",
        DeviceActivation::Notify => "notify: people are told of unknown devices",
        DeviceActivation::Off => "off: unknown devices are let in without more ado",
    };
    findings.ok("device activation", told.into());
}

fn restricted_factors(settings: &Settings, findings: &mut Findings) {
    let (kinds, reach) = (settings.factor_kinds(), settings.assurance.columns.restricted);
    let on: Vec<&str> = [FactorKind::Sms, FactorKind::Voice]
        .into_iter()
        .filter(|kind| kinds.contains(kind))
        .map(FactorKind::as_str)
        .collect();
    if on.is_empty() {
        findings.ok("restricted factors", "SMS and voice are not switched on".into());
    } else if reach >= Acr::High {
        findings.warning(
            "restricted factors",
            format!("{} reach {reach}", on.join(" and ")),
            "they can be intercepted (SP 800-63B-4 §3.1.3): lower assurance.columns.restricted",
        );
    } else {
        findings.ok("restricted factors", format!("{} reach {reach}", on.join(" and ")));
    }
}

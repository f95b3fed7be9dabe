//! What login flows may say: that they can run, and that what they reach for is there. CLAUSES.md S18, S31.

use url::Url;

use super::{Check, Surroundings, name, uris};
use crate::error::FieldError;
use crate::model::login_flow::{Action, LoginFlow, Step};
use crate::policy::login_flow::{check as check_flow, check_form};

/// Checks a login flow; one that runs for somebody must be able to.
pub(in crate::manage) fn check(flow: &LoginFlow, around: &Surroundings) -> Check {
    name(&format!("login_flows.{}", flow.name), "name", &flow.name)?;
    if !flow.is_runnable() {
        return check_form(flow);
    }
    check_flow(flow)?;
    flow.steps.iter().try_for_each(|step| check_step(flow, step, around))
}

fn check_step(flow: &LoginFlow, step: &Step, around: &Surroundings) -> Check {
    let place = format!("login_flows.{}.steps.{}", flow.name, step.name);
    match &step.action {
        Action::Webhook { url, .. } => {
            uris::fetched(&place, "url", url, &around.private_hosts)?;
            let parsed = Url::parse(url).ok();
            let host = parsed
                .as_ref()
                .and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
            if host.is_some_and(|(host, port)| around.webhook_hosts.iter().any(|one| one.covers(host, port))) {
                return Ok(());
            }
            let problem = "is at a host that may not be called; list it, with its secret, in outbound.webhooks";
            Err(FieldError::new(format!("{place}.url"), problem))
        }
        Action::SendCode { channel, .. } if !around.reach.kinds.contains(&channel.factor()) => {
            let problem = format!("nobody is configured to send codes this way; set messages.{channel}");
            Err(FieldError::new(format!("{place}.channel"), problem))
        }
        Action::Enrol { factors } => {
            if factors.iter().any(|kind| around.reach.kinds.contains(kind)) {
                return Ok(());
            }
            let kinds: Vec<&str> = around.reach.kinds.iter().map(|kind| kind.as_str()).collect();
            let problem = format!("none of these can be enrolled here; name any of {}", kinds.join(", "));
            Err(FieldError::new(format!("{place}.factors"), problem))
        }
        Action::AcceptTerms { link: Some(link), .. } => uris::link(&place, "link", link),
        _ => Ok(()),
    }
}

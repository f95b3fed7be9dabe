//! Work for later: each job and the file that runs it. Jobs may run more than once, and on any node.

mod mail_address_link;
mod mail_api_login_token;
mod mail_password_link;
mod notify;
mod notify_logout;
mod rotate_keys;
mod schedule;
mod seal_audit;
mod send_code;
mod sweep;
mod worker;

#[cfg(test)]
mod tests;

pub use rotate_keys::{ensure_keys, rotate};
pub use schedule::ensure as ensure_schedule;
pub use worker::{run, run_due};

use std::sync::Arc;

use crate::error::Result;
use crate::model::job::Job;
use crate::server::Server;

/// Runs one job.
async fn run_job(server: &Arc<Server>, job: &Job) -> Result<()> {
    match job {
        Job::Notify { user, notice } => notify::run(server, *user, notice.clone()).await,
        Job::MailApiLoginToken { user, ordered_at } => mail_api_login_token::run(server, *user, *ordered_at).await,
        Job::MailAddressLink { user, address } => mail_address_link::run(server, *user, address.clone()).await,
        Job::MailPasswordLink { login } => mail_password_link::run(server, login.clone()).await,
        Job::SendCode { code } => send_code::run(server, *code).await,
        Job::NotifyLogout {
            client_id,
            subject,
            session,
        } => notify_logout::run(server, client_id.clone(), (subject.clone(), *session)).await,
        Job::RotateKeys => rotate_keys::run(server).await,
        Job::SealAudit => seal_audit::run(server).await,
        Job::Sweep => sweep::run(server).await,
    }
}

/// What a job is called in logs and metrics.
const fn name(job: &Job) -> &'static str {
    match job {
        Job::Notify { .. } => "notify",
        Job::MailApiLoginToken { .. } => "mail-api-login-token",
        Job::MailAddressLink { .. } => "mail-address-link",
        Job::MailPasswordLink { .. } => "mail-password-link",
        Job::SendCode { .. } => "send-code",
        Job::NotifyLogout { .. } => "notify-logout",
        Job::RotateKeys => "rotate-keys",
        Job::SealAudit => "seal-audit",
        Job::Sweep => "sweep",
    }
}

//! Programs that sign in with a person's name and password, and what is kept of that.

use countersign::manage::api_login_tokens;
use countersign::policy::{Facts, NextStep, Reason, explain};
use serde_json::Value;

use super::directory::{DIRECTORY, PASSWORD, SECRET};
use super::relying_party::{Answer, RelyingParty, code_of, enrol, log_in};
use super::server::TestServer;
use super::totp;

/// Devices are verified, so that API logins need a token, and no address is trusted.
pub(crate) const VERIFY: &str = "[assurance]\ndevice_activation = \"verify\"";

/// The organisation trusting the address that tests come from.
pub(crate) const TRUSTING: &str = "[organisation]\nname = \"Example Works\"\ntrusted_ip_ranges = [\"127.0.0.1\"]\n";

/// The organisation trusting another.
pub(crate) const DISTRUSTING: &str =
    "[organisation]\nname = \"Example Works\"\ntrusted_ip_ranges = [\"192.0.2.0/24\"]\n";

/// The usual directory with clients `loader` and `tool`, which may use the password grant, the profile `api` whose users
/// bring a one-time code to every login, and carol, who is one of them.
pub(crate) fn directory() -> String {
    let client = |id: &str, further: &str| {
        format!(
            "\n[[clients]]\nclient_id = \"{id}\"\nclient_secret = \"{SECRET}\"\nresponse_types = []\n\
             grant_types = [\"password\", \"refresh_token\"]\nscope = \"openid offline_access calendar reports\"\n\
             require_consent = false\naccess_token_signing_alg = \"ES256\"\nid_token_signed_response_alg = \"ES256\"\n\
             {further}\n"
        )
    };
    let (loader, tool) = (client("loader", ""), client("tool", "access_token_format = \"opaque\""));
    let carol = person("carol", "api");
    format!("{DIRECTORY}{loader}{tool}\n[[profiles]]\nname = \"api\"\nmfa_ui = true\nmfa_api = true\n{carol}")
}

/// A user with the usual password and a mail address.
pub(crate) fn person(username: &str, profile: &str) -> String {
    format!(
        "\n[[users]]\nusername = \"{username}\"\nprofile = \"{profile}\"\npassword = \"{PASSWORD}\"\nclaims.email = \"{username}@example.com\"\n"
    )
}

impl TestServer {
    /// Signs in as a program: the client `loader` with this name and password.
    pub(crate) async fn api_login(&self, username: &str, password: &str) -> Answer {
        self.api_login_with("loader", username, password, &[]).await
    }

    /// The same, of any client and with further parameters; for the scope `calendar` where they name none.
    pub(crate) async fn api_login_with(
        &self,
        client: &str,
        username: &str,
        password: &str,
        further: &[(&str, &str)],
    ) -> Answer {
        let login = [
            ("grant_type", "password"),
            ("username", username),
            ("password", password),
        ];
        let mut form = [login.as_slice(), further].concat();
        if !further.iter().any(|(name, _)| *name == "scope") {
            form.push(("scope", "calendar"));
        }
        // So that the audit log tells which entry is the youngest, whichever connection wrote it.
        self.advance(1);
        self.post_as((client, SECRET), "/oauth2/token", &form).await
    }

    /// Resets a user's security token, and reads the new one in the mail.
    pub(crate) async fn security_token(&self, username: &str) -> String {
        let user = self.user(username);
        self.manage(move |work, actor| api_login_tokens::reset(work, actor, user))
            .await;
        self.mailed_token(username).await
    }

    /// The security token in the youngest mail to a user.
    pub(crate) async fn mailed_token(&self, username: &str) -> String {
        let messages = self.messages().await;
        let to = format!("{username}@example.com");
        let is_token = |line: &&str| line.len() == 24 && line.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let mails = messages.iter().rev().filter(|message| message.to == to);
        let mut tokens = mails.filter_map(|mail| mail.text.lines().find(is_token));
        tokens.next().expect("a token in a mail").to_owned()
    }

    /// Lets a user whose profile demands it enrol an authenticator app in the browser; its secret, a step later.
    pub(crate) async fn enrolled(&self, username: &str) -> String {
        let rp = RelyingParty::new(self, "trusted");
        let mut browser = rp.browser();
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        let page = log_in(&mut browser, page, username).await;
        let (secret, page) = enrol(self, &mut browser, page).await;
        code_of(&page);
        self.advance(60);
        secret
    }

    /// The code that an authenticator app shows now.
    pub(crate) fn code(&self, secret: &str) -> String {
        totp::code(secret, u64::try_from(self.now()).unwrap())
    }

    /// The youngest audit entry of an event as it stands.
    #[track_caller]
    pub(crate) fn youngest(&self, event: &str) -> Value {
        let entries = self.audit(event);
        let entry = entries.first().unwrap_or_else(|| panic!("no {event} was recorded"));
        serde_json::from_str(&entry.body).unwrap()
    }

    /// Why the youngest refused token request was refused, and the number of the check: as recorded, and as the recorded
    /// facts say when they are decided upon again.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (String, u64) {
        let entry = self.youngest("token.refused");
        let recorded = (
            entry["detail"]["reason"].as_str().expect("a reason").to_owned(),
            entry["detail"]["check"].as_u64().expect("a check"),
        );
        let facts: Facts = serde_json::from_value(entry["facts"].clone()).expect("facts");
        let (decision, trace) = explain(&facts);
        let NextStep::Refuse(reason) = decision.step else {
            panic!("not refused: {:?}", decision.step);
        };
        assert_eq!((Reason::as_str(reason).to_owned(), u64::from(decision.check)), recorded);
        assert_eq!(trace.0.last().map(|check| check.number), Some(decision.check));
        recorded
    }

    /// The level and methods of the youngest tokens issued, as the recorded facts say when they are decided upon again.
    #[track_caller]
    pub(crate) fn allowance(&self) -> (String, Vec<String>) {
        let entry = self.youngest("token.issued");
        let facts: Facts = serde_json::from_value(entry["facts"].clone()).expect("facts");
        let NextStep::Proceed(approval) = explain(&facts).0.step else {
            panic!("not allowed");
        };
        let snapshot = approval.snapshot();
        (snapshot.acr().to_owned(), snapshot.assurance.amr.clone())
    }
}

impl Answer {
    /// Sees that this is the one answer to a login that was not accepted.
    #[track_caller]
    pub(crate) fn denied(&self) {
        assert_eq!(self.refused(400, "invalid_grant"), "authentication failure");
    }
}

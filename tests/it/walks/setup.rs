//! The directory that walks change midway, one object at a time.

use crate::support::directory::{CALLBACK, SECRET};

/// What a client demands, as the directory says at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Client {
    pub(super) id: &'static str,
    pub(super) high: bool,
    pub(super) block: bool,
    pub(super) consent: bool,
    pub(super) max_age: Option<i64>,
    pub(super) disabled: bool,
}

/// What a profile demands, as the directory says at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) name: &'static str,
    pub(super) high: bool,
    pub(super) mfa_ui: bool,
    pub(super) hours: bool,
}

impl Client {
    const fn new(id: &'static str) -> Self {
        Self {
            id,
            high: false,
            block: false,
            consent: false,
            max_age: None,
            disabled: false,
        }
    }

    pub(super) fn toml(&self) -> String {
        let acr = if self.high { "high" } else { "none" };
        let block = if self.block { "block" } else { "raise" };
        let age = self
            .max_age
            .map_or_else(String::new, |age| format!("default_max_age = {age}\n"));
        format!(
            "[[clients]]\nclient_id = \"{}\"\nclient_secret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\n\
             grant_types = [\"authorization_code\", \"refresh_token\"]\nscope = \"openid offline_access web\"\n\
             require_consent = {}\nrequired_acr = \"{acr}\"\non_insufficient = \"{block}\"\n{age}\
             id_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n",
            self.id, self.consent
        )
    }
}

impl Profile {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            high: false,
            mfa_ui: false,
            hours: false,
        }
    }

    pub(super) fn toml(&self) -> String {
        let acr = if self.high { "high" } else { "none" };
        let hours = if self.hours {
            let days = [
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
                "sunday",
            ];
            let days = days.map(|day| format!("{day} = [\"08:00-17:59\"]")).join(", ");
            format!("time_zone = \"UTC\"\nhours_end_sessions = true\nlogin_hours = {{ {days} }}\n")
        } else {
            String::new()
        };
        format!(
            "[[profiles]]\nname = \"{}\"\nrequired_acr = \"{acr}\"\nmfa_ui = {}\n{hours}",
            self.name, self.mfa_ui
        )
    }

    /// Whether these people may come in at `now`: from eight to six, Greenwich.
    pub(super) const fn is_open(&self, now: i64) -> bool {
        let hour = now % 86_400 / 3_600;
        !self.hours || (hour >= 8 && hour < 18)
    }
}

pub(super) fn clients() -> Vec<Client> {
    vec![
        Client::new("plain"),
        Client {
            high: true,
            ..Client::new("strict")
        },
        Client {
            consent: true,
            ..Client::new("asking")
        },
        Client {
            high: true,
            block: true,
            ..Client::new("blocking")
        },
        Client {
            max_age: Some(300),
            ..Client::new("recent")
        },
    ]
}

pub(super) fn profiles() -> Vec<Profile> {
    vec![
        Profile::new("default"),
        Profile {
            high: true,
            ..Profile::new("strict")
        },
        Profile {
            mfa_ui: true,
            ..Profile::new("pages")
        },
        Profile {
            hours: true,
            ..Profile::new("office")
        },
    ]
}

/// All of it, as every walk begins.
pub(super) fn directory() -> String {
    let profiles = profiles().iter().map(Profile::toml).collect::<String>();
    let clients = clients().iter().map(Client::toml).collect::<String>();
    format!("[[scopes]]\nname = \"web\"\n{profiles}{clients}")
}

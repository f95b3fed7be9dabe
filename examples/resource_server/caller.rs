//! Who calls, what the token says of the proof they gave, and what a route may demand of both (RFC 9470 §2).

use serde::Deserialize;
use serde_json::Value;

use crate::keys::now;
use crate::refusal::{Refusal, Style, Why};

/// How much proof a person gave, weakest first. There is no level for none: that is no level, and satisfies nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Level {
    /// Somebody was there.
    Low,
    /// One factor.
    Standard,
    /// Two factors.
    High,
    /// Two factors that cannot be phished.
    Phr,
}

impl Level {
    /// The level that an `acr` claim names; `none`, and what we do not know, is worth nothing.
    fn of(acr: Option<&str>) -> Option<Self> {
        let known = [Self::Low, Self::Standard, Self::High, Self::Phr];
        known.into_iter().find(|level| acr == Some(level.as_str()))
    }

    /// The `acr` value.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Standard => "standard",
            Self::High => "high",
            Self::Phr => "phr",
        }
    }
}

/// What a route demands. `Demand::scope("transfers").acr(Level::High).max_age(900)` reads as it works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demand {
    scope: &'static str,
    acr: Option<Level>,
    max_age: Option<u64>,
    block: bool,
}

impl Demand {
    /// A token that was given for this.
    pub(crate) const fn scope(scope: &'static str) -> Self {
        Self {
            scope,
            acr: None,
            max_age: None,
            block: false,
        }
    }

    /// Proof of at least this level.
    pub(crate) const fn acr(mut self, level: Level) -> Self {
        self.acr = Some(level);
        self
    }

    /// Proof given at most this many seconds ago.
    pub(crate) const fn max_age(mut self, seconds: u64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// Where the proof is too little, refuses for good (403), in place of asking for more (401).
    pub(crate) const fn or_block(mut self, block: bool) -> Self {
        self.block = block;
        self
    }
}

/// The claims of an access token (RFC 9068 §2.2, RFC 7662 §2.2); those without a default must be there.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Claims {
    sub: String,
    client_id: String,
    #[serde(default)]
    scope: String,
    acr: Option<String>,
    auth_time: Option<u64>,
    /// The key that the token is bound to (RFC 7800 §3.1).
    pub(crate) cnf: Option<Value>,
    #[serde(rename = "iat")]
    _iat: u64,
    #[serde(rename = "jti")]
    _jti: String,
}

/// Who calls: a handler that takes this is reached with a good token alone.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) claims: Claims,
    pub(crate) style: Style,
}

impl Caller {
    /// The person the token is about, or the client where it is about nobody.
    pub(crate) fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// The application that calls.
    pub(crate) fn client(&self) -> &str {
        &self.claims.client_id
    }

    /// Demands of this call what its route needs.
    pub(crate) fn must(&self, demand: Demand) -> Result<(), Refusal> {
        self.check(demand, now()).map_err(|why| self.style.refuse(why))
    }

    fn check(&self, demand: Demand, now: u64) -> Result<(), Why> {
        let scope = demand.scope;
        if !self.claims.scope.split(' ').any(|granted| granted == scope) {
            return Err(Why::Scope(scope));
        }
        let (level, max_age) = (demand.acr, demand.max_age);
        let too_little = |what| {
            if demand.block {
                Why::Blocked(what)
            } else {
                Why::Proof { what, level, max_age }
            }
        };
        if level.is_some() && Level::of(self.claims.acr.as_deref()) < level {
            return Err(too_little("a stronger sign-in is needed"));
        }
        let age = self.claims.auth_time.map(|at| now.saturating_sub(at));
        match (max_age, age) {
            (Some(limit), Some(age)) if age > limit => Err(too_little("a more recent sign-in is needed")),
            (Some(_), None) => Err(too_little("the time of the sign-in is not known")),
            _ => Ok(()),
        }
    }
}

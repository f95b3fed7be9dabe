//! Where somebody is signed in, and the browsers that are known to be theirs.

use serde::Serialize;

use super::Frame;
use crate::model::evidence::Acr;
use crate::model::time::Timestamp;
use crate::pages::contexts::{SealView, longest};
use crate::pages::{Moment, Page, Text};

/// One session.
#[derive(Debug, Clone, Serialize)]
pub struct SessionLine {
    /// Its identifier.
    pub id: String,
    /// The browser, in words.
    pub browser: Text,
    /// The address it was last used from.
    pub ip: String,
    /// When it began.
    pub began: Moment,
    /// When it was last used.
    pub seen: Moment,
    /// The level it shows.
    pub have: SealView,
    /// Whether it is the one that shows this page.
    pub is_here: bool,
}

/// One browser that is known.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceLine {
    /// Its identifier.
    pub id: String,
    /// The browser, in words.
    pub browser: Text,
    /// The address it became known from.
    pub ip: String,
    /// When it was last signed in with.
    pub used: Moment,
    /// Whether it is the one that shows this page.
    pub is_here: bool,
}

/// Sessions and known browsers.
#[derive(Debug, Clone, Serialize)]
pub struct SessionsPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// Live sessions, used last first.
    pub sessions: Vec<SessionLine>,
    /// Known browsers, used last first.
    pub devices: Vec<DeviceLine>,
}

impl Page for SessionsPage {
    const TEMPLATE: &'static str = "account/sessions.html";
    const NAME: &'static str = "account-sessions";

    fn sample() -> Self {
        let moment = Moment::dated(Timestamp::from_seconds(1_772_400_000));
        let browser = Text::new("browser-on")
            .with("browser", "Firefox")
            .with("system", "Linux");
        Self {
            frame: Frame::sample::<Self>("sessions"),
            sessions: vec![SessionLine {
                id: "0195".into(),
                browser: browser.clone(),
                ip: "203.0.113.7".into(),
                began: moment,
                seen: moment,
                have: Acr::High.into(),
                is_here: true,
            }],
            devices: vec![DeviceLine {
                id: "0196".into(),
                browser,
                ip: "203.0.113.7".into(),
                used: moment,
                is_here: true,
            }],
        }
    }

    fn longest() -> Self {
        let mut usual = Self::sample();
        let other = usual.sessions.first().cloned().map(|session| SessionLine {
            browser: Text::verbatim(longest::SENTENCE),
            ip: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff".into(),
            have: Acr::Phr.into(),
            is_here: false,
            ..session
        });
        usual.sessions.extend(other);
        let other = usual.devices.first().cloned().map(|device| DeviceLine {
            is_here: false,
            browser: Text::new("browser-unknown"),
            ..device
        });
        usual.devices.extend(other);
        Self {
            frame: Frame::longest::<Self>("sessions"),
            ..usual
        }
    }
}

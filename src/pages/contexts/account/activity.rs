//! What happened in an account of late.

use serde::Serialize;

use super::Frame;
use crate::model::time::Timestamp;
use crate::pages::contexts::longest;
use crate::pages::{Moment, Page, Text};

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub struct ActivityLine {
    /// What, in plain words.
    pub what: Text,
    /// When.
    pub at: Moment,
    /// From which address; empty where none is known.
    pub ip: String,
}

/// What happened of late, youngest first.
#[derive(Debug, Clone, Serialize)]
pub struct ActivityPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// What happened.
    pub lines: Vec<ActivityLine>,
}

impl Page for ActivityPage {
    const TEMPLATE: &'static str = "account/activity.html";
    const NAME: &'static str = "account-activity";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("activity"),
            lines: vec![ActivityLine {
                what: Text::new("activity-login-allow"),
                at: Moment::dated(Timestamp::from_seconds(1_772_400_000)),
                ip: "203.0.113.7".into(),
            }],
        }
    }

    fn longest() -> Self {
        let mut usual = Self::sample();
        usual.lines.push(ActivityLine {
            what: Text::verbatim(longest::SENTENCE),
            at: Moment::dated(Timestamp::from_seconds(1_772_400_000)),
            ip: String::new(),
        });
        Self {
            frame: Frame::longest::<Self>("activity"),
            ..usual
        }
    }
}

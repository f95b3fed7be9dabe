//! Sends a one-time code: marks it, asks one vendor, notes what came of it. Never tried again by itself.

use std::sync::Arc;

use crate::error::Result;
use crate::manage::code_delivery::{self, Order, Step};
use crate::model::id::CodeId;
use crate::model::message::{Delivery, DeliveryFailure};
use crate::pages::code::{self, CodeText};
use crate::server::{Server, metrics};
use crate::work::{Origin, Work};

pub(super) async fn run(server: &Arc<Server>, id: CodeId) -> Result<()> {
    let mut may_look_up = true;
    loop {
        let take = move |work: &mut Work<'_>| code_delivery::take(work, id, may_look_up);
        match server.perform(Origin::default(), take).await? {
            Step::Over => return Ok(()),
            Step::LookUp(number) => {
                let line_type = server.messenger.line_type(&number, server.clock().now()).await;
                let learn = move |work: &mut Work<'_>| code_delivery::learn(work, id, line_type);
                server.perform(Origin::default(), learn).await?;
                may_look_up = false;
            }
            Step::HandOver(order) => {
                let (delivery, vendors) = (hand_over(server, &order).await, server.messenger.vendors(order.channel));
                metrics::count_code(order.channel.as_str(), outcome(delivery));
                let settle = move |work: &mut Work<'_>| code_delivery::settle(work, id, delivery, vendors);
                let settled = server.perform(Origin::default(), settle).await?;
                if settled.alarm {
                    tracing::warn!("many one-time codes were sent to one country, and few of them used");
                    metrics::count_unused_codes();
                }
                if !settled.again {
                    return Ok(());
                }
            }
        }
    }
}

async fn hand_over(server: &Arc<Server>, order: &Order) -> Delivery {
    let issuer = &server.shared().settings.server.issuer;
    let host = url::Url::parse(issuer)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    let text = CodeText {
        organisation: order.organisation.clone(),
        user_name: order.user.display_name().to_owned(),
        to: order.to.clone(),
        code: order.code.clone(),
        minutes: order.minutes,
        message: order.message.clone(),
        host,
    };
    let lang = order.user.lang().unwrap_or_default();
    match code::message(&server.pages, order.channel, &text, lang) {
        Ok(message) => {
            server
                .messenger
                .deliver(order.vendor, &message, server.clock().now())
                .await
        }
        Err(fault) => {
            tracing::error!(%fault, "a one-time code cannot be written");
            Delivery::Failed(DeliveryFailure::NotConfigured)
        }
    }
}

const fn outcome(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Accepted => "sent",
        Delivery::Failed(_) => "failed",
        Delivery::Unknown => "unknown",
    }
}

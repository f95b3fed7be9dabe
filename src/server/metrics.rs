//! Outcomes, counted by web and jobs, and shown in the Prometheus text format.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::error::Fault;

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to collect; once per process.
///
/// # Errors
/// A fault when another recorder is in place.
pub fn install() -> Result<(), Fault> {
    if HANDLE.get().is_some() {
        return Ok(());
    }
    let handle = PrometheusBuilder::new()
        .install_recorder()
        .map_err(|error| Fault::from_error("install metrics", error))?;
    metrics::describe_counter!("countersign_requests_total", "Requests by endpoint and status");
    metrics::describe_counter!("countersign_jobs_total", "Jobs by kind and outcome");
    metrics::describe_counter!(
        "countersign_codes_total",
        "One-time codes handed to vendors, by channel and outcome"
    );
    metrics::describe_counter!(
        "countersign_codes_unused_alarms_total",
        "Alarms that many one-time codes were sent to one country and few used"
    );
    drop(HANDLE.set(handle));
    Ok(())
}

/// Everything collected so far; empty when nothing collects.
#[must_use]
pub fn render() -> String {
    HANDLE.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Whether anything collects.
#[must_use]
pub fn are_collected() -> bool {
    HANDLE.get().is_some()
}

/// Counts an answered request.
pub fn count_request(endpoint: &'static str, status: u16) {
    if are_collected() {
        let class = match status {
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        metrics::counter!("countersign_requests_total", "endpoint" => endpoint, "status" => class).increment(1);
    }
}

/// Counts a job that was run.
pub fn count_job(kind: &'static str, succeeded: bool) {
    if are_collected() {
        let outcome = if succeeded { "done" } else { "failed" };
        metrics::counter!("countersign_jobs_total", "kind" => kind, "outcome" => outcome).increment(1);
    }
}

/// Counts a one-time code that was handed to a vendor.
pub fn count_code(channel: &'static str, outcome: &'static str) {
    if are_collected() {
        metrics::counter!("countersign_codes_total", "channel" => channel, "outcome" => outcome).increment(1);
    }
}

/// Counts an alarm that many one-time codes were sent to one country and few used.
pub fn count_unused_codes() {
    if are_collected() {
        metrics::counter!("countersign_codes_unused_alarms_total").increment(1);
    }
}

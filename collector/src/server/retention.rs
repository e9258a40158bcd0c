//! When environments let go of what they are not to keep.
//!
//! Knows: once at the start, then once a minute, until the server stops. Must never know: what is
//! removed, or how.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::Retention;
use crate::environment::{Environment, Environments};
use crate::instant::UnixMillis;

/// How often it is looked.
const PERIOD: Duration = Duration::from_secs(60);

/// Lets the environments go through their retention until the server stops.
pub(super) async fn keep(
    environments: &Environments,
    now: impl Fn() -> UnixMillis,
    mut stopped: watch::Receiver<bool>,
) {
    let keeps_all = |environment: &Environment| environment.retention == Retention::default();
    let bounded: Vec<_> = environments
        .iter()
        .filter(|environment| !keeps_all(environment))
        .collect();
    if bounded.is_empty() {
        return;
    }
    let mut period = interval(PERIOD);
    // A machine that slept does not make up for it.
    period.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let look = async {
        loop {
            period.tick().await;
            for environment in &bounded {
                retain(environment, now()).await;
            }
        }
    };
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = look => {}
    }
}

async fn retain(environment: &Environment, now: UnixMillis) {
    let name = &environment.name;
    match environment.writer.retain(environment.retention, now).await {
        Ok(0) => {}
        Ok(events) => {
            tracing::info!(environment = %name, events, "removed what is not to be kept");
        }
        Err(error) => tracing::error!(environment = %name, %error, "retention has failed"),
    }
}

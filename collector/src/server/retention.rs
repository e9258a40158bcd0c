//! When environments let go of what they are not to keep.
//!
//! Knows: once at the start, then once a minute, until the server stops. Must never know: what is
//! removed, or how.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::Retention;
use crate::environment::Environments;
use crate::instant::UnixMillis;

/// How often it is looked.
const PERIOD: Duration = Duration::from_secs(60);

/// Lets the environments go through their retention until the server stops.
pub(super) async fn keep(
    environments: &Environments,
    now: impl Fn() -> UnixMillis,
    mut stopped: watch::Receiver<bool>,
) {
    if environments
        .iter()
        .all(|environment| environment.retention == Retention::default())
    {
        return;
    }
    let mut period = interval(PERIOD);
    // A machine that slept does not make up for it.
    period.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => return,
            _ = period.tick() => {}
        }
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => return,
            () = all(environments, now()) => {}
        }
    }
}

async fn all(environments: &Environments, now: UnixMillis) {
    for environment in environments.iter() {
        let name = &environment.name;
        match environment.writer.retain(environment.retention, now).await {
            Ok(0) => {}
            Ok(events) => {
                tracing::info!(environment = %name, events, "removed what is not to be kept")
            }
            Err(error) => tracing::error!(environment = %name, %error, "retention has failed"),
        }
    }
}

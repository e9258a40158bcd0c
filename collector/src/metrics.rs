//! What the collector does, in numbers, as Prometheus reads them.
//!
//! Knows: every metric's name, unit and help. Must never know: who asks, or what an event says: no
//! label holds anything that a client chooses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::environment::{Environment, Environments};

/// The format of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a request was for and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    kind: &'static str,
    status: u16,
}

type Requests = Family<Answered, Histogram, fn() -> Histogram>;

/// All numbers of a collector.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Requests,
    streams: Gauge,
    connections: Gauge,
}

impl Metrics {
    /// Numbers of these environments and of the server before them.
    pub fn new(environments: Arc<Environments>) -> Self {
        // 0.25 ms to 8 s.
        let seconds = || Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let requests = Requests::new_with_constructor(seconds);
        let (streams, connections) = (Gauge::default(), Gauge::default());
        let mut registry = Registry::with_prefix("backstitch");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version of the collector", version);
        registry.register_with_unit(
            "request",
            "Time from a request's head to the head of its answer",
            Unit::Seconds,
            requests.clone(),
        );
        let help = "Streams that are open";
        registry.register("streams", help, streams.clone());
        let help = "Connections that are open";
        registry.register("connections", help, connections.clone());
        registry.register_collector(Box::new(Stores(environments)));
        Self {
            registry,
            requests,
            streams,
            connections,
        }
    }

    /// Takes note of an answer. There are few kinds.
    pub fn answered(&self, kind: &'static str, status: u16, took: Duration) {
        let requests = self.requests.get_or_create(&Answered { kind, status });
        requests.observe(took.as_secs_f64());
    }

    /// Counts a stream until the value is dropped.
    pub fn stream(&self) -> Open {
        Open::new(&self.streams)
    }

    /// Counts a connection until the value is dropped.
    pub fn connection(&self) -> Open {
        Open::new(&self.connections)
    }

    /// All of them, as OpenMetrics text.
    ///
    /// # Errors
    /// None in practice: text has no end.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Something that is open, and counted as such.
#[derive(Debug)]
pub struct Open(Gauge);

impl Open {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The numbers that the environments' writers keep, each with the environment's name.
#[derive(Debug)]
struct Stores(Arc<Environments>);

impl Stores {
    /// One metric of all environments.
    fn each<M: EncodeMetric>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help, unit): (&str, &str, Option<Unit>),
        metric_of: impl Fn(&Environment) -> M,
    ) -> fmt::Result {
        let mut all = self.0.iter().map(|it| (&it.name, metric_of(it))).peekable();
        let Some((_, first)) = all.peek() else {
            return Ok(());
        };
        let mut family =
            encoder.encode_descriptor(name, help, unit.as_ref(), first.metric_type())?;
        for (name, metric) in all {
            metric.encode(family.encode_family(&[("environment", name.as_str())])?)?;
        }
        Ok(())
    }
}

impl Collector for Stores {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let to = &mut encoder;
        let meter = |it: &Environment| it.writer.meter().clone();
        let about = ("events_stored", "Events that became rows", None);
        self.each(to, about, |it| meter(it).stored)?;
        let about = (
            "events_duplicate",
            "Events whose uuid was seen before",
            None,
        );
        self.each(to, about, |it| meter(it).duplicates)?;
        let about = (
            "events_dropped",
            "Events that the person rules let go",
            None,
        );
        self.each(to, about, |it| meter(it).dropped)?;
        let help = "Groups of requests, or single ones, that could not be stored";
        let about = ("store_failures", help, None);
        self.each(to, about, |it| meter(it).failures)?;
        let about = ("commit", "Time that a commit takes", Some(Unit::Seconds));
        self.each(to, about, |it| meter(it).commit_seconds)?;
        let about = ("commit_requests", "Requests that share a commit", None);
        self.each(to, about, |it| meter(it).group_requests)?;
        let help = "Events that wait for the writer";
        let about = ("queue", help, Some(Unit::Bytes));
        self.each(to, about, |it| gauge(it.writer.queued() as u64))?;
        let about = ("database", "The database file", Some(Unit::Bytes));
        self.each(to, about, |it| gauge(it.writer.sizes()[0]))?;
        let about = ("database_log", "The log beside it", Some(Unit::Bytes));
        self.each(to, about, |it| gauge(it.writer.sizes()[1]))?;
        let help = "1 if the last commit was as it should be";
        let about = ("store_ok", help, None);
        self.each(to, about, |it| gauge(meter(it).failure().is_none().into()))
    }
}

fn gauge(value: u64) -> ConstGauge<i64> {
    ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX))
}

//! Which names the collector answers to.
//!
//! Knows: DNS rebinding. A page can point its own name to this machine and then ask as if from the
//! same origin; its requests still carry that name in `Host`. Must never know: what is asked for.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;

/// The names that requests may give their target.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    port: u16,
    /// Names of the config file; with any port, since a proxy's port is its own.
    names: Vec<String>,
    /// Whether other machines can reach the address: then addresses are no attacker's names, and
    /// what stands before the collector may have given it another port.
    is_exposed: bool,
}

impl Hosts {
    /// The names of a collector that listens on an address, with those of its config file.
    pub fn new(address: SocketAddr, names: &[String]) -> Self {
        Self {
            port: address.port(),
            names: names.to_vec(),
            is_exposed: !address.ip().is_loopback(),
        }
    }

    /// The port the collector listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// All names that the request gives its target must be ours: those of `Host`, and the one in
    /// the request line, which a proxy's client sends. None at all is fine; no browser does that.
    pub fn are_named_by(&self, request: &Parts) -> bool {
        let hosts = request.headers.get_all(HOST).iter();
        let mut names = hosts.map(|host| host.to_str().ok()?.parse::<Authority>().ok());
        names.all(|name| name.is_some_and(|name| self.is_ours(&name)))
            && request
                .uri
                .authority()
                .is_none_or(|name| self.is_ours(name))
    }

    /// Whether the config file has the name.
    pub fn is_configured(&self, name: &Authority) -> bool {
        let mut names = self.names.iter();
        names.any(|known| known.eq_ignore_ascii_case(name.host()))
    }

    fn is_ours(&self, name: &Authority) -> bool {
        const HTTP_PORT: u16 = 80;
        if name.as_str().contains('@') {
            return false;
        }
        let host = name.host();
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let address: Option<IpAddr> = bare.parse().ok();
        let is_loopback = host.eq_ignore_ascii_case("localhost")
            || address.is_some_and(|address| address.is_loopback());
        let is_own = if self.is_exposed {
            is_loopback || address.is_some()
        } else {
            is_loopback && name.port_u16().unwrap_or(HTTP_PORT) == self.port
        };
        is_own || self.is_configured(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_ours(listen: &str, name: &str) -> bool {
        let hosts = Hosts::new(listen.parse().unwrap(), &["collector.internal".to_owned()]);
        hosts.is_ours(&name.parse().unwrap())
    }

    #[test]
    fn loopback_names_with_our_port_are_ours() {
        for name in [
            "127.0.0.1:8123",
            "127.9.9.9:8123",
            "localhost:8123",
            "LOCALHOST:8123",
            "[::1]:8123",
        ] {
            assert!(is_ours("127.0.0.1:8123", name), "{name}");
            assert!(is_ours("0.0.0.0:8123", name), "{name}");
        }
        assert!(is_ours("127.0.0.1:80", "localhost"));
    }

    #[test]
    fn names_of_the_config_file_are_ours_with_any_port() {
        for name in ["collector.internal", "Collector.Internal:443"] {
            assert!(is_ours("127.0.0.1:8123", name), "{name}");
            assert!(is_ours("0.0.0.0:8123", name), "{name}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for name in [
            "example.com:8123",
            "localhost.example.com:8123",
            "127.0.0.1.example.com:8123",
            "collector.internal.example.com",
            "x@127.0.0.1:8123",
        ] {
            assert!(!is_ours("127.0.0.1:8123", name), "{name}");
            assert!(!is_ours("0.0.0.0:8123", name), "{name}");
        }
    }

    #[test]
    fn addresses_are_ours_if_other_machines_can_reach_them() {
        for name in [
            "127.0.0.1",
            "127.0.0.1:8124",
            "192.168.0.1:8123",
            "0.0.0.0:8123",
            "[fe80::1]:9000",
        ] {
            assert!(!is_ours("127.0.0.1:8123", name), "{name}");
            assert!(is_ours("0.0.0.0:8123", name), "{name}");
        }
    }
}

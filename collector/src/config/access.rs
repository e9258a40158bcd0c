//! Who may read: the token, and the names that the collector answers to.
//!
//! Knows: what a token and a name look like, and when a token is needed. Must never know: HTTP.

use std::fmt;
use std::net::SocketAddr;

use subtle::ConstantTimeEq;

use super::MIN_TOKEN;
use super::error::ConfigError;

/// What a reader shows to be let in. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken(String);

impl ApiToken {
    /// A token of at least 16 visible ASCII characters.
    ///
    /// # Errors
    /// [`ConfigError::WeakToken`], which names `field`.
    pub fn new(text: &str, field: &'static str) -> Result<Self, ConfigError> {
        if text.len() >= MIN_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ConfigError::WeakToken { field })
        }
    }

    /// Whether this is the token. Takes as long for a nearly right one as for a wrong one.
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiToken(…)")
    }
}

/// Whether all names are ones that `Host` can carry, and there is a token where there must be one.
pub(super) fn check(
    listen: SocketAddr,
    hosts: &[String],
    token: Option<&ApiToken>,
) -> Result<(), ConfigError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_name = |host: &&String| !host.is_empty() && host.bytes().all(is_allowed);
    if let Some(host) = hosts.iter().find(|host| !is_name(host)) {
        return Err(ConfigError::NotAName { host: host.clone() });
    }
    if token.is_some() {
        Ok(())
    } else if !listen.ip().is_loopback() {
        Err(ConfigError::OpenListen { address: listen })
    } else if let Some(host) = hosts.first() {
        Err(ConfigError::OpenHost { host: host.clone() })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_compared_whole_and_never_printed() {
        let token = ApiToken::new("0123456789abcdef", "api_token").unwrap();
        assert!(token.is("0123456789abcdef"));
        for other in [
            "",
            "0123456789abcde",
            "0123456789abcdeg",
            "0123456789abcdef0",
        ] {
            assert!(!token.is(other), "{other}");
        }
        assert!(!format!("{token:?}").contains("0123"));
    }

    #[test]
    fn a_short_or_invisible_token_is_none() {
        for weak in [
            "",
            "0123456789abcde",
            "0123456789 abcdef",
            "0123456789äbcdef",
        ] {
            let error = ApiToken::new(weak, "api_token").unwrap_err().to_string();
            assert!(error.starts_with("api_token:"), "{error}");
        }
    }
}

//! The query of a request.
//!
//! Knows: which of its parameters matter. Must never know: the body they are about.

use super::base64::restore_plus;
use super::hints::Compression;
use super::time;
use crate::instant::UnixMillis;

/// What a query says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// `data`: the payload, which wins over the body.
    pub data: Option<String>,
    /// `compression`: that of the payload.
    pub compression: Compression,
    /// `_`: when it was sent, by the client's clock.
    pub sent_at: Option<UnixMillis>,
    /// `beacon=1`: nobody will read the answer.
    pub is_beacon: bool,
}

impl Query {
    /// Reads a query, without its `?`. Of a parameter that comes twice, the last one counts.
    pub fn read(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "data" => {
                    let data = Some(restore_plus(value.into_owned()));
                    read.data = data.filter(|data| !data.is_empty());
                }
                "compression" => read.compression = Compression::named(&value),
                "_" => read.sent_at = time::parse_query(&value),
                "beacon" => read.is_beacon = value == "1",
                _ => {}
            }
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_read() {
        let query =
            Query::read("ip=1&_=1700000000000&ver=1.1&compression=gzip-js&beacon=1&data=e30+");
        assert_eq!(
            query,
            Query {
                data: Some("e30+".to_owned()),
                compression: Compression::Gzip,
                sent_at: Some(UnixMillis(1_700_000_000_000)),
                is_beacon: true,
            }
        );
    }

    #[test]
    fn what_says_nothing_is_nothing() {
        for query in ["", "data=", "compression=br&_=x&beacon=0", "&&=&%ff"] {
            assert_eq!(Query::read(query), Query::default(), "{query}");
        }
    }
}

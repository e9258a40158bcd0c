//! However a client packs a batch, the same events come out.

use backstitch_collector::event::Event;
use backstitch_collector::ingest::{Compression, Endpoint, Hints, Query, Request, decode};
use backstitch_collector::instant::UnixMillis;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use crate::strategies::right;
use crate::support::{DEV_KEY, gzip};

/// All that makes an event, but for its place.
type Told = (String, String, String, UnixMillis, String);

fn told(event: &Event) -> Told {
    (
        event.uuid.to_string(),
        event.name.to_string(),
        event.distinct_id.to_string(),
        event.timestamp,
        event.properties.to_text(),
    )
}

/// The events of a body that must be taken.
fn events(body: &[u8], hints: Hints) -> Vec<Told> {
    let request = Request {
        now: UnixMillis(5_000_000_000_000),
        ip: None,
        hints,
    };
    let decoded = decode(body, &request, |key| (key == DEV_KEY).then_some(()));
    match decoded {
        Ok(decoded) => decoded.events.iter().map(told).collect(),
        Err(refused) => panic!("{}", refused.refusal),
    }
}

/// The events of a request whose payload stands in the query.
fn events_of_query(query: &str) -> Vec<Told> {
    let query = Query::read(query);
    let hints = Hints {
        compression: query.compression,
        endpoint: Endpoint::Legacy,
        ..Hints::default()
    };
    events(query.data.unwrap().as_bytes(), hints)
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_encoding_gives_the_same_events(batch in right()) {
        let text = batch.to_string();
        let plain = events(text.as_bytes(), Hints::default());
        prop_assert_eq!(plain.len(), batch["batch"].as_array().unwrap().len());

        let zipped = gzip(text.as_bytes());
        let base64 = STANDARD.encode(&text);
        let lz = lz_str::compress_to_base64(text.as_str());
        for endpoint in [Endpoint::Current, Endpoint::Legacy, Endpoint::Engage] {
            let hints = Hints { endpoint, ..Hints::default() };
            let named = |compression| Hints { compression, ..hints };
            prop_assert_eq!(&plain, &events(&zipped, hints));
            prop_assert_eq!(&plain, &events(&zipped, named(Compression::Gzip)));
            prop_assert_eq!(&plain, &events(base64.as_bytes(), hints));
            prop_assert_eq!(&plain, &events(STANDARD.encode(&zipped).as_bytes(), hints));
            prop_assert_eq!(&plain, &events(lz.as_bytes(), named(Compression::Lz64)));
            let by_header = Hints { encoding: Compression::Lz64, ..hints };
            prop_assert_eq!(&plain, &events(lz.as_bytes(), by_header));

            let in_form = |fields: &[(&str, &str)], compression| {
                events(form(fields).as_bytes(), Hints { is_form: true, compression, ..hints })
            };
            prop_assert_eq!(&plain, &in_form(&[("data", &text)], Compression::Unnamed));
            prop_assert_eq!(&plain, &in_form(&[("data", &base64)], Compression::Base64));
            prop_assert_eq!(
                &plain,
                &in_form(&[("ip", "1"), ("compression", "lz64"), ("data", &lz)], Compression::Unnamed)
            );
        }
        for (compression, data) in [("", &text), ("", &base64), ("base64", &base64), ("lz64", &lz)] {
            let query = form(&[("compression", compression), ("data", data)]);
            prop_assert_eq!(&plain, &events_of_query(&query));
            // A client may leave `+`, `/` and `=` as they are.
            if !compression.is_empty() {
                let query = format!("compression={compression}&data={data}");
                prop_assert_eq!(&plain, &events_of_query(&query));
            }
        }
        let zipped = STANDARD.encode(&zipped);
        prop_assert_eq!(&plain, &events_of_query(&form(&[("compression", "gzip"), ("data", &zipped)])));
    }
}

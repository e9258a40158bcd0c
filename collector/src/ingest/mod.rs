//! Ingestion: bytes from the wire become events, or a refusal that names the event and the field.
//!
//! Knows: PostHog's capture protocol. Must never know: persons, SQL, or what the page shows.
//!
//! A request walks `body` (bytes → text, with `base64`, `form`, `inflate` and `lz_string`), `text`
//! (text → sound JSON text), `envelope` (text → the events' texts), `token` (whose they are) and
//! `fields` with `naming`, `sending` and `time` (one text → one event). [`decode`] is the whole way without
//! HTTP, a pure function of its arguments; what stands outside the body comes with it as [`Hints`],
//! and [`Query`] is what a query says. The protocol's first version, which refuses single events, is
//! `v1`. HTTP is known to `routes`, with `wire`, `arrival` and `service` beside it. `question` reads
//! the bodies in which SDKs ask instead of sending, and refuses them in the same way.

mod arrival;
mod base64;
mod body;
mod envelope;
mod fields;
mod form;
mod hints;
mod inflate;
mod lz_string;
mod naming;
mod problem;
mod query;
mod question;
mod refusal;
mod routes;
mod sending;
mod service;
mod text;
mod time;
mod token;
pub mod v1;
mod wire;

pub use body::INFLATED_LIMIT;
pub use hints::{Compression, Endpoint, Hints};
pub use problem::Problem;
pub use query::Query;
pub(crate) use question::{FLAGS_OFF, Question};
pub use refusal::{Place, Reason, Refusal};
pub use routes::routes;
pub use service::Ingest;
pub(crate) use token::is_well_shaped as is_well_shaped_key;

use std::net::IpAddr;

use crate::event::Event;
use crate::instant::UnixMillis;

/// What a request says outside its body.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The collector's time.
    pub now: UnixMillis,
    /// Who sent it.
    pub ip: Option<IpAddr>,
    /// What its query and headers say of the body.
    pub hints: Hints,
}

/// The events of a request, and the environment they are for.
#[derive(Debug)]
pub struct Decoded<E> {
    /// What `environment_of` gave for the request's key.
    pub environment: E,
    /// At least one event, in the order of the request.
    pub events: Vec<Event>,
}

/// Decodes the body of a request.
///
/// `environment_of` looks up a key. An unknown key is refused before the events' fields are looked
/// at: a wrong key is the most frequent cause of missing events, and the rest can wait.
///
/// # Errors
/// The refusal of the whole request: one event that cannot be taken refuses all of them, as with
/// PostHog.
pub fn decode<E: Clone>(
    bytes: &[u8],
    request: &Request,
    environment_of: impl Fn(&str) -> Option<E>,
) -> Result<Decoded<E>, Box<Refused<E>>> {
    let text = body::read(bytes, &request.hints).map_err(Refused::without_environment)?;
    let text = text::repair(&text).map_err(Refused::without_environment)?;
    let envelope = envelope::open(&text).map_err(Refused::without_environment)?;
    let token = token::find(&envelope).map_err(Refused::without_environment)?;
    let Some(environment) = environment_of(&token) else {
        return Err(Refused::unknown(token));
    };
    match fields::read_all(&envelope, request) {
        Ok(events) => Ok(Decoded {
            environment,
            events,
        }),
        Err(refusal) => Err(Box::new(Refused {
            refusal,
            token: Some(token),
            environment: Some(environment),
        })),
    }
}

/// A refusal, with what was known of the request by then.
#[derive(Debug)]
pub struct Refused<E> {
    /// Why.
    pub refusal: Refusal,
    /// The request's key.
    pub token: Option<String>,
    /// The environment of that key.
    pub environment: Option<E>,
}

impl<E> Refused<E> {
    /// No environment has this key.
    fn unknown(token: String) -> Box<Self> {
        let refusal = Refusal::from(Reason::UnknownToken {
            token: token.clone(),
        });
        Box::new(Self {
            refusal,
            token: Some(token),
            environment: None,
        })
    }

    fn without_environment(refusal: Refusal) -> Box<Self> {
        let token = match &refusal.reason {
            Reason::InvalidToken { token, .. } | Reason::UnknownToken { token } => {
                Some(token.clone())
            }
            _ => None,
        };
        Box::new(Self {
            refusal,
            token,
            environment: None,
        })
    }
}

//! `GET /api/{environment}/events`, one of them, and their names.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde::Serialize;
use uuid::Uuid;

use super::Api;
use super::error::ApiError;
use super::parameters::{DEFAULT_LIMIT, parameters};
use crate::query::{EventDetail, EventFilter, EventName, EventsPage};

const KNOWN: &str = "event, person, distinct_id, after, before, internal, limit or cursor";

pub(super) async fn list(
    State(api): State<Api>,
    Path(environment): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<EventsPage>, ApiError> {
    let environment = api.environment(&environment)?;
    let filter = filter(query.as_deref())?;
    Ok(Json(environment.reader.events(filter).await?))
}

fn filter(query: Option<&str>) -> Result<EventFilter, ApiError> {
    let mut filter = EventFilter {
        limit: DEFAULT_LIMIT,
        ..EventFilter::default()
    };
    for parameter in parameters(query) {
        match &*parameter.name {
            "event" => filter.names.push(parameter.text()),
            "person" => filter.person = Some(parameter.uuid()?),
            "distinct_id" => filter.distinct_id = Some(parameter.text()),
            "after" => filter.after = Some(parameter.moment()?),
            "before" => filter.before = Some(parameter.moment()?),
            "internal" => filter.internal = parameter.flag()?,
            "limit" => filter.limit = parameter.limit()?,
            "cursor" => filter.cursor = Some(parameter.cursor()?),
            _ => return Err(parameter.unknown(KNOWN)),
        }
    }
    Ok(filter)
}

pub(super) async fn one(
    State(api): State<Api>,
    Path((environment, uuid)): Path<(String, String)>,
) -> Result<Json<EventDetail>, ApiError> {
    let environment = api.environment(&environment)?;
    let missing = ApiError::Missing { what: "event" };
    let Ok(uuid) = Uuid::try_parse(&uuid) else {
        return Err(missing);
    };
    environment
        .reader
        .event(uuid)
        .await?
        .map(Json)
        .ok_or(missing)
}

/// The names of all events.
#[derive(Debug, Serialize)]
pub(super) struct Names {
    names: Vec<EventName>,
}

pub(super) async fn names(
    State(api): State<Api>,
    Path(environment): Path<String>,
) -> Result<Json<Names>, ApiError> {
    let environment = api.environment(&environment)?;
    Ok(Json(Names {
        names: environment.reader.names().await?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instant::UnixMillis;

    #[test]
    fn every_parameter_is_read() {
        let uuid = "018f2f8e-4b1c-7c3a-9f00-0123456789ab";
        let query = format!(
            "event=a&event=%24pageview&person={uuid}&distinct_id=u%2B1&after=2023-11-14T22:13:20Z&before=2023-11-15\
             &internal=true&limit=7&cursor=9"
        );
        let expected = EventFilter {
            names: vec!["a".to_owned(), "$pageview".to_owned()],
            person: Some(Uuid::try_parse(uuid).unwrap()),
            distinct_id: Some("u+1".to_owned()),
            after: Some(UnixMillis(1_700_000_000_000)),
            before: Some(UnixMillis(1_700_006_400_000)),
            internal: true,
            limit: 7,
            cursor: Some(9),
        };
        assert_eq!(filter(Some(&query)).unwrap(), expected);
        assert_eq!(
            filter(Some("event=&person=")).unwrap(),
            EventFilter::default()
        );
        assert_eq!(filter(None).unwrap(), EventFilter::default());
    }

    #[test]
    fn wrong_parameters_are_named() {
        for (query, named) in [
            ("person=x", "person must be"),
            ("after=x", "after must be"),
            ("before=x", "before must be"),
            ("internal=x", "internal must be"),
            ("limit=0", "limit must be"),
            ("limit=1001", "limit must be"),
            ("cursor=-1", "cursor must be"),
            ("events=a", "events is no parameter"),
        ] {
            let message = filter(Some(query)).unwrap_err().to_string();
            assert!(message.starts_with(named), "{query}: {message}");
        }
    }
}

//! `GET /api/{environment}/events`, one of them, and their names.
//!
//! Knows: the parameters, and the shapes. Must never know: how long a wait is.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde::Serialize;
use uuid::Uuid;

use super::Api;
use super::error::ApiError;
use super::filter::{filter, status, text};
use super::waiting::{DEFAULT_TIMEOUT, Wait, Waited};
use crate::query::{EventDetail, EventFilter, EventName, EventsPage};

const KNOWN: &str = "event, person, distinct_id, after, before, internal, text, status, limit, cursor, above, wait or timeout";

/// A page of events, and what became of a wait for them.
#[derive(Debug, Serialize)]
pub(super) struct List {
    #[serde(flatten)]
    page: EventsPage,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<Waited>,
}

pub(super) async fn list(
    State(api): State<Api>,
    Path(environment): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<List>, ApiError> {
    let environment = api.environment(&environment)?;
    let (filter, wait) = read(query.as_deref())?;
    let wait = match wait {
        None => None,
        Some(wait) => Some(wait.run(&api, environment, &filter).await?),
    };
    let page = environment.reader.events(filter).await?;
    Ok(Json(List { page, wait }))
}

fn read(query: Option<&str>) -> Result<(EventFilter, Option<Wait>), ApiError> {
    let mut wanted = None;
    let mut timeout = None;
    let filter = filter(query, |filter, parameter| {
        match &*parameter.name {
            "text" => filter.text = Some(text(parameter)?),
            "status" => filter.status = Some(status(parameter)?),
            "limit" => filter.limit = parameter.limit()?,
            "cursor" => filter.cursor = Some(parameter.cursor()?),
            "above" => filter.above = parameter.seq()?,
            "wait" => wanted = Some(parameter.limit()?),
            "timeout" => timeout = Some(parameter.seconds()?),
            _ => return Err(parameter.unknown(KNOWN)),
        }
        Ok(())
    })?;
    let wait = wanted.map(|wanted| Wait {
        wanted,
        timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
    });
    Ok((filter, wait))
}

pub(super) async fn one(
    State(api): State<Api>,
    Path((environment, uuid)): Path<(String, String)>,
) -> Result<Json<EventDetail>, ApiError> {
    let environment = api.environment(&environment)?;
    let missing = ApiError::Missing {
        what: "event",
        field: "uuid",
    };
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
    use std::time::Duration;

    use super::*;
    use crate::instant::UnixMillis;
    use crate::query::{EventStatus, TextPattern};

    #[test]
    fn every_parameter_is_read() {
        let uuid = "018f2f8e-4b1c-7c3a-9f00-0123456789ab";
        let query = format!(
            "event=a&event=%24pageview&person={uuid}&distinct_id=u%2B1&after=2023-11-14T22:13:20Z&before=2023-11-15\
             &internal=true&text=50%25&status=warning&limit=7&cursor=9&above=4&wait=3&timeout=2.5"
        );
        let expected = EventFilter {
            names: vec!["a".to_owned(), "$pageview".to_owned()],
            person: Some(Uuid::try_parse(uuid).unwrap()),
            distinct_id: Some("u+1".to_owned()),
            after: Some(UnixMillis(1_700_000_000_000)),
            before: Some(UnixMillis(1_700_006_400_000)),
            text: TextPattern::new("50%"),
            status: Some(EventStatus::Warning),
            internal: true,
            limit: 7,
            cursor: Some(9),
            above: 4,
        };
        let wait = Wait {
            wanted: 3,
            timeout: Duration::from_millis(2_500),
        };
        assert_eq!(read(Some(&query)).unwrap(), (expected, Some(wait)));
        let default = (EventFilter::default(), None);
        assert_eq!(read(Some("event=&person=&text=")).unwrap(), default);
        assert_eq!(read(None).unwrap(), default);
    }

    #[test]
    fn wrong_parameters_are_named() {
        let long_text = format!("text={}", "a".repeat(501));
        for (query, named) in [
            ("person=x", "person must be"),
            ("after=x", "after must be"),
            ("before=x", "before must be"),
            ("internal=x", "internal must be"),
            ("limit=0", "limit must be"),
            ("limit=1001", "limit must be"),
            ("cursor=-1", "cursor must be"),
            ("above=x", "above must be"),
            ("status=good", "status must be"),
            ("wait=0", "wait must be"),
            ("wait=1001", "wait must be"),
            ("timeout=61", "timeout must be"),
            ("timeout=-1", "timeout must be"),
            ("timeout=NaN", "timeout must be"),
            (&long_text, "text must be"),
            ("events=a", "events is no parameter"),
        ] {
            let message = read(Some(query)).unwrap_err().to_string();
            assert!(message.starts_with(named), "{query}: {message}");
        }
    }
}

//! Reading: the rows that the API shows.
//!
//! Knows: SELECT. Each environment has a [`Reader`] with connections of its own, so that readers
//! never wait for the writer. A query runs in one read transaction: what it shows was true at one
//! moment. Must never know: HTTP.
//!
//! A page of events is found in steps: the filter's `scope` (index ranges, and a condition on rows),
//! the `range`s' sequence numbers, and a `search` that looks at so many rows and no more.

mod buckets;
mod column;
mod condition;
mod counts;
mod events;
mod filter;
#[cfg(test)]
mod fixture;
mod history;
mod names;
mod persons;
mod range;
mod reader;
mod refusals;
mod schema;
mod scope;
mod search;
mod since;
mod text;
mod warnings;

pub use counts::{Count, Counts};
pub use events::{EventDetail, EventRow, EventsPage};
pub use filter::{EventFilter, EventStatus};
pub use history::{EventShort, HistoryRow, OtherPerson};
pub use names::EventName;
pub use persons::{DistinctId, PersonDetail, PersonShort};
pub use reader::Reader;
pub use refusals::{RefusalDetail, RefusalFilter, RefusalsPage};
pub use schema::{EventSchema, PropertySchema};
pub use search::Found;
pub use text::{MAX_TEXT, TextPattern};
pub use warnings::PersonWarning;

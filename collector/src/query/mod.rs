//! Reading: the rows that the API shows.
//!
//! Knows: SELECT. Each environment has a [`Reader`] with connections of its own, so that readers
//! never wait for the writer. A query runs in one read transaction: what it shows was true at one
//! moment. Must never know: HTTP.

mod events;
mod names;
mod persons;
mod range;
mod reader;

pub use events::{EventDetail, EventFilter, EventRow, EventsPage};
pub use names::EventName;
pub use persons::{DistinctId, PersonDetail, PersonShort};
pub use reader::Reader;

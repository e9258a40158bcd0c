//! Reading: the rows that the API shows.
//!
//! Knows: SELECT. Each environment has a [`Reader`] with connections of its own, so that readers
//! never wait for the writer. A query runs in one read transaction: what it shows was true at one
//! moment. Must never know: HTTP.

mod column;
mod events;
mod filter;
mod names;
mod persons;
mod range;
mod reader;

pub use events::{EventDetail, EventRow, EventsPage};
pub use filter::EventFilter;
pub use names::EventName;
pub use persons::{DistinctId, PersonDetail, PersonShort};
pub use reader::Reader;

//! The store: one SQLite file for each environment, and one for refusals that name none.
//!
//! Knows: tables, transactions, and that 200 is answered after the commit alone. Must never know:
//! HTTP, or the person rules, which it lends its tables to.
//!
//! Each file has one [`Writer`], a thread that commits what waits as a group; readers have
//! connections of their own (`query`). An event row keeps its id for ever, the id's row points to
//! the person, and a merge moves that pointer: nothing ever rewrites an event.

mod backup;
mod changes;
mod column;
mod directory;
mod error;
mod events;
mod export;
mod group;
mod history;
mod import;
mod job;
mod known;
mod line;
mod meter;
mod persons;
mod refusal;
mod refusals;
mod refused;
mod reset;
mod retention;
mod schema;
mod tally;
mod task;
mod writer;

pub use backup::backup;
pub use changes::Changes;
pub use directory::DataDirectory;
pub use error::StoreError;
pub use export::export;
pub use import::Imported;
pub use job::{Dropped, Receipt};
pub use known::Known;
pub use meter::Meter;
pub use persons::SqlitePersons;
pub use refusal::RefusalRow;
pub use refusals::Refusals;
pub use reset::Removed;
pub use schema::open_environment;
pub(crate) use schema::open_reader;
pub use writer::{Submitted, Writer};

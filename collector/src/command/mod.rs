//! The commands, each with its options.
//!
//! Knows: which there are. Must never know: how they do their work.

pub mod logs;
mod serve;
mod stop;

pub use serve::Serve;

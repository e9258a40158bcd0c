//! The Backstitch core.
#![no_std]
extern crate alloc;

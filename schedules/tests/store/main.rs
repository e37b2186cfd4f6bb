//! What the store promises to several threads, under thousands of orders of them.
//!
//! A failure prints its schedule; `FOREGONE_SCHEDULE` runs that one again, for the test that is named.
//! `FOREGONE_SCHEDULES` says how many are tried of each scheduler, `FOREGONE_SEED` which.

mod ending;
mod explore;
mod telling;
mod turns;

//! When points that can be spent are gone.

mod lot_day;

pub(crate) use lot_day::lot_day;

//! Load generator and benchmarks: the figures of the specification as ratios.
fn main() {}

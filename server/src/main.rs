//! Perennial: the open-source, self-hosted loyalty platform.
fn main() {}

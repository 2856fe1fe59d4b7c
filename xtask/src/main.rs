//! The build: server, WebAssembly, CSS, watch.
fn main() {}

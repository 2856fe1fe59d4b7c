//! WebAssembly entry of the portal.

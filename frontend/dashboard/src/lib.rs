//! WebAssembly entry of the dashboard.

//! What goes into the engine and into the model, and what comes out of both, in plain words and numbers.

mod program;
mod seen;
mod step;

pub use program::*;
pub use seen::*;
pub use step::*;

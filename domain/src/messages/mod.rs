//! Letters that a program sends by e-mail: their kinds, what stands in them, and how they look.
//!
//! A merchant may change what a kind of letter says. What was written is a [`Template`]: text with [`Placeholder`]s in
//! braces, parsed once, so that a template that exists can be filled. Filling is total, and the same in the engine that
//! sends, in the dashboard that shows beforehand, and in the browser that follows what is typed.

mod defaults;
mod fill;
mod html;
mod kind;
mod placeholder;
mod template;

pub use fill::{Footer, Letter, Look, Values};
pub use html::escape;
pub use kind::{MessageKind, UnknownMessageKind};
pub use placeholder::Placeholder;
pub use template::{SUBJECT_MAX, TEXT_MAX, Template, TemplateError, TemplateInput};

#[cfg(test)]
mod tests;

//! Pages, components and server functions (Leptos).

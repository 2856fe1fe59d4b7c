//! Owners of what is drawn outside of a request's own view.

use leptos::prelude::Owner;

/// An owner without a parent.
///
/// `Owner::new` takes for its parent whichever the thread has at hand, be it that of another request: when that one ends, what is
/// being drawn here would be cleaned away with it.
pub(crate) fn apart() -> Owner {
    let standing = Owner::current();
    let owner = Owner::new_root(None);
    if let Some(standing) = standing {
        standing.set();
    }
    owner
}

#[cfg(test)]
mod tests {
    use super::apart;
    use leptos::prelude::*;

    #[test]
    fn it_does_not_end_with_the_owner_of_somebody_else() {
        let other = Owner::new_root(None);
        let own = apart();
        let value = own.with(|| StoredValue::new(7));
        other.cleanup();
        assert_eq!(own.with(|| value.try_get_value()), Some(7));
    }

    #[test]
    fn it_leaves_the_owner_that_stands() {
        let standing = Owner::new_root(None);
        standing.with(|| provide_context(7));
        let _own = apart();
        assert_eq!(use_context(), Some(7));
    }
}

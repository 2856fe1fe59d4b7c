//! The balance that moves while the page is open.
//!
//! The server says that something was posted; the pages then ask for themselves what is new. A page that nobody
//! looks at closes its stream, so that a browser with many tabs keeps one open, and asks again when it is shown.

use leptos::prelude::*;

/// What the open pages know about the stream.
#[derive(Clone, Copy)]
pub struct Live {
    /// Counts the changes; pages read their data again when it moves.
    changes: RwSignal<u32>,
    /// The points that were shown or heard of last.
    known: StoredValue<Option<i64>>,
}

impl Live {
    /// Opens the stream once the page is alive, and gives it to the pages below.
    pub fn provide(address: String) {
        let live = Self { changes: RwSignal::new(0), known: StoredValue::new(None) };
        provide_context(live);
        Effect::new(move |_| stream::follow(address.clone(), live));
    }

    /// A page shows these points: hearing of them again is no change.
    pub fn showing(points: i64) {
        if let Some(live) = use_context::<Self>() {
            live.known.set_value(Some(points));
        }
    }

    /// The stream said how many points there are.
    #[cfg(feature = "hydrate")]
    fn heard(self, points: i64) {
        let known = self.known.get_value();
        self.known.set_value(Some(points));
        if known.is_some_and(|known| known != points) {
            self.changed();
        }
    }

    #[cfg(feature = "hydrate")]
    fn changed(self) {
        self.changes.update(|count| *count = count.wrapping_add(1));
    }

    /// How often something has changed since the page was loaded. Reading it in the source of a resource makes
    /// the resource follow.
    pub fn changes() -> u32 {
        use_context::<Self>().map_or(0, |live| live.changes.get())
    }
}

#[cfg(feature = "hydrate")]
mod stream {
    use super::Live;
    use leptos::prelude::*;
    use std::cell::RefCell;
    use std::rc::Rc;
    use wasm_bindgen::prelude::*;
    use web_sys::{EventSource, MessageEvent};

    /// Follows the stream at `address` as long as the page is visible and the owner lives.
    pub(super) fn follow(address: String, live: Live) {
        let open: Rc<RefCell<Option<Stream>>> = Rc::default();
        let shown = {
            let open = open.clone();
            move || {
                let hidden = document().hidden();
                let is_open = open.borrow().is_some();
                if hidden {
                    open.borrow_mut().take();
                } else if !is_open {
                    *open.borrow_mut() = Stream::open(&address, live);
                }
            }
        };
        shown();
        let again = shown.clone();
        let listener = Closure::<dyn Fn()>::new(move || {
            again();
            // What was posted while nobody looked.
            if !document().hidden() {
                live.changed();
            }
        });
        let target = document();
        let _ =
            target.add_event_listener_with_callback("visibilitychange", listener.as_ref().unchecked_ref());
        let cleanup = StoredValue::new_local(Some((open, listener)));
        on_cleanup(move || {
            let Some((open, listener)) = cleanup.try_update_value(Option::take).flatten() else { return };
            open.borrow_mut().take();
            let _ = document()
                .remove_event_listener_with_callback("visibilitychange", listener.as_ref().unchecked_ref());
        });
    }

    /// An open stream; dropping it closes it.
    struct Stream {
        source: EventSource,
        _moved: Closure<dyn Fn(MessageEvent)>,
    }

    impl Stream {
        fn open(address: &str, live: Live) -> Option<Self> {
            let source = EventSource::new(address).ok()?;
            let moved = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(points) = event.data().as_string().and_then(|points| points.parse().ok()) {
                    live.heard(points);
                }
            });
            source.add_event_listener_with_callback("balance", moved.as_ref().unchecked_ref()).ok()?;
            Some(Self { source, _moved: moved })
        }
    }

    impl Drop for Stream {
        fn drop(&mut self) {
            self.source.close();
        }
    }
}

#[cfg(not(feature = "hydrate"))]
mod stream {
    /// The server renders what is there; only a browser follows.
    pub(super) fn follow(_address: String, _live: super::Live) {}
}

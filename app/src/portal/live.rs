//! What moves while the page is open: the balance, what waits, the wallet, the tier, and what the customer is told.
//!
//! The server says that something was posted; the pages then ask for themselves what is new. A page that nobody
//! looks at closes its stream, so that a browser with many tabs keeps one open, and asks again when it is shown.

use leptos::prelude::*;

/// The lines of an event, in their order; behind them is what the customer is told, a line each.
const POINTS: usize = 0;
const WAITING: usize = 1;
const MONEY: usize = 2;
const UNREAD: usize = 4;
const LINES: usize = 5;

/// What the open pages know about the stream.
#[derive(Clone, Copy)]
pub struct Live {
    /// Counts the changes; pages read their data again when it moves.
    changes: RwSignal<u32>,
    /// The lines that were shown or heard of last.
    known: StoredValue<[Option<String>; LINES]>,
    /// What the customer was told just now; empty for nothing.
    told: RwSignal<String>,
}

impl Live {
    fn new() -> Self {
        Self {
            changes: RwSignal::new(0),
            known: StoredValue::new(Default::default()),
            told: RwSignal::new(String::new()),
        }
    }

    /// Opens the stream once the page is alive, and gives it to the pages below.
    pub fn provide(address: String) -> Self {
        let live = Self::new();
        provide_context(live);
        Effect::new(move |_| stream::follow(address.clone(), live));
        live
    }

    /// What the page that is open knows about the stream. Needs [`Live::provide`].
    pub fn of_page() -> Self {
        use_context().unwrap_or_else(Self::new)
    }

    /// A page shows these points: hearing of them again is no change.
    pub fn showing(self, points: i64) {
        self.shows(POINTS, points.to_string());
    }

    /// A page shows that so many points wait: hearing of them again is no change.
    pub fn waiting(self, pending: i64) {
        self.shows(WAITING, pending.to_string());
    }

    /// A page shows this money: hearing of it again is no change.
    pub fn holding(self, money: String) {
        self.shows(MONEY, money);
    }

    /// A page shows so many notifications that were not read: hearing of them again is no change.
    pub fn counting(self, unread: i64) {
        self.shows(UNREAD, unread.to_string());
    }

    fn shows(self, line: usize, text: String) {
        self.known.update_value(|known| {
            if let Some(known) = known.get_mut(line) {
                *known = Some(text);
            }
        });
    }

    /// What the customer was told just now, for a few seconds.
    pub fn told(self) -> RwSignal<String> {
        self.told
    }

    /// The stream said how things are.
    #[cfg(feature = "hydrate")]
    fn heard(self, event: &str) {
        let mut lines = event.splitn(LINES + 1, '\n');
        let mut has_moved = false;
        self.known.update_value(|known| {
            for (known, line) in known.iter_mut().zip(lines.by_ref()) {
                has_moved |= known.as_deref().is_some_and(|known| known != line);
                *known = Some(line.to_owned());
            }
        });
        let told = lines.next().filter(|told| !told.is_empty());
        // Whoever reads what is told as it comes has as much unread as before.
        if has_moved || told.is_some() {
            self.changed();
        }
        if let Some(told) = told {
            stream::tell(self.told, told.to_owned());
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
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use std::time::Duration;
    use wasm_bindgen::prelude::*;
    use web_sys::{EventSource, MessageEvent};

    /// First wait after the server has refused the stream; it doubles with each refusal.
    const WAIT_FIRST: Duration = Duration::from_secs(5);
    /// Longest wait.
    const WAIT_LONGEST: Duration = Duration::from_secs(300);
    /// How long a line of what the customer was told stands there; the list of notifications keeps it.
    const TOLD: Duration = Duration::from_secs(6);
    /// Lines for which there is time.
    const READ_MOST: usize = 4;

    /// Shows what the customer is told, unless something newer takes its place.
    pub(super) fn tell(place: RwSignal<String>, told: String) {
        let lines: Duration = told.lines().take(READ_MOST).map(|_| TOLD).sum();
        place.set(told.clone());
        set_timeout(
            move || {
                if place.try_get_untracked().is_some_and(|shown| shown == told) {
                    place.set(String::new());
                }
            },
            lines,
        );
    }

    /// Follows the stream at `address` as long as the page is visible and the owner lives.
    pub(super) fn follow(address: String, live: Live) {
        let follower =
            Rc::new(Follower { address, live, open: RefCell::default(), wait: Cell::new(WAIT_FIRST) });
        follower.look();
        let listener = {
            let follower = follower.clone();
            Closure::<dyn Fn()>::new(move || follower.shown())
        };
        let _ = document()
            .add_event_listener_with_callback("visibilitychange", listener.as_ref().unchecked_ref());
        // What lives in the browser cannot be sent between threads, which the cleanup must promise.
        let parts = StoredValue::new_local(Some((follower, listener)));
        on_cleanup(move || {
            let Some((follower, listener)) = parts.try_update_value(Option::take).flatten() else { return };
            follower.open.borrow_mut().take();
            let _ = document()
                .remove_event_listener_with_callback("visibilitychange", listener.as_ref().unchecked_ref());
        });
    }

    struct Follower {
        address: String,
        live: Live,
        open: RefCell<Option<Stream>>,
        wait: Cell<Duration>,
    }

    impl Follower {
        /// The page was shown or hidden.
        fn shown(self: &Rc<Self>) {
            if document().hidden() {
                self.open.borrow_mut().take();
            } else {
                self.look();
                // What was posted while nobody looked.
                self.live.changed();
            }
        }

        /// Opens the stream, if it should be open and is not.
        fn look(self: &Rc<Self>) {
            if !document().hidden() && self.open.borrow().is_none() {
                let stream = Stream::open(self);
                *self.open.borrow_mut() = stream;
            }
        }

        /// The stream said how things are.
        fn heard(&self, event: &str) {
            self.wait.set(WAIT_FIRST);
            self.live.heard(event);
        }

        /// The browser has given up: the server refused, or nobody is signed in any more. The page asks what
        /// there is to show, and later for the stream.
        fn refused(self: &Rc<Self>) {
            self.open.borrow_mut().take();
            let wait = self.wait.get();
            self.wait.set((wait * 2).min(WAIT_LONGEST));
            let follower = Rc::downgrade(self);
            set_timeout(
                move || {
                    if let Some(follower) = follower.upgrade() {
                        follower.live.changed();
                        follower.look();
                    }
                },
                wait,
            );
        }
    }

    /// An open stream; dropping it closes it.
    struct Stream {
        source: EventSource,
        _moved: Closure<dyn Fn(MessageEvent)>,
        _failed: Closure<dyn Fn()>,
    }

    impl Stream {
        fn open(follower: &Rc<Follower>) -> Option<Self> {
            let source = EventSource::new(&follower.address).ok()?;
            let moved = {
                let follower = Rc::downgrade(follower);
                Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                    if let (Some(follower), Some(text)) = (follower.upgrade(), event.data().as_string()) {
                        follower.heard(&text);
                    }
                })
            };
            let failed = {
                let (follower, source) = (Rc::downgrade(follower), source.clone());
                Closure::<dyn Fn()>::new(move || {
                    // While it is connecting again by itself, there is nothing to do.
                    if source.ready_state() == EventSource::CLOSED
                        && let Some(follower) = follower.upgrade()
                    {
                        // Later: this closure must not be dropped while it runs.
                        set_timeout(move || follower.refused(), Duration::ZERO);
                    }
                })
            };
            source.add_event_listener_with_callback("moved", moved.as_ref().unchecked_ref()).ok()?;
            source.add_event_listener_with_callback("error", failed.as_ref().unchecked_ref()).ok()?;
            Some(Self { source, _moved: moved, _failed: failed })
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

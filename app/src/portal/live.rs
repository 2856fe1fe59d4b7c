//! The balance, the wallet and the tier that move while the page is open.
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
    /// The money that was shown or heard of last: `USD 410`.
    held: StoredValue<Option<String>>,
    /// The tier that was heard of last; empty without one.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser listens"))]
    tier: StoredValue<Option<String>>,
}

impl Live {
    fn new() -> Self {
        Self {
            changes: RwSignal::new(0),
            known: StoredValue::new(None),
            held: StoredValue::new(None),
            tier: StoredValue::new(None),
        }
    }

    /// Opens the stream once the page is alive, and gives it to the pages below.
    pub fn provide(address: String) {
        let live = Self::new();
        provide_context(live);
        Effect::new(move |_| stream::follow(address.clone(), live));
    }

    /// What the page that is open knows about the stream. Needs [`Live::provide`].
    pub fn of_page() -> Self {
        use_context().unwrap_or_else(Self::new)
    }

    /// A page shows these points: hearing of them again is no change.
    pub fn showing(self, points: i64) {
        self.known.set_value(Some(points));
    }

    /// A page shows this money: hearing of it again is no change.
    pub fn holding(self, money: String) {
        self.held.set_value(Some(money));
    }

    /// The stream said what money there is.
    #[cfg(feature = "hydrate")]
    fn heard_money(self, money: String) {
        let held = self.held.get_value();
        self.held.set_value(Some(money.clone()));
        if held.is_some_and(|held| held != money) {
            self.changed();
        }
    }

    /// The stream said what the tier is called.
    #[cfg(feature = "hydrate")]
    fn heard_tier(self, tier: String) {
        let known = self.tier.get_value();
        self.tier.set_value(Some(tier.clone()));
        if known.is_some_and(|known| known != tier) {
            self.changed();
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
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use std::time::Duration;
    use wasm_bindgen::prelude::*;
    use web_sys::{EventSource, MessageEvent};

    /// First wait after the server has refused the stream; it doubles with each refusal.
    const WAIT_FIRST: Duration = Duration::from_secs(5);
    /// Longest wait.
    const WAIT_LONGEST: Duration = Duration::from_secs(300);

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

        /// The stream said how many points there are.
        fn heard(&self, points: i64) {
            self.wait.set(WAIT_FIRST);
            self.live.heard(points);
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
        _paid: Closure<dyn Fn(MessageEvent)>,
        _climbed: Closure<dyn Fn(MessageEvent)>,
        _failed: Closure<dyn Fn()>,
    }

    impl Stream {
        fn open(follower: &Rc<Follower>) -> Option<Self> {
            let source = EventSource::new(&follower.address).ok()?;
            let moved = {
                let follower = Rc::downgrade(follower);
                Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                    let points = event.data().as_string().and_then(|points| points.parse().ok());
                    if let (Some(follower), Some(points)) = (follower.upgrade(), points) {
                        follower.heard(points);
                    }
                })
            };
            let paid = {
                let follower = Rc::downgrade(follower);
                Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                    if let (Some(follower), Some(money)) = (follower.upgrade(), event.data().as_string()) {
                        follower.live.heard_money(money);
                    }
                })
            };
            let climbed = {
                let follower = Rc::downgrade(follower);
                Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                    if let (Some(follower), Some(tier)) = (follower.upgrade(), event.data().as_string()) {
                        follower.live.heard_tier(tier);
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
            source.add_event_listener_with_callback("balance", moved.as_ref().unchecked_ref()).ok()?;
            source.add_event_listener_with_callback("cashback", paid.as_ref().unchecked_ref()).ok()?;
            source.add_event_listener_with_callback("tier", climbed.as_ref().unchecked_ref()).ok()?;
            source.add_event_listener_with_callback("error", failed.as_ref().unchecked_ref()).ok()?;
            Some(Self { source, _moved: moved, _paid: paid, _climbed: climbed, _failed: failed })
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

//! Lanes and batches over a database that misbehaves on purpose.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use perennial_domain::ids::MerchantId;
use perennial_domain::purchase::PurchaseInput;
use serde_json::json;

use super::fault::Failure;
use super::item::{Item, Submitter};
use super::lane::Lane;
use super::reply::{self, Answer};
use super::settle::{Settler, Transact};
use super::{Limits, SubmitOptions};
use crate::clock::Clock;
use crate::cx::Cx;
use crate::error::Error;

/// What a transaction does instead of storing.
#[derive(Clone, Copy)]
enum Trouble {
    Deadlock,
    ConnectionLost,
    Panic,
}

/// Answers "customer not found" where a real one would have stored; purchases named `poison…` spoil their transaction,
/// those named `refuse…` are refused in it.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    troubles: VecDeque<Trouble>,
    /// The sizes of all transactions that were tried.
    tried: Vec<usize>,
    /// The names of purchases in the order in which they were brought through.
    done: Vec<String>,
    /// The ids under which a purchase was tried.
    ids: Vec<(String, perennial_domain::ids::PurchaseId)>,
    /// By how much each purchase was tried ahead.
    ahead: Vec<(MerchantId, TimeDelta)>,
    /// The sandbox whose clock moves with every attempt.
    moves: Option<(Clock, MerchantId)>,
}

impl Fake {
    fn with(troubles: impl IntoIterator<Item = Trouble>) -> Self {
        let fake = Self::default();
        fake.0.lock().unwrap().troubles.extend(troubles);
        fake
    }
}

fn name(item: &Item) -> &str {
    item.purchase.transaction_id.as_str()
}

impl Transact for Fake {
    async fn connect(&mut self) -> Result<(), sqlx::Error> {
        Ok(())
    }

    async fn transact(&mut self, group: &[Item], ahead: TimeDelta) -> Result<Vec<Answer>, Failure> {
        let trouble = {
            let mut state = self.0.lock().unwrap();
            state.ahead.extend(group.iter().map(|item| (item.merchant(), ahead)));
            if let Some((clock, merchant)) = &state.moves {
                // Somebody sets it further ahead while this attempt runs.
                let further = clock.ahead_of(*merchant) + TimeDelta::days(30);
                clock.set_ahead([(*merchant, further)].into());
            }
            state.tried.push(group.len());
            state.ids.extend(group.iter().map(|item| (name(item).to_owned(), item.id)));
            state.troubles.pop_front()
        };
        match trouble {
            Some(Trouble::Deadlock) => return Err(Failure::Transient("deadlock")),
            Some(Trouble::ConnectionLost) => return Err(Failure::Disconnected("gone".to_owned())),
            Some(Trouble::Panic) => panic!("a defect outside of the transaction"),
            None => {}
        }
        if group.iter().any(|item| name(item).starts_with("poison")) {
            return Err(Failure::Poisoned(Error::Inconsistent("poison".to_owned())));
        }
        let is_refused = |(_, item): &(usize, &Item)| name(item).starts_with("refuse");
        let refused: Vec<_> = group
            .iter()
            .enumerate()
            .filter(is_refused)
            .map(|(place, _)| (place, Error::UnknownRetailer))
            .collect();
        if !refused.is_empty() {
            return Err(Failure::Refused(refused));
        }
        self.0.lock().unwrap().done.extend(group.iter().map(|item| name(item).to_owned()));
        Ok(group.iter().map(|_| Err(Error::CustomerNotFound)).collect())
    }

    async fn close(&mut self) {}
}

const MERCHANT: u64 = 1;

fn merchant(number: u64) -> MerchantId {
    MerchantId::new(number, [1; 10])
}

fn batch(names: &[&str]) -> (Vec<Item>, reply::Waiter) {
    batch_of(names, |_| MERCHANT)
}

/// Purchases, each of a merchant of its own choice.
fn batch_of(names: &[&str], of: impl Fn(&str) -> u64) -> (Vec<Item>, reply::Waiter) {
    let (replies, waiter) = reply::open(names.len());
    let now = Instant::now();
    let items = names.iter().zip(replies).map(|(name, reply)| {
        let input: PurchaseInput =
            serde_json::from_value(json!({"transaction_id": name, "amount": 1, "currency": "USD"})).unwrap();
        let deadline = now + Duration::from_secs(60);
        let submitter = Arc::new(Submitter::new(&Cx::system(merchant(of(name))), SubmitOptions::default()));
        Item::new(submitter, input.check(None).unwrap(), now, deadline, reply)
    });
    (items.collect(), waiter)
}

async fn told(waiter: reply::Waiter) -> Vec<&'static str> {
    let answers = waiter.wait(Duration::from_secs(120)).await;
    let word = |answer: &Answer| match answer {
        Err(Error::CustomerNotFound) => "done",
        Err(Error::UnknownRetailer) => "refused",
        Err(Error::Inconsistent(_)) => "poison",
        Err(Error::Busy { .. }) => "busy",
        _ => "other",
    };
    answers.iter().map(word).collect()
}

async fn settle(fake: &Fake, names: &[&str]) -> Vec<&'static str> {
    let (items, waiter) = batch(names);
    Settler::new(fake.clone(), Clock::system()).settle(items).await;
    told(waiter).await
}

#[tokio::test]
async fn a_batch_that_goes_through_is_one_transaction() {
    let fake = Fake::default();
    assert_eq!(settle(&fake, &["a", "b", "c"]).await, ["done", "done", "done"]);
    assert_eq!(fake.0.lock().unwrap().tried, [3]);
}

#[tokio::test]
async fn what_may_pass_by_itself_is_tried_again_under_the_same_ids() {
    let fake = Fake::with([Trouble::Deadlock, Trouble::ConnectionLost]);
    assert_eq!(settle(&fake, &["a"]).await, ["done"]);
    let state = fake.0.lock().unwrap();
    assert_eq!(state.tried, [1, 1, 1]);
    assert!(state.ids.iter().all(|id| *id == state.ids[0]), "or an unseen commit would not be recognised");
}

/// Whoever sets the clock of a sandbox while a batch is on its way dates nobody else's purchases by it, nor its own twice.
#[tokio::test]
async fn a_sandbox_that_moves_between_attempts_takes_nobody_along() {
    let (sandbox, real) = (merchant(1), merchant(2));
    for set_before in [false, true] {
        // A new one: clocks only go forward.
        let clock = Clock::system();
        let before = if set_before { TimeDelta::days(7) } else { TimeDelta::zero() };
        if set_before {
            clock.set_ahead([(sandbox, before)].into());
        }
        let fake = Fake::with([Trouble::Deadlock, Trouble::ConnectionLost]);
        fake.0.lock().unwrap().moves = Some((clock.clone(), sandbox));
        let (items, waiter) = batch_of(&["1", "2", "1", "2"], |name| name.parse().unwrap());
        Settler::new(fake.clone(), clock.clone()).settle(items).await;
        assert_eq!(told(waiter).await, ["done"; 4]);
        let state = fake.0.lock().unwrap();
        for (merchant, ahead) in &state.ahead {
            let expected = if *merchant == real { TimeDelta::zero() } else { before };
            assert_eq!(*ahead, expected, "{merchant:?}");
        }
    }
}

#[tokio::test]
async fn after_three_attempts_the_caller_is_told_to_come_back() {
    let fake = Fake::with([Trouble::ConnectionLost; 3]);
    assert_eq!(settle(&fake, &["a", "b"]).await, ["busy", "busy"]);
    assert_eq!(fake.0.lock().unwrap().tried, [2, 2, 2]);
}

#[tokio::test]
async fn refused_ones_are_left_out_and_the_others_go_through() {
    let fake = Fake::default();
    let told = settle(&fake, &["a", "refuse-1", "b", "refuse-2", "c"]).await;
    assert_eq!(told, ["done", "refused", "done", "refused", "done"]);
    assert_eq!(fake.0.lock().unwrap().tried, [5, 3]);
    assert_eq!(settle(&fake, &["refuse-1"]).await, ["refused"]);
}

#[tokio::test]
async fn poison_is_found_by_halves_and_the_order_of_arrival_holds() {
    let fake = Fake::default();
    let mut names: Vec<_> = (0..64).map(|number| format!("{number:02}")).collect();
    names[37] = "poison".to_owned();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let told = settle(&fake, &names).await;
    assert_eq!((told[37], told.iter().filter(|word| **word == "done").count()), ("poison", 63));
    let state = fake.0.lock().unwrap();
    assert!(state.tried.len() <= 13, "{} transactions for one culprit among 64", state.tried.len());
    assert!(state.done.is_sorted());
}

#[tokio::test]
async fn the_search_for_poison_comes_to_an_end() {
    let fake = Fake::default();
    let told = settle(&fake, &["poison"; 500]).await;
    assert!(told.iter().all(|word| ["poison", "busy"].contains(word)));
    assert!(fake.0.lock().unwrap().tried.len() < 200);
}

/// A panic where none is expected answers the purchases of that batch and costs the lane nothing else.
#[tokio::test]
async fn a_lane_that_panics_starts_again() {
    let fake = Fake::with([Trouble::Panic]);
    let lane = Arc::new(Lane::new(0, Limits::default()));
    let made = fake.clone();
    let task = tokio::spawn(Arc::clone(&lane).run(Clock::system(), move || made.clone()));
    for expected in ["busy", "done", "done"] {
        let (items, waiter) = batch(&["a"]);
        lane.submit(items);
        assert_eq!(told(waiter).await, [expected]);
    }
    lane.close();
    task.await.unwrap();
    let (items, waiter) = batch(&["late"]);
    lane.submit(items);
    assert_eq!(told(waiter).await, ["busy"], "a closed lane answers, too");
}

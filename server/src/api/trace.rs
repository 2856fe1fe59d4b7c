//! What a handler lets the edge know of its request, for the request log.
//!
//! The edge makes a trace for each request of the API, those who answer it fill it in, and when the answer is on its way
//! the edge decides whether there is anything to log. Filling it in costs no look-up and no wait.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::extract::{FromRequestParts, MatchedPath};
use http::request::Parts;
use perennial_domain::{ids::PurchaseId, objects::Object};
use perennial_engine::{
    Cx,
    requests::{RequestError, RequestProblem},
};
use serde::Deserialize;

use super::problem::Problem;

/// Items of one request that are logged by themselves, when they were refused.
const ITEMS_MAX: usize = 20;

/// What is known of one request; all clones are one trace.
#[derive(Debug, Clone, Default)]
pub struct Trace(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    caller: OnceLock<Known>,
    reference: OnceLock<String>,
    purchase: OnceLock<PurchaseId>,
    only_reads: AtomicBool,
    refused: Mutex<Vec<Refused>>,
}

/// Who has asked, and by which route.
#[derive(Debug)]
pub struct Known {
    /// The key or the customer, and the merchant.
    pub cx: Arc<Cx>,
    /// The route; none when there is no such address.
    pub route: Option<MatchedPath>,
}

/// A part of a request that was refused although the request was answered.
#[derive(Debug)]
pub struct Refused {
    /// Its place in the batch; none for the request as a whole.
    pub item: Option<u32>,
    /// The status that it would have got on its own.
    pub status: u16,
    /// The caller's own name for it.
    pub reference: Option<String>,
    /// Why.
    pub problem: RequestProblem,
}

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

impl Trace {
    /// Somebody known has asked this.
    pub fn is_from(parts: &Parts, cx: &Arc<Cx>) {
        if let Some(Self(inner)) = parts.extensions.get() {
            // The first one stands; a request has one key or token.
            let route = parts.extensions.get::<MatchedPath>().cloned();
            inner.caller.set(Known { cx: Arc::clone(cx), route }).ok();
        }
    }

    /// The caller calls what is sent this.
    pub fn called(&self, reference: &str) {
        self.0.reference.set(reference.to_owned()).ok();
    }

    /// The same of a purchase that could not be read, as far as its name can.
    pub fn called_in(&self, body: &[u8]) {
        if let Some(reference) = transaction_id(body) {
            self.0.reference.set(reference).ok();
        }
    }

    /// It is about this purchase.
    pub fn about(&self, purchase: PurchaseId) {
        self.0.purchase.set(purchase).ok();
    }

    /// It writes nothing, although its method may.
    pub fn only_reads(&self) {
        self.0.only_reads.store(true, Ordering::Relaxed);
    }

    /// An item of it was refused, or all of it by an answer that has no status of its own.
    pub fn refused(&self, item: Option<usize>, reference: Option<String>, problem: &Problem) {
        self.add(Refused {
            item: item.and_then(|item| u32::try_from(item).ok()),
            status: problem.status(),
            reference,
            problem: told(problem),
        });
    }

    /// The request as a whole was refused, unless it is known already why.
    pub fn add_once(&self, refused: Refused) {
        let is_known = !self.0.refused.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        if !is_known {
            self.add(refused);
        }
    }

    fn add(&self, refused: Refused) {
        // Whole values are added: a panic elsewhere leaves nothing half done.
        let mut all = self.0.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < ITEMS_MAX {
            all.push(refused);
        }
    }

    /// Who has asked; nothing while that is not known.
    pub fn caller(&self) -> Option<&Known> {
        self.0.caller.get()
    }

    /// What the caller calls it.
    pub fn reference(&self) -> Option<String> {
        self.0.reference.get().cloned()
    }

    /// The purchase that it is about.
    pub fn purchase(&self) -> Option<PurchaseId> {
        self.0.purchase.get().copied()
    }

    /// Whether it writes nothing.
    pub fn has_only_read(&self) -> bool {
        self.0.only_reads.load(Ordering::Relaxed)
    }

    /// What of it was refused.
    pub fn take_refused(&self) -> Vec<Refused> {
        std::mem::take(&mut self.0.refused.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The name of a purchase or return whose body is JSON, whatever else is wrong with it.
pub fn transaction_id(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        transaction_id: String,
    }
    serde_json::from_slice::<Object<Named>>(body).ok().map(|Object(named)| named.transaction_id)
}

/// A problem as the log keeps it: without the values that a conflict compares.
pub fn told(problem: &Problem) -> RequestProblem {
    RequestProblem {
        kind: problem.kind().code().to_owned(),
        code: problem.name().to_owned(),
        title: problem.kind().title().to_owned(),
        detail: problem.text().to_owned(),
        errors: problem
            .fields()
            .iter()
            .map(|field| RequestError {
                pointer: field.pointer.clone(),
                code: field.code.to_string(),
                detail: field.detail.clone(),
            })
            .collect(),
    }
}

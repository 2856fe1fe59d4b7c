//! Who asks, and through what: the data of every request.

use std::sync::Arc;

use async_graphql::{Context, dataloader::DataLoader};
use perennial_engine::{Cx, Engine, Error};

use super::loaders::Reads;
use crate::api::{ApiState, auth::BelievedCx, trace::Trace};

/// A caller with a valid key. Every field asks the engine with the same context as the REST API, and the engine decides
/// what the key may do.
pub struct Caller {
    /// Who, and for which merchant.
    pub cx: Arc<Cx>,
    /// Everything that handlers can reach.
    pub state: ApiState,
    /// What the request log is told.
    pub trace: Trace,
    from_memory: bool,
    reads: DataLoader<Reads>,
}

impl Caller {
    /// The caller that a key tells.
    pub fn new(believed: BelievedCx) -> Self {
        let BelievedCx { cx, from_memory, state, trace } = believed;
        let reads = DataLoader::new(Reads::new(state.engine().clone(), cx.clone()), tokio::spawn)
            .max_batch_size(usize::from(perennial_engine::LIMIT_MAX));
        Self { cx, state, trace, from_memory, reads }
    }

    /// The engine, while there is a database for it.
    ///
    /// # Errors
    /// When the key was found in memory because the database is away: nothing but a quote can be answered then.
    pub fn engine(&self) -> Result<&Engine, Error> {
        if self.from_memory {
            return Err(Error::Busy { retry_after: std::time::Duration::from_secs(1) });
        }
        Ok(self.state.engine())
    }

    /// Whether the database was away when the key was looked up.
    pub fn is_from_memory(&self) -> bool {
        self.from_memory
    }

    /// Reads of single things, which are put together.
    pub fn reads(&self) -> &DataLoader<Reads> {
        &self.reads
    }
}

/// Who asks.
///
/// # Errors
/// When nobody does: only what describes the schema is answered without a key.
pub fn caller<'c>(ctx: &Context<'c>) -> async_graphql::Result<&'c Caller> {
    ctx.data_opt::<Caller>().ok_or_else(|| super::errors::failed(Error::Unauthenticated))
}

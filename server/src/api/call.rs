//! A call of somebody with a valid API key, and the ways in which one ends.
//!
//! A handler reads with [`Call::engine`] and answers with [`found`]; it makes something with [`Call::create`] and
//! changes something with [`Call::change`], which run in one transaction with remembering the answer.

use std::sync::Arc;

use axum::{extract::FromRequestParts, response::Response};
use futures::future::BoxFuture;
use http::{HeaderValue, StatusCode, request::Parts};
use perennial_engine::{Cx, Engine, Error, Remember};
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use serde_json::{Value, json};

use super::{ApiState, REPLAYED, auth::ApiCx, json::answer, problem::Problem, trace::Trace};

/// What a handler gives back.
pub type Answer = Result<Response, Problem>;

/// 200 with what was read, or with what it has become.
pub fn found<T: Serialize>(outcome: Result<T, Error>) -> Answer {
    Ok(answer(StatusCode::OK, &outcome?))
}

/// Who calls, and what there is to call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who, and for which merchant.
    pub cx: Arc<Cx>,
    /// Everything that handlers can reach.
    pub state: ApiState,
    /// What the request log is told.
    pub trace: Trace,
}

impl FromRequestParts<ApiState> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let ApiCx(cx) = <ApiCx as FromRequestParts<ApiState>>::from_request_parts(parts, state).await?;
        let Ok(trace) = Trace::from_request_parts(parts, state).await;
        Ok(Self { cx, state: state.clone(), trace })
    }
}

/// How a change is made.
#[derive(Debug, Default)]
pub struct Mode {
    /// The idempotency key, if one was sent.
    pub remember: Option<Remember>,
    /// Rolls back and answers what would have come.
    pub dry_run: bool,
}

impl From<Option<Remember>> for Mode {
    fn from(remember: Option<Remember>) -> Self {
        Self { remember, dry_run: false }
    }
}

impl Call {
    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        self.state.engine()
    }

    /// Makes something: 201 with it.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn create<T, F>(&self, mode: impl Into<Mode>, work: F) -> Answer
    where
        T: Serialize + Send + 'static,
        F: for<'t> FnOnce(&'t Engine, &'t DatabaseTransaction, &'t Cx) -> BoxFuture<'t, Result<T, Error>>
            + Send
            + 'static,
    {
        self.write(mode, |engine, txn, cx| {
            let work = work(engine, txn, cx);
            Box::pin(async move { Ok((StatusCode::CREATED, work.await?)) })
        })
        .await
    }

    /// Changes something: 200 with it as it is now.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn change<T, F>(&self, mode: impl Into<Mode>, work: F) -> Answer
    where
        T: Serialize + Send + 'static,
        F: for<'t> FnOnce(&'t Engine, &'t DatabaseTransaction, &'t Cx) -> BoxFuture<'t, Result<T, Error>>
            + Send
            + 'static,
    {
        self.write(mode, |engine, txn, cx| {
            let work = work(engine, txn, cx);
            Box::pin(async move { Ok((StatusCode::OK, work.await?)) })
        })
        .await
    }

    /// Runs an operation that changes something, in one transaction with remembering its answer.
    ///
    /// A dry run answers 200 with the body that would have come and `dry_run: true`.
    ///
    /// # Errors
    /// What the operation is refused with; 422 for an idempotency key that was used for another request.
    pub async fn write<T, F>(&self, mode: impl Into<Mode>, work: F) -> Answer
    where
        T: Serialize + Send + 'static,
        F: for<'t> FnOnce(
                &'t Engine,
                &'t DatabaseTransaction,
                &'t Cx,
            ) -> BoxFuture<'t, Result<(StatusCode, T), Error>>
            + Send
            + 'static,
    {
        let Mode { remember, dry_run } = mode.into();
        let (engine, by) = (self.engine().clone(), Arc::clone(&self.cx));
        let answered = self
            .engine()
            .write(&self.cx, remember, dry_run, move |txn| {
                Box::pin(async move {
                    let (status, body) = work(&engine, txn, &by).await?;
                    let body = serde_json::to_value(body)
                        .map_err(|error| Error::Inconsistent(format!("an answer is not JSON: {error}")))?;
                    Ok((status.as_u16(), body))
                })
            })
            .await?;
        let mut body = answered.body;
        let mut status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::OK);
        if dry_run && let Value::Object(fields) = &mut body {
            fields.insert("dry_run".to_owned(), json!(true));
            status = StatusCode::OK;
        }
        let mut response = answer(status, &body);
        if answered.replayed {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

//! Products from the engine, in words.

use super::super::csv::{Rows, download};
use super::super::posted::refused;
use super::super::session;
use super::dto::{ProductForm, ProductList, ProductRow};
use crate::error::PageError;
use crate::session::app_state;
use crate::state::AppState;
use axum::extract::{Query, State};
use axum::response::Response;
use http::HeaderMap;
use perennial_domain::access::Action;
use perennial_engine::PageRequest;
use perennial_engine::products::{Product, ProductFilter};
use serde::Deserialize;

fn search(q: &str) -> ProductFilter {
    ProductFilter {
        search: Some(q.trim().to_owned()).filter(|text| !text.is_empty()),
        with_archived: true,
        ..ProductFilter::default()
    }
}

/// A page of the list.
pub async fn list(q: &str, after: String) -> Result<ProductList, PageError> {
    let cx = session::staff().await?;
    let engine = app_state()?.engine;
    let page = engine.product_list(&cx, &search(q), &PageRequest::new(None, Some(after))?).await?;
    Ok(ProductList {
        rows: page.data.into_iter().map(row).collect(),
        next: page.next,
        may_edit: cx.may(Action::CatalogueWrite),
    })
}

fn row(product: Product) -> ProductRow {
    ProductRow {
        id: product.id.to_string(),
        sku: product.sku,
        name: product.name,
        category: product.category.unwrap_or_default(),
        tags: product.tags,
        archived: product.archived_at.is_some(),
    }
}

/// The form of a new product, or of one.
pub async fn form(id: Option<&str>) -> Result<ProductForm, PageError> {
    let cx = session::staff().await?;
    let engine = app_state()?.engine;
    let product = match id {
        Some(id) => Some(row(engine.product_get(&cx, id.parse().map_err(|_| PageError::NotFound)?).await?)),
        None => {
            cx.require(Action::CatalogueWrite)?;
            None
        }
    };
    let categories = engine.product_categories(&cx).await?;
    Ok(ProductForm { product, categories, may_edit: cx.may(Action::CatalogueWrite) })
}

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    q: String,
}

/// The list as CSV, every page of it.
pub async fn csv(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Response {
    match file(state, headers, query).await {
        Ok(answer) => answer,
        Err(error) => refused(&error),
    }
}

async fn file(state: AppState, headers: HeaderMap, query: ListQuery) -> Result<Response, PageError> {
    let cx = state.staff_cx(&headers).await?;
    let filter = search(&query.q);
    download("products", &["id", "sku", "name", "category", "tags", "archived_at"], move |after| {
        let (engine, cx, filter) = (state.engine.clone(), cx.clone(), filter.clone());
        async move {
            let page = engine.product_list(&cx, &filter, &PageRequest::new(Some(200), after)?).await?;
            let rows = page
                .data
                .into_iter()
                .map(|product| {
                    let archived = product.archived_at.map(|at| at.to_rfc3339());
                    let row = row(product);
                    vec![
                        row.id.into(),
                        row.sku.into(),
                        row.name.into(),
                        row.category.into(),
                        row.tags.join(", ").into(),
                        archived.into(),
                    ]
                })
                .collect();
            Ok(Rows { rows, next: page.next })
        }
    })
    .await
}

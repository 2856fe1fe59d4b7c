//! Products from the engine, in words.

use super::super::csv::{Cell, Csv};
use super::super::load::{Search, searched};
use super::super::session::{self, Staff};
use super::dto::{ProductForm, ProductList, ProductRow};
use crate::error::PageError;
use axum::extract::Query;
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_engine::PageRequest;
use perennial_engine::products::{Product, ProductFilter};

fn search(q: &str) -> ProductFilter {
    ProductFilter { search: searched(q), with_archived: true, ..ProductFilter::default() }
}

/// A page of the list.
pub async fn list(q: &str, after: String) -> Result<ProductList, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let page = engine.product_list(&cx, &search(q), &PageRequest::new(None, Some(after))?).await?;
    Ok(ProductList::of(page, row, cx.may(Action::CatalogueWrite)))
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
    let Staff { cx, engine } = session::staff().await?;
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

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<Search>) -> Result<Response, PageError> {
    let file = Csv { name: "products", columns: &["id", "sku", "name", "category", "tags", "archived_at"] };
    file.of(
        staff,
        search(&query.q),
        |staff, filter, page| Box::pin(staff.engine.product_list(&staff.cx, filter, page)),
        cells,
    )
    .await
}

fn cells(product: Product) -> Vec<Cell> {
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
}

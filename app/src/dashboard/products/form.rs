//! Adding, changing, archiving a product.

use super::super::flash::done;
use super::super::page::capitalised;
use super::super::posted::{Posted, same_name};
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::codes::{CategoryName, CodeError, Label, Sku, Tag};
use perennial_domain::ids::ProductId;
use perennial_engine::products::{NewProduct, ProductPatch};
use std::collections::BTreeMap;

/// Adds one.
pub async fn create(State(state): State<AppState>, request: Request) -> Response {
    let posted = match Posted::allowed(state, request, Action::CatalogueWrite).await {
        Ok(posted) => posted,
        Err(answer) => return answer,
    };
    let mut errors = BTreeMap::new();
    let sku = keep(&mut errors, "sku", Sku::new(posted.text("sku")));
    let (Some(fields), Some(sku)) = (fields(&posted, &mut errors), sku) else {
        return posted.again(errors).await;
    };
    let input = NewProduct { sku, name: fields.name, category: fields.category, tags: fields.tags };
    match posted.engine().product_create(&posted.cx, input).await {
        Ok(_) => done(super::PATH, "product-added").into_response(),
        Err(error) => posted.refuse(error, same_name).await,
    }
}

/// Changes one, or archives it.
pub async fn change(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> Response {
    let posted = match Posted::allowed(state, request, Action::CatalogueWrite).await {
        Ok(posted) => posted,
        Err(answer) => return answer,
    };
    let Ok(id) = id.parse::<ProductId>() else { return posted.missing() };
    let (patch, word) = match posted.text("do") {
        "archive" => (ProductPatch { archived: Some(true), ..ProductPatch::default() }, "archived"),
        "open" => (ProductPatch { archived: Some(false), ..ProductPatch::default() }, "opened"),
        _ => {
            let mut errors = BTreeMap::new();
            let Some(fields) = fields(&posted, &mut errors) else { return posted.again(errors).await };
            let patch = ProductPatch {
                name: Some(fields.name),
                category: Some(fields.category),
                tags: Some(fields.tags),
                archived: None,
            };
            (patch, "product-saved")
        }
    };
    match posted.engine().product_update(&posted.cx, id, patch).await {
        Ok(_) => done(&format!("{}/{id}", super::PATH), word).into_response(),
        Err(error) => posted.refuse(error, same_name).await,
    }
}

struct Fields {
    name: Label,
    category: Option<CategoryName>,
    tags: Vec<Tag>,
}

fn keep<T>(errors: &mut BTreeMap<String, String>, field: &str, result: Result<T, CodeError>) -> Option<T> {
    result.map_err(|error| errors.insert(field.to_owned(), capitalised(&error.to_string()))).ok()
}

fn fields(posted: &Posted, errors: &mut BTreeMap<String, String>) -> Option<Fields> {
    let name = keep(errors, "name", Label::new(posted.text("name")));
    let category = posted.given("category").map(|text| keep(errors, "category", CategoryName::new(text)));
    let words = posted.text("tags").split(',').map(str::trim).filter(|tag| !tag.is_empty());
    let tags: Option<Vec<Tag>> = words.map(|tag| keep(errors, "tags", Tag::new(tag))).collect();
    let category = match category {
        None => None,
        Some(category) => Some(category?),
    };
    Some(Fields { name: name?, category, tags: tags? })
}

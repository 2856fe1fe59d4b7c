//! Adding, changing, archiving a product.

use super::super::posted::Posted;
use super::super::reading::Reading;
use super::LIST;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::codes::{CategoryName, Label, Sku, Tag};
use perennial_domain::ids::ProductId;
use perennial_engine::products::{NewProduct, ProductPatch};

/// Adds one.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::CatalogueWrite).await?;
    let mut reading = Reading::new(&posted);
    let (sku, fields) = (reading.required("sku", Sku::new), Fields::read(&mut reading));
    let (Some(sku), Some(fields)) = (sku, fields) else {
        let errors = reading.into_errors();
        return Ok(posted.again(errors).await);
    };
    let input = NewProduct { sku, name: fields.name, category: fields.category, tags: fields.tags };
    let outcome = posted.engine().product_create(&posted.cx, input).await;
    Ok(posted.finish(outcome, LIST.path, "product-added").await)
}

/// Changes one, or archives it.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::CatalogueWrite).await?;
    let Ok(id) = id.parse::<ProductId>() else { return Err(posted.missing()) };
    let (patch, word) = match posted.text("do") {
        "archive" => (ProductPatch { archived: Some(true), ..ProductPatch::default() }, "archived"),
        "open" => (ProductPatch { archived: Some(false), ..ProductPatch::default() }, "opened"),
        _ => {
            let mut reading = Reading::new(&posted);
            let Some(fields) = Fields::read(&mut reading) else {
                let errors = reading.into_errors();
                return Ok(posted.again(errors).await);
            };
            let patch = ProductPatch {
                name: Some(fields.name),
                category: Some(fields.category),
                tags: Some(fields.tags),
                archived: None,
            };
            (patch, "product-saved")
        }
    };
    let outcome = posted.engine().product_update(&posted.cx, id, patch).await;
    Ok(posted.finish(outcome, &LIST.row(&id.to_string()), word).await)
}

/// What may be changed at any time.
struct Fields {
    name: Label,
    category: Option<CategoryName>,
    tags: Vec<Tag>,
}

impl Fields {
    fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let name = reading.required("name", Label::new);
        let category = reading.optional("category", CategoryName::new);
        let tags = reading.words("tags", Tag::new);
        Some(Self { name: name?, category: category?, tags: tags? })
    }
}

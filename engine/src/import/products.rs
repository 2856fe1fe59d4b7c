//! Products: `sku, name, category, tags`.

use perennial_domain::codes::{CategoryName, Label, Sku, Tag};

use super::table::{Faults, Row, RowError};
use crate::error::Error;
use crate::products::NewProduct;
use crate::program::ProgramProduct;

pub(super) const COLUMNS: &[&str] = &["sku", "name", "category", "tags"];

/// Between two tags of a cell.
const TAG_SEPARATOR: char = '|';

pub(super) fn parse(row: &Row<'_>) -> Result<NewProduct, Vec<RowError>> {
    let mut faults = Faults::default();
    let sku = faults.keep(row.need("sku", Sku::new));
    let name = faults.keep(row.may("name", Label::new)).flatten();
    let category = faults.keep(row.may("category", CategoryName::new)).flatten();
    let tags = faults
        .keep(row.may("tags", |text| {
            text.split(TAG_SEPARATOR)
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .map(Tag::new)
                .collect::<Result<Vec<_>, _>>()
        }))
        .flatten()
        .unwrap_or_default();
    let name = name.or_else(|| sku.as_ref().and_then(|sku| Label::new(sku.as_str()).ok()));
    let whole = sku.zip(name).map(|(sku, name)| NewProduct { sku, name, category, tags });
    faults.finish(whole)
}

/// A product as a row, in the order of the columns.
///
/// # Errors
/// [`Error::Invalid`] at `/products` for a tag that cannot be written so.
pub(crate) fn cells(product: &ProgramProduct) -> Result<[String; 4], Error> {
    let tags: Vec<&str> = product.tags.iter().map(Tag::as_str).collect();
    if tags.iter().any(|tag| tag.contains(TAG_SEPARATOR)) {
        let detail = format!("A tag of {} has a | in it, which stands between tags in CSV", product.sku);
        return Err(Error::field("/products", "not_writable", detail));
    }
    let tags = tags.join(&TAG_SEPARATOR.to_string());
    let category = product.category.as_ref().map_or("", CategoryName::as_str).to_owned();
    Ok([product.sku.as_str().to_owned(), product.name.as_str().to_owned(), category, tags])
}

pub(super) fn key(product: &NewProduct) -> String {
    product.sku.as_str().to_owned()
}

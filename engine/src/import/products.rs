//! Products: `sku, name, category, tags`.

use perennial_domain::codes::{CategoryName, Label, Sku, Tag};

use super::table::{Faults, Row, RowError};
use crate::products::NewProduct;

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

pub(super) fn key(product: &NewProduct) -> String {
    product.sku.as_str().to_owned()
}

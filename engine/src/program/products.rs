//! Products in a file of their own: a catalogue of a hundred thousand is no pleasure to read as JSON.

use std::io::Read;

use perennial_domain::codes::{CategoryName, Label, Sku, Tag};

use super::ProgramProduct;
use crate::error::Error;
use crate::import::{RowError, products_of};

/// The CSV of products, as the import of products reads it. What is no longer sold stays behind.
///
/// # Errors
/// [`Error::Invalid`] for a tag that cannot be written so.
pub fn products_csv(products: &[ProgramProduct]) -> Result<Vec<u8>, Error> {
    let unwritable = |error: csv::Error| Error::Inconsistent(format!("products as CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["sku", "name", "category", "tags"]).map_err(unwritable)?;
    for product in products.iter().filter(|product| !product.archived) {
        let tags: Vec<&str> = product.tags.iter().map(Tag::as_str).collect();
        if tags.iter().any(|tag| tag.contains('|')) {
            let detail = format!("A tag of {} has a | in it, which stands between tags in CSV", product.sku);
            return Err(Error::field("/products", "not_writable", detail));
        }
        let category = product.category.as_ref().map_or("", CategoryName::as_str);
        writer
            .write_record([
                Sku::as_str(&product.sku),
                Label::as_str(&product.name),
                category,
                &tags.join("|"),
            ])
            .map_err(unwritable)?;
    }
    writer.into_inner().map_err(|error| Error::Inconsistent(format!("products as CSV: {error}")))
}

/// The products of a CSV file, or what is wrong with its rows.
///
/// # Errors
/// [`Error::Invalid`] when it has no column `sku`, or is no CSV.
pub fn products_of_csv(file: impl Read) -> Result<Result<Vec<ProgramProduct>, Vec<RowError>>, Error> {
    let products = products_of(file)?;
    Ok(products.map(|products| {
        let product = |product: crate::products::NewProduct| ProgramProduct {
            sku: product.sku,
            name: product.name,
            category: product.category,
            tags: product.tags,
            archived: false,
        };
        products.into_iter().map(product).collect()
    }))
}

//! Products in a file of their own: a catalogue of a hundred thousand is no pleasure to read as JSON.

use std::io::Read;

use super::ProgramProduct;
use crate::error::Error;
use crate::import::{Kind, RowError, product_cells, products_of};

/// The CSV of products, as the import of products reads it. What is no longer sold stays behind.
///
/// # Errors
/// [`Error::Invalid`] for a tag that cannot be written so.
pub fn products_csv(products: &[ProgramProduct]) -> Result<Vec<u8>, Error> {
    let unwritable = |error: csv::Error| Error::Inconsistent(format!("products as CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(Kind::Products.columns()).map_err(unwritable)?;
    for product in products.iter().filter(|product| !product.archived) {
        writer.write_record(product_cells(product)?).map_err(unwritable)?;
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

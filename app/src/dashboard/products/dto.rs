//! What the product pages show.

use super::super::list::Listed;
use serde::{Deserialize, Serialize};

/// One product.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ProductRow {
    /// Its id.
    pub id: String,
    /// Its stock-keeping unit, as tills send it.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category, or nothing.
    pub category: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it is out of the catalogue.
    pub archived: bool,
}

/// A page of the list.
pub type ProductList = Listed<ProductRow>;

/// The form of a product: a new one, or one to change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProductForm {
    /// The product, unless it is a new one.
    pub product: Option<ProductRow>,
    /// Categories in use, to choose from.
    pub categories: Vec<String>,
    /// Whether who looks may change anything.
    pub may_edit: bool,
}

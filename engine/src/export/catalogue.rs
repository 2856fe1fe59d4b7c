//! Retailers and products.

use std::io::Write;

use chrono::NaiveTime;
use perennial_domain::codes::{CategoryName, Label, Sku, Tag};
use perennial_domain::ids::MerchantId;
use sqlx::{FromRow, PgConnection};

use super::{ExportOptions, PAGE, Remark, Sheet};
use crate::error::Error;
use crate::import::product_cells;
use crate::program::ProgramProduct;
use crate::stored::stored;

#[derive(FromRow)]
struct RetailerRow {
    code: String,
    name: String,
    region: Option<String>,
    time_zone: String,
    business_day_start: NaiveTime,
    archived: bool,
}

const RETAILERS: &str = "\
SELECT code, name, region, time_zone, business_day_start, archived_at IS NOT NULL AS archived
FROM retailers WHERE merchant_id = $1 AND code > $2 ORDER BY code LIMIT $3";

pub(super) async fn retailers<W: Write>(
    connection: &mut PgConnection,
    merchant: MerchantId,
    options: ExportOptions,
    sheet: &mut Sheet<W>,
    progress: &impl Fn(u64),
) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let rows: Vec<RetailerRow> = sqlx::query_as(RETAILERS)
            .bind(merchant.uuid())
            .bind(&after)
            .bind(PAGE)
            .fetch_all(&mut *connection)
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after.clone_from(&last.code);
        for row in &rows {
            if row.archived && !options.archived {
                sheet.remark(Remark::Archived, 1);
                continue;
            }
            let name = stored(Label::stored(&row.name), "retailers.name")?;
            let start = row.business_day_start.format("%H:%M").to_string();
            let region = row.region.as_deref().unwrap_or_default();
            sheet.row([row.code.as_str(), name.as_str(), region, row.time_zone.as_str(), start.as_str()])?;
            sheet.item();
        }
        progress(sheet.report.rows);
    }
}

#[derive(FromRow)]
struct ProductRow {
    sku: String,
    name: String,
    category: Option<String>,
    tags: Vec<String>,
    archived: bool,
}

const PRODUCTS: &str = "\
SELECT sku, name, category, tags, archived_at IS NOT NULL AS archived
FROM products WHERE merchant_id = $1 AND sku > $2 ORDER BY sku LIMIT $3";

pub(super) async fn products<W: Write>(
    connection: &mut PgConnection,
    merchant: MerchantId,
    options: ExportOptions,
    sheet: &mut Sheet<W>,
    progress: &impl Fn(u64),
) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let rows: Vec<ProductRow> = sqlx::query_as(PRODUCTS)
            .bind(merchant.uuid())
            .bind(&after)
            .bind(PAGE)
            .fetch_all(&mut *connection)
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after.clone_from(&last.sku);
        for row in rows {
            if row.archived && !options.archived {
                sheet.remark(Remark::Archived, 1);
                continue;
            }
            let category = row.category.as_deref().map(CategoryName::new).transpose();
            let tags: Result<Vec<Tag>, _> = row.tags.iter().map(|tag| Tag::new(tag)).collect();
            let product = ProgramProduct {
                sku: stored(Sku::new(&row.sku), "products.sku")?,
                name: stored(Label::stored(&row.name), "products.name")?,
                category: stored(category, "products.category")?,
                tags: stored(tags, "products.tags")?,
                archived: row.archived,
            };
            let cells = product_cells(&product)?;
            sheet.row(cells.each_ref().map(String::as_str))?;
            sheet.item();
        }
        progress(sheet.report.rows);
    }
}

//! A month of a real grocery chain ("The Complete Journey"), imported from its own files.

use std::path::Path;

use anyhow::Context as _;
use perennial_domain::{
    codes::{Email, Label, PersonName, Slug, Zone},
    promotion::PromotionInput,
};
use perennial_engine::{
    Cx, Engine, Error, What,
    import::{Columns, ImportReport, Kind},
    merchants::NewMerchant,
};
use serde_json::json;

use crate::cli::{
    explained,
    import::{self, Summary},
};

const SLUG: &str = "grocery";
const LINES: &str = "purchase_lines_2017_01.csv.gz";
const PRODUCTS: &str = "products.csv.gz";

/// Our column, and what the file calls it.
type Renamed = (&'static str, &'static str);

/// The files, in the order in which they build on each other, and what their columns are called.
const IMPORTS: [(Kind, &str, &[Renamed]); 4] = [
    (Kind::Retailers, LINES, &[("code", "store_id")]),
    (Kind::Customers, LINES, &[("external_id", "household_id")]),
    (
        Kind::Products,
        PRODUCTS,
        &[
            ("sku", "product_id"),
            ("name", "product_type"),
            ("category", "product_category"),
            ("tags", "brand"),
        ],
    ),
    (
        Kind::Purchases,
        LINES,
        &[
            ("transaction_id", "basket_id"),
            ("retailer", "store_id"),
            ("customer_external_id", "household_id"),
            ("product", "product_id"),
            ("amount", "sales_cents"),
        ],
    ),
];

/// What was loaded.
pub(super) struct Outcome {
    pub summary: Summary,
    reports: Vec<ImportReport>,
}

impl Outcome {
    pub fn sentences(&self) -> String {
        let mut lines: Vec<String> = self.reports.iter().map(import::sentences).collect();
        lines.push(format!(
            "Sign in to the dashboard as owner@grocery.example with “grocery demo password”. The ledger has credited {} points for {} \
             purchases of {} lines.",
            self.summary.points, self.summary.purchases, self.summary.lines
        ));
        lines.join("\n")
    }
}

/// Creates the merchant and its one promotion where they are missing, and imports the files in `folder`.
pub(super) async fn load(engine: &Engine, folder: &Path) -> anyhow::Result<Outcome> {
    let cx = merchant(engine).await?;
    promotion(engine, &cx).await?;
    let mut reports = Vec::with_capacity(IMPORTS.len());
    for (kind, file, renamed) in IMPORTS {
        let mut columns = Columns::default();
        for (ours, theirs) in renamed {
            columns.rename(kind, ours, theirs)?;
        }
        let path = folder.join(file);
        let source = import::Source { path: &path, kind, columns: &columns };
        let dry = source.check(engine, &cx).await?;
        anyhow::ensure!(
            dry.refused == 0,
            "{}\n{} is not what was expected",
            import::sentences(&dry),
            path.display()
        );
        let report = source.import(engine, &cx, &dry).await?;
        anyhow::ensure!(report.refused == 0, "{}", import::sentences(&report));
        reports.push(report);
    }
    Ok(Outcome { summary: Summary::of(engine, &cx, &reports).await?, reports })
}

async fn merchant(engine: &Engine) -> anyhow::Result<Cx> {
    match engine.merchant_by_slug(SLUG).await {
        Ok(merchant) => return Ok(Cx::system(merchant.id)),
        Err(Error::NotFound(What::Merchant)) => {}
        Err(error) => return Err(error.into()),
    }
    let created = engine
        .merchant_create(NewMerchant {
            name: Label::new("Complete Journey Grocery").context("name")?,
            slug: Slug::new(SLUG).context("slug")?,
            currency: "USD".parse().context("currency")?,
            time_zone: Zone::new("America/New_York").context("zone")?,
            owner_email: Email::new("owner@grocery.example").context("e-mail")?,
            owner_name: Some(PersonName::new("Grocery Owner").context("owner")?),
            owner_password: "grocery demo password".to_owned(),
        })
        .await
        .map_err(explained)?;
    Ok(Cx::system(created.merchant_id))
}

/// Ten points per dollar, on everything.
async fn promotion(engine: &Engine, cx: &Cx) -> anyhow::Result<()> {
    if !engine.rule_set(cx).await?.promotions.is_empty() {
        return Ok(());
    }
    let input: PromotionInput =
        serde_json::from_value(json!({"name": "Ten points per dollar", "award_rate": "10"}))?;
    let terms = input.check().map_err(|fields| explained(Error::Invalid(fields)))?;
    let promotion = engine.promotion_create(cx, terms).await.map_err(explained)?;
    engine.promotion_publish(cx, promotion.id, None).await.map_err(explained)?;
    Ok(())
}

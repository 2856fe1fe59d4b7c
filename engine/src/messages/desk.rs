//! What every letter of a merchant has in common.

use perennial_domain::codes::BrandColor;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::messages::{Footer, Look, MessageKind, Placeholder, Template, TemplateInput, Values};
use sea_orm::{ConnectionTrait, EntityTrait};

use super::unsubscribe;
use crate::engine::Engine;
use crate::entity::merchant;
use crate::error::{Error, What};
use crate::statement::statement;
use crate::stored::stored;

/// Where the letters of one merchant are written.
pub(super) struct Desk {
    merchant: MerchantId,
    base_url: String,
    slug: String,
    points_name: String,
    secret: Vec<u8>,
    pub(super) look: Look,
}

impl Desk {
    pub(super) async fn read(
        db: &impl ConnectionTrait,
        engine: &Engine,
        merchant: MerchantId,
    ) -> Result<Self, Error> {
        let row = merchant::Entity::find_by_id(merchant.uuid())
            .one(db)
            .await?
            .ok_or(Error::NotFound(What::Merchant))?;
        let brand = row.brand_color.map(|color| BrandColor::new(&color)).transpose();
        Ok(Self {
            merchant,
            base_url: engine.config().base_url.clone(),
            slug: row.slug,
            points_name: row.points_name,
            secret: row.unsubscribe_secret,
            look: Look { shop: row.name, brand: stored(brand, "merchants.brand_color")? },
        })
    }

    /// The address of a page of the merchant's portal; the empty tail is the home page.
    fn page(&self, tail: &str) -> String {
        let slash = if tail.is_empty() { "" } else { "/" };
        format!("{}/p/{}{slash}{tail}", self.base_url, self.slug)
    }

    /// `values` with what every letter of this merchant says the same.
    pub(super) fn complete(&self, values: Values) -> Values {
        values
            .with(Placeholder::Shop, &self.look.shop)
            .with(Placeholder::PointsName, &self.points_name)
            .with(Placeholder::Page, self.page(""))
    }

    /// The way out of letters of this kind; nothing of a kind that is always sent.
    pub(super) fn footer(&self, kind: MessageKind, customer: Option<CustomerId>) -> Option<Footer> {
        if kind.unsubscribes().is_empty() {
            return None;
        }
        let token = customer.map(|customer| unsubscribe::token(&self.secret, self.merchant, customer, kind));
        // A letter that was only sent for a test has nobody to unsubscribe: its link says so.
        let token = token.unwrap_or_else(|| "test".to_owned());
        Some(Footer {
            unsubscribe: format!("{}/u/{token}", self.base_url),
            preferences: self.page("messages"),
        })
    }
}

/// What the merchant has changed of these kinds.
pub(super) async fn changed(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    kinds: &[MessageKind],
) -> Result<Vec<Stored>, Error> {
    let words: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    let sql = "SELECT kind, subject, body, changed_at, changed_by FROM message_templates
               WHERE merchant_id = $1 AND kind = ANY ($2)";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into(), words.into()])).await?;
    rows.iter()
        .map(|row| {
            let kind: String = row.try_get("", "kind")?;
            Ok(Stored {
                kind: stored(kind.parse(), "message_templates.kind")?,
                input: TemplateInput { subject: row.try_get("", "subject")?, text: row.try_get("", "body")? },
                changed_at: row.try_get("", "changed_at")?,
                changed_by: row.try_get("", "changed_by")?,
            })
        })
        .collect()
}

/// A template as it is stored.
pub(super) struct Stored {
    pub(super) kind: MessageKind,
    pub(super) input: TemplateInput,
    pub(super) changed_at: chrono::DateTime<chrono::Utc>,
    pub(super) changed_by: String,
}

impl Stored {
    /// Taken apart. One that a version of the program has accepted and this one does not must not keep a letter, with
    /// everything else in its transaction, from being written: what came with the program stands in for it.
    pub(super) fn template(&self, merchant: MerchantId) -> Template {
        Template::parse(self.kind, &self.input).unwrap_or_else(|errors| {
            tracing::error!(%merchant, kind = %self.kind, ?errors, "a stored template cannot be filled");
            Template::of_default(self.kind)
        })
    }
}

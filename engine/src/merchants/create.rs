//! A new tenant, with what it needs to begin.

use perennial_domain::access::{Role, Scope};
use perennial_domain::codes::{Email, Label, PersonName, Slug, Zone};
use perennial_domain::ids::{ApiKeyId, MerchantId, StaffId};
use perennial_domain::money::Currency;
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use super::columns;
use crate::api_keys::{self, ApiKeySecret};
use crate::engine::Engine;
use crate::entity::merchant_revision;
use crate::error::Error;
use crate::rules::publish_rules;
use crate::staff;

/// A merchant to create.
#[derive(Debug, Clone)]
pub struct NewMerchant {
    /// What the merchant is called.
    pub name: Label,
    /// Its name in addresses; never changes.
    pub slug: Slug,
    /// The one currency of its purchases.
    pub currency: Currency,
    /// The zone of its dates.
    pub time_zone: Zone,
    /// The e-mail of the first owner. Somebody with an account keeps it, name and password included.
    pub owner_email: Email,
    /// The name of the first owner; the part before the `@` when it is not given.
    pub owner_name: Option<PersonName>,
    /// The password of the first owner.
    pub owner_password: String,
}

/// A merchant that was created.
#[derive(Debug)]
pub struct MerchantCreated {
    /// The merchant.
    pub merchant_id: MerchantId,
    /// Its first owner.
    pub owner_id: StaffId,
    /// Its first API key.
    pub api_key_id: ApiKeyId,
    /// The secret of that key, which may do everything; it is shown once and stored nowhere.
    pub api_key_secret: ApiKeySecret,
}

impl Engine {
    /// Creates a merchant with its first owner and a first API key.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// [`Error::Conflict`] `slug_taken`; [`Error::Invalid`] at `/owner_password` when the password is too weak.
    pub async fn merchant_create(&self, input: NewMerchant) -> Result<MerchantCreated, Error> {
        staff::check_password("/owner_password", &input.owner_password, &input.owner_email)?;
        let password_hash = self.inner.passwords.hash(input.owner_password).await?;
        let now = self.clock().now();
        let (millis, random) = self.id_parts();
        let merchant_id = MerchantId::new(millis, random);
        // The name is short and plain, whatever the vocabulary of the types says later.
        let points_name = Label::new("points").map_err(|error| Error::Inconsistent(error.to_string()))?;
        let settings = MerchantSettings::new(input.name, input.currency, input.time_zone, points_name);

        let txn = self.begin().await?;
        let mut merchant = columns(&settings)?;
        merchant.id = Set(merchant_id.uuid());
        merchant.slug = Set(input.slug.into());
        merchant.created_at = Set(now);
        merchant.insert(&txn).await?;
        merchant_revision::ActiveModel {
            merchant_id: Set(merchant_id.uuid()),
            rules: Set(0),
            catalogue: Set(0),
            people: Set(0),
        }
        .insert(&txn)
        .await?;
        publish_rules(&txn, merchant_id, now).await?;
        let owner_name =
            input.owner_name.map_or_else(|| staff::name_from(&input.owner_email), |name| name.to_string());
        let (owner_id, _) =
            self.staff_account_in(&txn, &input.owner_email, owner_name, password_hash).await?;
        staff::join(&txn, merchant_id, owner_id, Role::Owner).await?;
        let (key, api_key_secret) =
            api_keys::insert(&txn, self, merchant_id, first_key_name()?, Scope::ALL.to_vec(), None).await?;
        txn.commit().await?;
        Ok(MerchantCreated { merchant_id, owner_id, api_key_id: key.id, api_key_secret })
    }
}

fn first_key_name() -> Result<Label, Error> {
    Label::new("First key").map_err(|error| Error::Inconsistent(error.to_string()))
}

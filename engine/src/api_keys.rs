//! Keys with which programs speak for a merchant.
//!
//! A key looks like `prn_k3v9x2ab_…`: the first twelve letters may be shown and tell keys apart, the rest is 256
//! random bits. Only a hash of the whole is stored; with that much randomness a fast one is enough.

mod authenticate;
mod secret;

pub use authenticate::Believed;
pub(crate) use authenticate::KeyRing;
pub use secret::ApiKeySecret;

use chrono::{DateTime, Utc};
use perennial_domain::access::{Action, Scope};
use perennial_domain::codes::Label;
use perennial_domain::ids::{ApiKeyId, MerchantId, RetailerId};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel,
    QuerySelect,
};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::api_key::{self, Entity};
use crate::entity::directory_api_key;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest, like_escaped};
use crate::retailers;
use crate::statement::statement;
use crate::stored::stored;
use crate::wire::given;

/// An API key, as lists and pages show it; without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// The key.
    pub id: ApiKeyId,
    /// What the merchant calls it.
    pub name: String,
    /// How the secret begins.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The only retailer it may post purchases for.
    pub retailer: Option<RetailerId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to about ten seconds.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// An API key to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What the merchant calls it.
    pub name: Label,
    /// What it may do; at least one.
    pub scopes: Vec<Scope>,
    /// The only retailer it may post purchases for, by id or code; any when it is not given.
    #[serde(default)]
    pub retailer: Option<String>,
}

/// What to change of a key; what is not given stays. Its secret never changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ApiKeyPatch {
    /// What the merchant calls it.
    pub name: Option<Label>,
    /// What it may do; at least one.
    pub scopes: Option<Vec<Scope>>,
    /// The only retailer it may post purchases for, by id or code; `null` lets it do so for any.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub retailer: Option<Option<String>>,
}

/// Which keys are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiKeyFilter {
    /// Part of the name, of the name or code of the retailer, or how the secret begins.
    pub search: Option<String>,
    /// In this state; in both when it is not given.
    pub state: Option<ApiKeyState>,
}

/// Whether a key is good for anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApiKeyState {
    /// It is.
    Active,
    /// It was revoked.
    Revoked,
}

impl ApiKeyState {
    /// Both, in the order in which a list offers them.
    pub const ALL: [Self; 2] = [Self::Active, Self::Revoked];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }
}

/// The text names no state of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of active, revoked")]
pub struct UnknownApiKeyState;

impl std::str::FromStr for ApiKeyState {
    type Err = UnknownApiKeyState;

    fn from_str(text: &str) -> Result<Self, UnknownApiKeyState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownApiKeyState)
    }
}

impl Engine {
    /// Makes a key. The secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/scopes` without a scope, or with one that the maker's own key lacks;
    /// [`Error::UnknownRetailer`].
    pub async fn api_key_create(&self, cx: &Cx, input: NewApiKey) -> Result<(ApiKey, ApiKeySecret), Error> {
        let txn = self.begin().await?;
        let created = self.api_key_create_in(&txn, cx, input).await?;
        txn.commit().await?;
        Ok(created)
    }

    /// [`api_key_create`](Self::api_key_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn api_key_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        input: NewApiKey,
    ) -> Result<(ApiKey, ApiKeySecret), Error> {
        cx.require(Action::KeysWrite)?;
        let retailer = match &input.retailer {
            Some(named) => Some(retailers::named(txn, cx.merchant(), named).await?),
            None => None,
        };
        refuse_escalation(cx, &input.scopes, retailer)?;
        insert(txn, self, cx.merchant(), input.name, input.scopes, retailer).await
    }

    /// Keys, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn api_key_list(
        &self,
        cx: &Cx,
        filter: &ApiKeyFilter,
        page: &PageRequest,
    ) -> Result<Page<ApiKey>, Error> {
        cx.require(Action::KeysRead)?;
        let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let search = search.map(like_escaped);
        let values = [
            cx.merchant().uuid().into(),
            page.after::<ApiKeyId>()?.map(ApiKeyId::uuid).into(),
            filter.state.map(|state| state == ApiKeyState::Revoked).into(),
            search.as_ref().map(|text| format!("%{text}%")).into(),
            search.as_ref().map(|text| format!("{text}%")).into(),
            page.probe().into(),
        ];
        let list = statement(include_str!("sql/api_key_list.sql"), values);
        let rows = api_key::Model::find_by_statement(list).all(self.db()).await?;
        let keys = rows.into_iter().map(api_key).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(keys, |key| key.id))
    }

    /// One key.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn api_key_get(&self, cx: &Cx, id: ApiKeyId) -> Result<ApiKey, Error> {
        cx.require(Action::KeysRead)?;
        let row = Entity::find_by_id((cx.merchant().uuid(), id.uuid())).one(self.db()).await?;
        api_key(row.ok_or(Error::NotFound(What::ApiKey))?)
    }

    /// Changes a key: here at once, on every other server within two seconds.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `revoked`; those of [`api_key_create`](Self::api_key_create), for the key as
    /// it would become.
    pub async fn api_key_update(&self, cx: &Cx, id: ApiKeyId, patch: ApiKeyPatch) -> Result<ApiKey, Error> {
        cx.require(Action::KeysWrite)?;
        let txn = self.begin().await?;
        let row = find_locked(&txn, cx.merchant(), id).await?;
        if row.revoked_at.is_some() {
            return Err(Error::conflict("revoked", "The key was revoked; make a new one"));
        }
        let asked = match patch.scopes {
            Some(asked) => some_scopes(asked)?,
            None => scopes(&row.scopes)?,
        };
        let retailer = match patch.retailer {
            Some(Some(named)) => Some(retailers::named(&txn, cx.merchant(), &named).await?),
            Some(None) => None,
            None => row.retailer_id.map(RetailerId::from_uuid),
        };
        refuse_escalation(cx, &asked, retailer)?;
        let mut change = row.clone().into_active_model();
        if let Some(name) = patch.name {
            change.name.set_if_not_equals(name.into());
        }
        change.scopes.set_if_not_equals(words(&asked));
        change.retailer_id.set_if_not_equals(retailer.map(RetailerId::uuid));
        if !change.is_changed() {
            return api_key(row);
        }
        let key = api_key(change.update(&txn).await?)?;
        txn.commit().await?;
        self.inner.key_ring.forget(cx.merchant(), id);
        Ok(key)
    }

    /// Revokes a key: here at once, on every other server within two seconds. Revoking twice changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn api_key_revoke(&self, cx: &Cx, id: ApiKeyId) -> Result<ApiKey, Error> {
        let txn = self.begin().await?;
        let key = self.api_key_revoke_in(&txn, cx, id).await?;
        txn.commit().await?;
        self.inner.key_ring.forget(cx.merchant(), id);
        Ok(key)
    }

    /// [`api_key_revoke`](Self::api_key_revoke) within a transaction of the caller; effective within two seconds of
    /// the commit.
    ///
    /// # Errors
    /// The same.
    pub async fn api_key_revoke_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: ApiKeyId,
    ) -> Result<ApiKey, Error> {
        cx.require(Action::KeysWrite)?;
        let row = find_locked(txn, cx.merchant(), id).await?;
        if row.revoked_at.is_some() {
            return api_key(row);
        }
        let mut change = row.into_active_model();
        change.revoked_at = Set(Some(self.clock().now()));
        api_key(change.update(txn).await?)
    }
}

async fn find_locked(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: ApiKeyId,
) -> Result<api_key::Model, Error> {
    Entity::find_by_id((merchant.uuid(), id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(txn)
        .await?
        .ok_or(Error::NotFound(What::ApiKey))
}

/// A key must not make a key that may do more, or elsewhere, than itself.
fn refuse_escalation(cx: &Cx, asked: &[Scope], bound: Option<RetailerId>) -> Result<(), Error> {
    let crate::cx::Actor::ApiKey { scopes, retailer, .. } = cx.actor() else { return Ok(()) };
    if let Some(scope) = asked.iter().find(|scope| !scopes.contains(scope)) {
        return Err(Error::field("/scopes", "not_granted", format!("Your own key lacks the scope {scope}")));
    }
    if retailer.is_some() && *retailer != bound {
        return Err(Error::field("/retailer", "not_granted", "Your own key is bound to another retailer"));
    }
    Ok(())
}

/// Makes a key, whoever asked for it.
pub(crate) async fn insert(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    name: Label,
    scopes: Vec<Scope>,
    retailer: Option<RetailerId>,
) -> Result<(ApiKey, ApiKeySecret), Error> {
    let scopes = some_scopes(scopes)?;
    let secret = ApiKeySecret::generate();
    let (millis, random) = engine.id_parts();
    let row = api_key::ActiveModel {
        merchant_id: Set(merchant.uuid()),
        id: Set(ApiKeyId::new(millis, random).uuid()),
        name: Set(name.into()),
        prefix: Set(secret.prefix().to_owned()),
        scopes: Set(words(&scopes)),
        retailer_id: Set(retailer.map(RetailerId::uuid)),
        created_at: Set(engine.clock().now()),
        last_used_at: Set(None),
        revoked_at: Set(None),
    }
    .insert(txn)
    .await?;
    directory_api_key::ActiveModel {
        hash: Set(secret.hash().to_vec()),
        merchant_id: Set(row.merchant_id),
        api_key_id: Set(row.id),
    }
    .insert(txn)
    .await?;
    Ok((api_key(row)?, secret))
}

fn api_key(row: api_key::Model) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: ApiKeyId::from_uuid(row.id),
        name: row.name,
        prefix: row.prefix,
        scopes: scopes(&row.scopes)?,
        retailer: row.retailer_id.map(RetailerId::from_uuid),
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    })
}

/// Each scope once, and at least one.
fn some_scopes(mut scopes: Vec<Scope>) -> Result<Vec<Scope>, Error> {
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Error::field("/scopes", "required", "A key needs at least one scope"));
    }
    Ok(scopes)
}

fn words(scopes: &[Scope]) -> Vec<String> {
    scopes.iter().map(ToString::to_string).collect()
}

fn scopes(words: &[String]) -> Result<Vec<Scope>, Error> {
    stored(words.iter().map(|word| word.parse()).collect(), "api_keys.scopes")
}

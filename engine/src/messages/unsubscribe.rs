//! The link in every letter that a customer may do without: whoever has it needs no sign-in.
//!
//! It holds merchant, customer and kind, and a signature with the merchant's secret: it can be made for nobody whose letter
//! one has not got, works for ever, and can do nothing but end letters.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::messages::MessageKind;
use sea_orm::{ConnectionTrait, EntityTrait};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::MessagePreference;
use super::preferences::{choose, hold, read};
use crate::engine::Engine;
use crate::entity::merchant;
use crate::error::Error;
use crate::modules::merged;
use crate::webhooks::hmac_sha256;

/// Bytes of merchant, customer and kind.
const NAMED: usize = 16 + 16 + 1;
/// Bytes of the signature: nobody tries 2^128 links.
const SIGNATURE: usize = 16;
/// Keeps a signature from being good for anything else that is ever signed with the secret.
const PURPOSE: &[u8] = b"unsubscribe";

/// What a link is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribing {
    /// What the merchant is called.
    pub shop: String,
    /// The merchant's name in addresses.
    pub slug: String,
    /// The kind of the letter that the link was in.
    pub kind: MessageKind,
    /// Whether everything that the link ends has ended.
    pub has_ended: bool,
    /// Whether no letter at all comes any more, but those that are always sent.
    pub has_ended_all: bool,
}

/// The link's part behind `/u/`, for letters of a kind to a customer.
pub(super) fn token(secret: &[u8], merchant: MerchantId, customer: CustomerId, kind: MessageKind) -> String {
    let mut bytes = Vec::with_capacity(NAMED + SIGNATURE);
    bytes.extend_from_slice(merchant.uuid().as_bytes());
    bytes.extend_from_slice(customer.uuid().as_bytes());
    bytes.push(kind.number());
    let signature = sign(secret, &bytes);
    bytes.extend_from_slice(&signature);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sign(secret: &[u8], named: &[u8]) -> Vec<u8> {
    hmac_sha256(secret, &[PURPOSE, named]).into_iter().take(SIGNATURE).collect()
}

/// What a token says, before anybody has looked whether it is true.
struct Claimed {
    named: Vec<u8>,
    signature: Vec<u8>,
    merchant: MerchantId,
    customer: CustomerId,
    kind: MessageKind,
}

fn read_token(token: &str) -> Option<Claimed> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == NAMED + SIGNATURE)?;
    let (named, signature) = bytes.split_at(NAMED);
    let merchant = Uuid::from_slice(named.get(..16)?).ok()?;
    let customer = Uuid::from_slice(named.get(16..32)?).ok()?;
    let kind = MessageKind::numbered(*named.get(32)?)?;
    Some(Claimed {
        merchant: MerchantId::from_uuid(merchant),
        customer: CustomerId::from_uuid(customer),
        kind,
        named: named.to_vec(),
        signature: signature.to_vec(),
    })
}

impl Engine {
    /// What a link is about; nothing when nobody made it, or the customer is gone. The link is the credential: there is no
    /// context.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn unsubscribe_look(&self, token: &str) -> Result<Option<Unsubscribing>, Error> {
        let Some((claimed, shop)) = self.proven(token).await? else { return Ok(None) };
        look(self.db(), &claimed, shop).await
    }

    /// Ends the letters that a link is about, or all that may be ended. Following it again changes nothing.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn unsubscribe(&self, token: &str, everything: bool) -> Result<Option<Unsubscribing>, Error> {
        let Some((claimed, shop)) = self.proven(token).await? else { return Ok(None) };
        let kinds = if everything { MessageKind::optional().collect() } else { claimed.kind.unsubscribes() };
        let chosen: Vec<MessagePreference> =
            kinds.into_iter().map(|kind| MessagePreference { kind, email: false }).collect();
        let txn = self.begin().await?;
        if !hold(&txn, claimed.merchant, claimed.customer).await? {
            return Ok(None);
        }
        choose(&txn, self, claimed.merchant, claimed.customer, &chosen).await?;
        let now = look(&txn, &claimed, shop).await?;
        txn.commit().await?;
        metrics::counter!("messages_unsubscribed_total").increment(1);
        Ok(now)
    }

    /// What a token says, and whose it is, if it was signed here.
    async fn proven(&self, token: &str) -> Result<Option<(Claimed, merchant::Model)>, Error> {
        let Some(claimed) = read_token(token) else { return Ok(None) };
        let Some(shop) = merchant::Entity::find_by_id(claimed.merchant.uuid()).one(self.db()).await? else {
            return Ok(None);
        };
        let expected = sign(&shop.unsubscribe_secret, &claimed.named);
        let is_ours: bool = expected.ct_eq(&claimed.signature).into();
        if !is_ours {
            return Ok(None);
        }
        // A letter to an account that was merged since ends those of the customer who goes on.
        let named = BTreeSet::from([claimed.customer.uuid()]);
        let merged = merged(self.db(), claimed.merchant, &named).await?;
        let customer = merged.into_values().next().map_or(claimed.customer, CustomerId::from_uuid);
        Ok(Some((Claimed { customer, ..claimed }, shop)))
    }
}

async fn look(
    db: &impl ConnectionTrait,
    claimed: &Claimed,
    shop: merchant::Model,
) -> Result<Option<Unsubscribing>, Error> {
    let Some(chosen) = read(db, claimed.merchant, claimed.customer).await? else { return Ok(None) };
    let ends = claimed.kind.unsubscribes();
    let mut about = chosen.preferences.iter().filter(|preference| ends.contains(&preference.kind));
    Ok(Some(Unsubscribing {
        has_ended: about.all(|preference| !preference.email),
        has_ended_all: chosen.preferences.iter().all(|preference| !preference.email),
        shop: shop.name,
        slug: shop.slug,
        kind: claimed.kind,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_who_and_what_and_only_its_maker_can_make_it() {
        let (merchant, customer) = (MerchantId::new(1, [1; 10]), CustomerId::new(2, [2; 10]));
        for kind in MessageKind::ALL {
            let token = token(b"secret", merchant, customer, kind);
            assert_eq!(token.len(), 66, "short enough for every mail program");
            let read = read_token(&token).unwrap();
            assert_eq!((read.merchant, read.customer, read.kind), (merchant, customer, kind));
            assert_eq!(sign(b"secret", &read.named), read.signature);
            assert_ne!(sign(b"another", &read.named), read.signature);
        }
        for nothing in ["", "test", "AAAA", "ä", &"A".repeat(66), &"A".repeat(10_000)] {
            // A kind of number 0 there is none.
            assert!(read_token(nothing).is_none(), "{nothing}");
        }
    }
}

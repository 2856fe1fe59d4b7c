//! The letter that tells the owners that an endpoint was switched off.

use perennial_domain::codes::Email;
use perennial_domain::ids::MerchantId;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};

use super::endpoints::WhyDisabled;
use super::statement;
use crate::engine::Engine;
use crate::error::Error;
use crate::mail::{self, NewMail};
use crate::stored::stored;

/// Writes to every owner who can sign in, in the transaction that switches the endpoint off.
pub(super) async fn switched_off(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    url: &str,
    why: WhyDisabled,
) -> Result<(), Error> {
    let select = "SELECT s.email, m.name
        FROM staff_memberships AS o
        JOIN staff AS s ON s.id = o.staff_id AND s.disabled_at IS NULL
        JOIN merchants AS m ON m.id = o.merchant_id
        WHERE o.merchant_id = $1 AND o.role = 'owner'
        ORDER BY s.email";
    let mut letters = Vec::new();
    for row in txn.query_all_raw(statement(select, [merchant.uuid().into()])).await? {
        let (email, name): (String, String) = (row.try_get("", "email")?, row.try_get("", "name")?);
        let recipient: Email = stored(email.parse(), "staff.email")?;
        letters.push(letter(recipient, &name, url, why, &engine.config().base_url));
    }
    mail::enqueue_all(txn, engine, merchant, letters).await
}

fn letter(recipient: Email, merchant: &str, url: &str, why: WhyDisabled, base_url: &str) -> NewMail {
    let reason = match why {
        WhyDisabled::Gone => "It answered 410 Gone, which says that it wants no more events.",
        WhyDisabled::Failing | WhyDisabled::Merchant => {
            "Every attempt of the last five days has failed, so we have stopped trying."
        }
    };
    NewMail::plain(
        recipient,
        format!("A webhook of {merchant} was switched off"),
        format!(
            "Hello,\n\nthe webhook endpoint\n\n  {url}\n\nwas switched off. {reason}\n\nWhat was attempted, and what it \
             answered, is at\n\n  {base_url}/dashboard/webhooks\n\nwhere you can switch it on again. What waits for it \
             is sent then; events of the meantime are not.\n"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_says_which_why_and_where() {
        let to: Email = "ada@example.com".parse().unwrap();
        let url = "https://shop.example.com/hooks";
        let gone = letter(to.clone(), "Corner", url, WhyDisabled::Gone, "https://loyalty.example.com");
        assert_eq!(gone.subject, "A webhook of Corner was switched off");
        assert!(gone.body.contains(url) && gone.body.contains("410 Gone"), "{}", gone.body);
        assert!(gone.body.contains("https://loyalty.example.com/dashboard/webhooks"), "{}", gone.body);
        let failing = letter(to, "Corner", url, WhyDisabled::Failing, "");
        assert!(failing.body.contains("last five days"), "{}", failing.body);
    }
}

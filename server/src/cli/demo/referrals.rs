//! Friends of regulars at Hearth & Hops: links that were followed, first tabs, one to look at, one that was returned.

use perennial_domain::{codes::ReferralCode, purchase::PurchaseInput, returns::ReturnInput};
use perennial_engine::{Cx, Engine, Error, PageRequest, customers::NewCustomer, referrals::ReferralFilter};
use serde_json::{Value, json};

use super::rewards;
use crate::cli::explained;

/// A friend: name, e-mail, and the first tab in minor units.
type Friend = (&'static str, &'static str, i64);

/// Which regulars bring friends: how often their links are followed, and who comes by them.
const BRINGS: [(usize, u32, &[Friend]); 3] = [
    (
        0,
        17,
        &[
            ("Priya Raman", "priya.raman@mail.example", 4_150),
            ("Jonas Keller", "jonas.keller@mail.example", 2_600),
            ("Elena Herrera", "elena.h@mail.example", 5_300),
            ("Theo Lang", "theo.lang@mail.example", 1_850),
        ],
    ),
    (
        2,
        9,
        &[
            ("Amara Okafor", "amara.okafor@mail.example", 3_200),
            ("Kai Nakamura", "kai.n@mail.example", 2_950),
        ],
    ),
    (5, 4, &[("Ruth Sandoval", "ruth.sandoval@mail.example", 2_100)]),
];
/// Brings an own second address, which is for somebody to look at.
const TWICE: usize = 3;
/// Whose first tab came back whole.
const RETURNED: &str = "kai.n@mail.example";

/// Makes all of it, unless somebody has come by a code already.
pub(super) async fn bring(engine: &Engine, cx: &Cx) -> anyhow::Result<()> {
    let any = PageRequest::new(Some(1), None)?;
    if !engine.referral_list(cx, &ReferralFilter::default(), &any).await.map_err(explained)?.data.is_empty() {
        return Ok(());
    }
    for (regular, clicks, friends) in BRINGS {
        let code = code(engine, cx, regular).await?;
        for _ in 0..clicks {
            engine.referral_visit(&code, None).await.map_err(explained)?;
        }
        for (name, email, amount) in friends {
            come(engine, cx, &code, name, email, *amount).await?;
        }
    }
    let code = code(engine, cx, TWICE).await?;
    let advocate = rewards::customer(engine, cx, TWICE).await?;
    let advocate = engine.customer_get(cx, advocate).await.map_err(explained)?;
    if let Some((local, domain)) = advocate.email.as_deref().and_then(|email| email.split_once('@')) {
        let alias = format!("{local}+2@{domain}");
        come(engine, cx, &code, advocate.name.as_deref().unwrap_or("A friend"), &alias, 1_500).await?;
    }
    Ok(())
}

async fn code(engine: &Engine, cx: &Cx, regular: usize) -> anyhow::Result<ReferralCode> {
    let customer = rewards::customer(engine, cx, regular).await?;
    Ok(engine.referral_code_of(cx, customer).await.map_err(explained)?.code)
}

/// A friend who has not been here before, and the first tab.
async fn come(
    engine: &Engine,
    cx: &Cx,
    code: &ReferralCode,
    name: &str,
    email: &str,
    amount: i64,
) -> anyhow::Result<()> {
    let known: NewCustomer = serde_json::from_value(json!({"email": email, "name": name}))?;
    engine.customer_create(cx, known).await.map_err(explained)?;
    let order: Value = json!({
        "transaction_id": format!("friend-{email}"), "retailer": "riverside", "currency": "USD",
        "customer": {"email": email}, "amount": amount, "referral_code": code,
    });
    let order: PurchaseInput = serde_json::from_value(order)?;
    let order = order.check(None).map_err(|errors| explained(Error::Invalid(errors)))?;
    let mut outcomes = engine.purchases_submit(cx, vec![order], super::UNHURRIED).await;
    let Some(bought) = outcomes.pop() else { return Ok(()) };
    let bought = bought.map_err(explained)?.record;
    if email == RETURNED {
        let back: ReturnInput = serde_json::from_value(json!({"return_id": "friend-1", "amount": amount}))?;
        let back = back.check().map_err(|errors| explained(Error::Invalid(errors)))?;
        engine.return_purchase(cx, bought.id, &back, false).await.map_err(explained)?;
    }
    Ok(())
}

//! Who is meant at the till, and what may be said of them aloud.

use super::door::Till;
use super::dto::Member;
use crate::error::PageError;
use crate::ui::Rank;
use perennial_domain::customer::{CustomerInput, CustomerRef};
use perennial_engine::customers::Customer;
use perennial_engine::points::PointsSummary;

/// Letters of a number that are said.
const TAIL: usize = 4;

/// Finds somebody by what was typed or scanned: the code of a member card (a card number or an id), an e-mail address, a
/// phone number, or the id of another system.
///
/// # Errors
/// When the database fails.
pub async fn find(till: &Till, typed: &str) -> Result<Option<Customer>, PageError> {
    let home = till.snapshot.settings.default_country.as_ref();
    let given = || Some(typed.trim().to_owned());
    let none = CustomerInput::default();
    let ways = [
        CustomerInput { id: given(), ..none.clone() },
        CustomerInput { email: given(), ..none.clone() },
        CustomerInput { card: given(), ..none.clone() },
        CustomerInput { phone: given(), ..none.clone() },
        CustomerInput { external_id: given(), ..none },
    ];
    let references: Vec<CustomerRef> = ways.into_iter().filter_map(|way| way.check("", home).ok()).collect();
    for reference in &references {
        let found = till.engine.customer_find(&till.cx, reference).await?;
        if let Some(customer) = found.filter(|customer| customer.erased_at.is_none()) {
            return Ok(Some(customer));
        }
    }
    Ok(None)
}

/// A customer, as the till shows them.
///
/// # Errors
/// When the database fails.
pub async fn member(till: &Till, customer: &Customer, points: &PointsSummary) -> Result<Member, PageError> {
    let tier = match &points.tier {
        None => None,
        Some(tier) => {
            let tiers = till.engine.tier_list(&till.cx).await?;
            let place = tiers.iter().position(|one| one.id == tier.id);
            Some((tier.name.clone(), place.map(|place| Rank::new(place, tiers.len()))))
        }
    };
    Ok(Member {
        id: customer.id.to_string(),
        name: short_name(customer.name.as_deref()),
        tier,
        known_by: known_by(customer),
        points: points.points,
    })
}

/// First name and initial: `Maya O.`
#[must_use]
pub fn short_name(name: Option<&str>) -> String {
    let mut words = name.unwrap_or_default().split_whitespace();
    let Some(first) = words.next() else { return "Member".to_owned() };
    match words.next_back().and_then(|last| last.chars().find(|c| c.is_alphanumeric())) {
        Some(initial) => format!("{first} {}.", initial.to_uppercase()),
        None => first.to_owned(),
    }
}

/// Enough to ask whether it is them, and no more.
fn known_by(customer: &Customer) -> String {
    let ends = |what: &str, number: &str| {
        let skipped = number.chars().count().saturating_sub(TAIL);
        format!("{what} ends in {}", number.chars().skip(skipped).collect::<String>())
    };
    match (&customer.phone, &customer.card, &customer.email, &customer.external_id) {
        (Some(phone), ..) => ends("phone", phone),
        (_, Some(card), ..) => ends("card", card),
        (_, _, Some(email), _) => {
            format!("e-mail begins with {}", email.chars().take(2).collect::<String>())
        }
        (_, _, _, Some(id)) => ends("number", id),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_by_the_whole_name() {
        for (name, short) in [
            (Some("Maya Okafor"), "Maya O."),
            (Some("Maya de la cruz"), "Maya C."),
            (Some("Sola"), "Sola"),
            (Some(" "), "Member"),
            (None, "Member"),
        ] {
            assert_eq!(short_name(name), short);
        }
    }
}

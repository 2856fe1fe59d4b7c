//! Where staff sign in and where they go from there: to pages of the dashboard, or of the till.

use super::HOME;
use super::till::TILL;
use crate::address::{address, below, use_here};

/// `next`, when it is a page for staff: of the dashboard, as [`below`] has it, or of the till, its front page included.
#[must_use]
pub fn for_staff(next: &str) -> Option<&str> {
    if next == TILL {
        return Some(next);
    }
    below(HOME, next).or_else(|| below(TILL, next))
}

/// The address of the sign-in that comes back to `next`, as far as that is a page [`for_staff`].
#[must_use]
pub fn sign_in(next: Option<&str>) -> String {
    let next = next.and_then(for_staff).unwrap_or_default();
    address(&format!("{HOME}/sign-in"), &[("next", next)], None)
}

/// The sign-in that comes back to the page that is open, where a page finds that the session has ended.
pub fn use_sign_in() -> String {
    sign_in(Some(&use_here()))
}

#[cfg(feature = "ssr")]
pub use server::{after, wanted};

#[cfg(feature = "ssr")]
mod server {
    use super::super::till::TILL;
    use super::super::{HOME, account, join};
    use super::for_staff;
    use crate::address::next_in;
    use http::Uri;
    use perennial_domain::access::Role;

    /// The page that a request to the sign-in wants to go to afterwards, if it may be named.
    pub fn wanted(uri: &Uri) -> Option<String> {
        for_staff(&next_in(uri)).map(str::to_owned)
    }

    /// Where somebody goes who has just signed in, or changed the merchant. A cashier has the till, the own account and other
    /// merchants' invitations.
    pub fn after(uri: &Uri, role: Role) -> String {
        let (home, wanted) = match role {
            Role::Cashier => {
                let own =
                    |page: &String| *page == account::PATH || join::is_page(page) || !page.starts_with(HOME);
                (TILL, wanted(uri).filter(own))
            }
            _ => (HOME, wanted(uri)),
        };
        wanted.unwrap_or_else(|| home.to_owned())
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use perennial_domain::access::Role;

    #[test]
    fn staff_come_back_to_the_dashboard_and_to_the_till_and_nowhere_else() {
        for page in ["/dashboard/customers?q=a", "/till", "/till?amount=39.50", "/till/shift"] {
            assert_eq!(for_staff(page), Some(page));
        }
        for other in ["/dashboard", "/tillx", "/till/../p/sola", "//till", "/p/sola", "https://till.test"] {
            assert_eq!(for_staff(other), None, "{other}");
        }
        assert_eq!(sign_in(Some("/till")), "/dashboard/sign-in?next=%2Ftill");
    }

    #[test]
    fn a_cashier_lands_at_the_till() {
        for (next, owner, cashier) in [
            ("", "/dashboard", "/till"),
            ("?next=/till/shift", "/till/shift", "/till/shift"),
            ("?next=/dashboard/account", "/dashboard/account", "/dashboard/account"),
            ("?next=/dashboard/team", "/dashboard/team", "/till"),
            ("?next=/dashboard/join/m/s", "/dashboard/join/m/s", "/dashboard/join/m/s"),
        ] {
            let uri = format!("/dashboard/sign-in{next}").parse().expect("an address");
            assert_eq!(
                (after(&uri, Role::Owner), after(&uri, Role::Cashier)),
                (owner.into(), cashier.into())
            );
        }
    }
}

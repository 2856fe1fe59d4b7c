//! Different e-mail addresses that lead to one mailbox.

use crate::codes::Email;

/// Providers that ignore dots before the at sign.
const DOTLESS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// Whether mail to both addresses ends in one mailbox, as far as an address can tell: case, a tag behind a plus, and
/// with the providers that ignore them dots make no difference.
#[must_use]
pub fn same_mailbox(one: &Email, other: &Email) -> bool {
    mailbox(one) == mailbox(other)
}

/// The address without what makes no difference. An [`Email`] is in lower case already.
fn mailbox(email: &Email) -> (String, &str) {
    // An e-mail address has an at sign, or it would not be one.
    let (local, domain) = email.as_str().rsplit_once('@').unwrap_or((email.as_str(), ""));
    let untagged = match local.split_once('+') {
        // `+sales@…` has nothing in front of the plus: the whole of it is the name.
        Some((name, _)) if !name.is_empty() => name,
        _ => local,
    };
    if DOTLESS.contains(&domain) {
        (untagged.chars().filter(|character| *character != '.').collect(), "gmail.com")
    } else {
        (untagged.to_owned(), domain)
    }
}

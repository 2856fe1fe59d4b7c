//! The ways in which a customer is found.

use super::{CodeError, Country, code, plain};

code!(
    /// An e-mail address, trimmed and in lower case. Checked for its shape; only a message proves more.
    Email,
    |text| {
        const EXPECTED: CodeError = CodeError::Shape { expected: "an e-mail address such as maya@example.com" };
        // 254 octets is what a mail server accepts as a path.
        let text = plain(text, 254)?.to_lowercase();
        if text.len() > 254 {
            return Err(CodeError::TooLong { max: 254 });
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EXPECTED)?;
        let local_is_good = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| !c.is_whitespace() && !"@()<>[]:;,\\\"".contains(c));
        let label_is_good = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let domain_is_good = domain.contains('.') && domain.split('.').all(label_is_good);
        if local_is_good && domain_is_good { Ok(text) } else { Err(EXPECTED) }
    }
);

code!(
    /// A loyalty card's number: at most 64 characters, spaces and hyphens taken out. Never a payment card.
    CardNumber,
    |text| {
        let kept: String = plain(text, 64)?.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if kept.is_empty() { Err(CodeError::Empty) } else { Ok(kept) }
    }
);

code!(
    /// The id by which another system of the merchant knows a customer. At most 128 characters.
    ExternalId,
    max 128
);

code!(
    /// What tells one means of payment from another, such as the fingerprint that a payment provider gives for a card. At
    /// most 128 characters. Never the number of a card.
    PaymentFingerprint,
    max 128
);

code!(
    /// A telephone number in the international form of E.164, such as `+4930123456`.
    Phone,
    |text| parse(text, None)
);

impl Phone {
    /// Reads a number as people write it; `home` is the country of a number without one.
    ///
    /// Spaces, points, hyphens, slashes and brackets are taken out; `00` before the country is a `+`.
    pub fn parse(text: &str, home: Option<&Country>) -> Result<Self, CodeError> {
        parse(text, home).map(Self)
    }
}

fn parse(text: &str, home: Option<&Country>) -> Result<String, CodeError> {
    const EXPECTED: CodeError =
        CodeError::Shape { expected: "a telephone number with its country, such as +4930123456" };
    let text = plain(text, 40)?;
    // `+49 (0) 30 …`: the bracketed zero is a hint for people at home, not a part of the number.
    let text = text.replace("(0)", "");
    let compact: String = text.chars().filter(|c| !c.is_whitespace() && !"-./()".contains(*c)).collect();
    let international = match (compact.strip_prefix('+'), compact.strip_prefix("00"), home) {
        (Some(number), _, _) | (None, Some(number), _) => number.to_owned(),
        (None, None, Some(home)) => home.dial(&compact),
        (None, None, None) => return Err(EXPECTED),
    };
    let digits = international.bytes().all(|byte| byte.is_ascii_digit());
    // E.164: at most 15 digits, no country begins with 0; the shortest real ones have 7.
    if digits && (7..=15).contains(&international.len()) && !international.starts_with('0') {
        Ok(format!("+{international}"))
    } else {
        Err(EXPECTED)
    }
}
